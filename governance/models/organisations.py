"""Organisations, and who belongs to them since when."""

from django.db import models
from guardian.models import UserObjectPermissionBase

from governance.models.people import User


class Organisation(models.Model):
    """A university, hospital, company or other body. `ror` is its bare ROR id."""

    class Kind(models.TextChoices):
        NOT_FOR_PROFIT = "not-for-profit"
        FOR_PROFIT = "for-profit"

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    ror = models.CharField(max_length=9, blank=True)
    domain = models.CharField(max_length=100, help_text="scope of affiliations, as in faculty@example.org")
    country = models.CharField(max_length=2)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        permissions = [
            ("signing_official", "Vouches for the organisation's people"),
            ("steward", "Describes and labels the organisation's datasets"),
            ("host_operator", "Runs the organisation's data hosts"),
        ]

    def __str__(self) -> str:
        return self.name


class OrganisationUserPermission(UserObjectPermissionBase):
    """Roles on organisations: one row is one role of one person."""

    content_object = models.ForeignKey(Organisation, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        unique_together = ["user", "permission", "content_object"]


class Affiliation(models.Model):
    """A person's place at an organisation, with its end and who vouches for it."""

    class VouchedBy(models.TextChoices):
        DECLARED = "declared"
        SIGNING_OFFICIAL = "signing_official"
        REGISTRY = "registry"
        PROVIDER = "provider"

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="affiliations")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="affiliations")
    role = models.CharField(max_length=40, default="faculty")
    vouched_by = models.CharField(max_length=20, choices=VouchedBy.choices, default=VouchedBy.DECLARED)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-since"]
        constraints = [
            models.CheckConstraint(
                name="affiliation_ends_after_it_begins",
                condition=models.Q(until__isnull=True) | models.Q(until__gt=models.F("since")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}@{self.organisation.domain}"
