"""The audit log: rows are only ever added (triggers refuse update, delete and truncate)."""

import uuid

from django.db import models


class AuditEvent(models.Model):
    """One thing that happened, written in the transaction that made it happen. No personal data: ids and codes only."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=40)
    actor = models.CharField(max_length=70, help_text="a person's subject, host:<short name> or system:<what>")
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=120)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "-id"], name="audit_by_subject"),
            models.Index(fields=["kind", "-id"], name="audit_by_kind"),
        ]
