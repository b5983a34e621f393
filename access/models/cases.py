"""Cases: the part of a request that one committee judges, line by line."""

from django.db import models

from access.models.requests import Request
from governance.models import Committee, DatasetVersion, User


class Case(models.Model):
    """One committee's part of a request. It has no state of its own: it shows its lines'."""

    number = models.CharField(max_length=24, unique=True, help_text="LDC-2026-001")
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="cases")
    committee = models.ForeignKey(Committee, on_delete=models.PROTECT, related_name="cases")
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["request", "committee"], name="one_case_of_a_committee")]

    def __str__(self) -> str:
        return self.number


class Line(models.Model):
    """One dataset of a case. `decision` is the matcher's answer on the label when it was submitted, with its inputs."""

    class State(models.TextChoices):
        PENDING = "pending"
        IN_REVIEW = "in_review"
        WAITING = "waiting_for_applicant"
        APPROVED = "approved"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="lines")
    dataset_version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="lines")
    state = models.CharField(max_length=24, choices=State.choices, default=State.PENDING)
    decision = models.JSONField(help_text="the matcher's Decision on the label")
    snapshot = models.JSONField(default=dict, help_text="label, purpose and date it was computed from")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    conditions = models.TextField(blank=True)
    months = models.PositiveIntegerField(null=True, blank=True)
    judged = models.JSONField(
        default=list, help_text="[{rule, judgement}]: a recorded judgement for each review reason"
    )
    refusal = models.JSONField(null=True, blank=True, help_text="{term, text}: the unmet term")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["case_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "dataset_version"], name="a_dataset_is_once_in_a_case"),
            models.CheckConstraint(
                name="a_line_is_in_a_known_state",
                condition=models.Q(
                    state__in=["pending", "in_review", "waiting_for_applicant", "approved", "refused", "withdrawn"]
                ),
            ),
            models.CheckConstraint(
                name="a_decided_line_names_who_and_when",
                condition=models.Q(
                    state__in=["approved", "refused"], decided_at__isnull=False, decided_by__isnull=False
                )
                | ~models.Q(state__in=["approved", "refused"]),
            ),
        ]


class Vote(models.Model):
    """A member's vote on a line. A later vote of the same person replaces the earlier one, which stays in the record."""

    PERSONAL = {"reason"}

    class Choice(models.TextChoices):
        APPROVE = "approve"
        CHANGE = "change"
        REFUSE = "refuse"

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="votes")
    voter = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    choice = models.CharField(max_length=10, choices=Choice.choices)
    reason = models.TextField(blank=True)
    request_version = models.PositiveIntegerField()
    cast_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["cast_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "voter"], condition=models.Q(replaced_at__isnull=True), name="one_standing_vote"
            )
        ]


class Recusal(models.Model):
    """A member who takes no part in a case: neither sees the discussion nor votes."""

    PERSONAL = {"reason"}

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="recusals")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    computed = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "person"], name="recused_once")]


class CaseMessage(models.Model):
    """One message between committee and applicant."""

    PERSONAL = {"text"}

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="messages")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    from_committee = models.BooleanField()
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
