"""Long work that somebody asked for: jobs, and the parts of each."""

import uuid

from django.db import models
from django.db.models import Q

from governance.domain.job_states import ENDED, State
from governance.models.people import User

_LIVE = [State.WAITING.value, State.RUNNING.value]


class Job(models.Model):
    """One piece of long work: which, for whom, how far it is, and who is at it until when (`governance.record.jobs`)."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default=State.WAITING.value)
    total = models.PositiveBigIntegerField(
        help_text="how many there are to do, in the unit of the kind: lines, datasets"
    )
    done = models.PositiveBigIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="how many ended in which way")
    error = models.CharField(max_length=300, blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="jobs")
    actor = models.CharField(max_length=70, help_text="who asked, as the audit log names them")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # The lease of the worker that is at it; without a holder, the moment before which nobody takes it.
    holder = models.CharField(max_length=80, blank=True)
    held_until = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True, help_text="when it was last handed to a broker")
    taken = models.PositiveIntegerField(default=0, help_text="how often it was taken since a part of it was done")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[one.value for one in State]), name="job_known_state"),
            models.CheckConstraint(
                condition=Q(state__in=[one.value for one in sorted(ENDED)], ended_at__isnull=False)
                | Q(state__in=_LIVE, ended_at__isnull=True),
                name="job_ended_with_its_moment",
            ),
            models.CheckConstraint(condition=Q(done__lte=models.F("total")), name="job_not_more_than_all"),
        ]
        indexes = [
            models.Index(fields=["held_until", "id"], condition=Q(state__in=_LIVE), name="job_live"),
            models.Index(fields=["asked_by", "-id"], name="job_by_asker"),
        ]


class JobPart(models.Model):
    """A part of a job that is done whole or not at all, with what it works on and, once done, what became of it.

    The input is wrapped at rest, since a file may hold ids of people, and goes as soon as the part is done.
    """

    PERSONAL = {"sealed"}

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    sealed = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(
        default=list, help_text="for each line of the report its cells, the last of them a reason"
    )
    reasons = models.PositiveIntegerField(default=0, help_text="how many of these lines have a reason")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="job_part_once")]
        indexes = [
            models.Index(fields=["job", "number"], condition=Q(done_at__isnull=True), name="job_part_open"),
        ]
