"""The outbox: what must still be done outside the transaction that caused it."""

from django.db import models


class OutboxMessage(models.Model):
    """One effect to carry out at least once, written with its cause (`governance.record.outbox`); waking only speeds it up."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(done_at__isnull=True, given_up_at__isnull=True),
                name="outbox_open",
            )
        ]
