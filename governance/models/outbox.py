"""The outbox: what must still be done outside the transaction that caused it, and who does which part of it."""

from django.db import models
from django.db.models import Q

OPEN = Q(done_at__isnull=True, given_up_at__isnull=True)


class OutboxMessage(models.Model):
    """Something that happened, and that others follow. Written with its cause, and kept.

    From `due_at` on it is fanned out: one `Delivery` for each who listens (`governance.record.outbox`).
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    fanned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(fanned_at__isnull=True), name="outbox_unfanned"),
        ]


class Delivery(models.Model):
    """One listener's part in a message, carried out at least once and tried by itself until it is done or given up.

    `due_at` is the next try; while a worker is at it, the end of its claim. `sent_at` is when it was last handed to a
    broker, and says nothing about whether the broker still has it.
    """

    class Outcome(models.TextChoices):
        """How far it is, read from its moments."""

        WAITS = "waits"
        FAILED = "failed"
        GIVEN_UP = "given_up"
        DONE = "done"

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(OutboxMessage, on_delete=models.CASCADE, related_name="deliveries")
    listener = models.CharField(max_length=40)
    to = models.CharField(max_length=120, blank=True, help_text="for whom, where a listener serves several: a host")
    queue = models.CharField(max_length=20)
    about = models.CharField(max_length=160, blank=True, help_text="deliveries that say the same are one piece of work")
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["message", "listener", "to"], name="delivery_once")]
        indexes = [
            models.Index(fields=["id"], condition=OPEN, name="delivery_open"),
            models.Index(fields=["listener", "about"], condition=OPEN & ~Q(about=""), name="delivery_about"),
            models.Index(fields=["done_at"], condition=Q(done_at__isnull=False), name="delivery_done"),
            models.Index(
                fields=["id"],
                condition=Q(given_up_at__isnull=False, done_at__isnull=True),
                name="delivery_given_up",
            ),
        ]

    @property
    def outcome(self) -> Outcome:
        """How far it is."""
        if self.done_at:
            return self.Outcome.DONE
        if self.given_up_at:
            return self.Outcome.GIVEN_UP
        return self.Outcome.FAILED if self.error else self.Outcome.WAITS


class Lease(models.Model):
    """Who may do for now what one process at a time does, such as the schedule (`governance.record.leases`)."""

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.CharField(max_length=80)
    until = models.DateTimeField()
