"""Consent forms. A published version never changes: triggers refuse it, as they refuse it for the ledger."""

from django.db import models

from consent.models.programmes import Programme
from governance.models import User


class Form(models.Model):
    """A form of a programme; its versions carry the text."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="forms")
    key = models.SlugField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["programme", "key"], name="a_form_key_stands_once")]


class FormVersion(models.Model):
    """A draft, or the immutable text that people signed. `content` holds items, texts in every language and mapping rules."""

    class State(models.TextChoices):
        DRAFT = "draft"
        PROPOSED = "proposed"
        PUBLISHED = "published"
        RETIRED = "retired"

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    content = models.JSONField()
    sha256 = models.CharField(max_length=64, blank=True)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    proposed_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["form_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["form", "number"], name="a_form_version_number_stands_once"),
            models.UniqueConstraint(
                fields=["form"], condition=models.Q(state="published"), name="one_published_version_of_a_form"
            ),
            models.CheckConstraint(
                name="a_form_version_is_in_a_known_state",
                condition=models.Q(state__in=["draft", "proposed", "published", "retired"]),
            ),
            models.CheckConstraint(
                name="publishing_takes_two_people",
                condition=models.Q(published_by__isnull=True) | ~models.Q(published_by=models.F("proposed_by")),
            ),
            models.CheckConstraint(
                name="a_published_version_is_hashed",
                condition=models.Q(state__in=["draft", "proposed"])
                | (~models.Q(sha256="") & models.Q(published_at__isnull=False, published_by__isnull=False)),
            ),
        ]
