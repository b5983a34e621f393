"""Requests: one purpose, by one applicant with collaborators, for datasets of any number of committees."""

from django.db import models

from governance.models import DatasetVersion, User
from governance.record.seals import new_salt


class Request(models.Model):
    """A request (`dar`). `purpose` is the JSON that `governance.duo` reads, with what the account and others vouch for."""

    class State(models.TextChoices):
        DRAFT = "draft"
        SUBMITTED = "submitted"
        RETURNED = "returned"
        WITHDRAWN = "withdrawn"
        CLOSED = "closed"

    number = models.CharField(max_length=20, unique=True, help_text="R-2026-0001")
    applicant = models.ForeignKey(User, on_delete=models.PROTECT, related_name="requests")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    title = models.CharField(max_length=200, blank=True)
    lay_summary = models.TextField(blank=True)
    other_purpose = models.TextField(blank=True, help_text="the words behind `other`; never seen by the matcher")
    purpose = models.JSONField(default=dict)
    origins = models.JSONField(default=dict, help_text="for each fact: declared, account or vouched, and by whom")
    datasets = models.ManyToManyField(DatasetVersion, related_name="requests", blank=True)
    version = models.PositiveIntegerField(default=1, help_text="one more with every submission after a return")
    revision = models.PositiveIntegerField(default=0, help_text="one more with every save: two editors never overwrite")
    salt = models.CharField(
        max_length=32, default=new_salt, editable=False, help_text="keys the hashes in the audit log"
    )
    saved_from = models.CharField(
        max_length=32, blank=True, default="", help_text="the open page that saved last: its own saves never conflict"
    )
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-changed_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="a_request_is_in_a_known_state",
                condition=models.Q(state__in=["draft", "submitted", "returned", "withdrawn", "closed"]),
            ),
            models.CheckConstraint(
                name="a_submitted_request_says_when",
                condition=models.Q(state__in=["draft", "withdrawn"]) | models.Q(submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="an_ended_request_says_when",
                condition=~models.Q(state__in=["withdrawn", "closed"]) | models.Q(ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class RequestSubmission(models.Model):
    """What was submitted, as it was: kept so that decisions replay and versions can be compared."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="submissions")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    lay_summary = models.TextField()
    other_purpose = models.TextField(
        blank=True, default="", help_text="the words behind `other`, as committees judge them"
    )
    purpose = models.JSONField()
    origins = models.JSONField()
    terms = models.ManyToManyField("access.TermsVersion", related_name="+")
    submitted_at = models.DateTimeField()

    class Meta:
        ordering = ["request_id", "-version"]
        constraints = [models.UniqueConstraint(fields=["request", "version"], name="a_version_is_submitted_once")]


class Collaborator(models.Model):
    """A colleague on a request: a name that was asked, and a person once they said yes."""

    PERSONAL = {"asked_as"}

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="collaborators")
    asked_as = models.CharField(max_length=254, db_index=True)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="collaborations")
    invited_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "asked_as"], name="a_collaborator_is_asked_once"),
            models.UniqueConstraint(fields=["request", "person"], name="a_collaborator_is_named_once"),
            models.CheckConstraint(
                condition=models.Q(person__isnull=True, confirmed_at__isnull=True)
                | models.Q(person__isnull=False, confirmed_at__isnull=False),
                name="a_collaborator_is_somebody_once_confirmed",
            ),
        ]

    @property
    def shown_as(self) -> str:
        """What pages call them: their name once they joined, before it what they were asked as."""
        return self.person.shown_name if self.person else self.asked_as
