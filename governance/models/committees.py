"""Data access committees and how each of them decides."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import models
from guardian.models import UserObjectPermissionBase

from governance.models.organisations import Organisation


class Committee(models.Model):
    """A data access committee (DAC). Seats are roles on it (`governance.domain.roles`); its policy stands in its own row."""

    class Rule(models.TextChoices):
        MAJORITY = "majority"
        UNANIMITY = "unanimity"

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="committees")
    code = models.CharField(max_length=6, unique=True, help_text="first part of its case numbers")
    contact = models.EmailField()
    about = models.TextField(blank=True)
    quorum = models.PositiveSmallIntegerField(default=2)
    rule = models.CharField(max_length=12, choices=Rule.choices, default=Rule.MAJORITY)
    representative_must_vote = models.BooleanField(default=False)
    chair_alone_on_permit = models.BooleanField(default=False)
    expected_days = models.PositiveSmallIntegerField(default=10)
    time_zone = models.CharField(max_length=40, default="UTC", help_text="in which its days begin and end")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        permissions = [
            ("chair", "Leads the committee, votes and decides"),
            ("member", "Votes on cases"),
            ("representative", "Votes for those whose data it is"),
            ("secretary", "Runs the committee's queue"),
        ]
        constraints = [models.CheckConstraint(name="quorum_is_at_least_one", condition=models.Q(quorum__gte=1))]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which its days begin and end."""
        return ZoneInfo(self.time_zone)

    def day(self, at: datetime) -> date:
        """Which day it is at the committee."""
        return at.astimezone(self.zone).date()


class CommitteeUserPermission(UserObjectPermissionBase):
    """Seats: one row is one role of one person on one committee."""

    content_object = models.ForeignKey(Committee, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        unique_together = ["user", "permission", "content_object"]
