"""The sealed record: the Merkle log over the audit events, and what the platform signed about it. Rows are only ever added."""

from django.db import models

from governance.models.audit import AuditEvent


class Leaf(models.Model):
    """The place of an audit event in the log, given once by the one sealer when the event was seen committed.

    Without a constraint in the database: what is checked is the hash, and a check of the key would write to the event's row.
    """

    index = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(AuditEvent, on_delete=models.PROTECT, related_name="leaf", db_constraint=False)
    version = models.PositiveSmallIntegerField(help_text="which encoding of the event was hashed")
    hash = models.BinaryField(max_length=32)


class Subtree(models.Model):
    """The hash of a whole subtree of 256, 256², … leaves: those between are made anew from the 256 below."""

    place = models.BigIntegerField(primary_key=True, help_text="level · 2^48 + index: it has 2^level leaves")
    hash = models.BinaryField(max_length=32)


class Checkpoint(models.Model):
    """What the platform signed: so many leaves, under this root, at this second. `note` is the text that others keep."""

    number = models.BigIntegerField(primary_key=True, help_text="counted from 1, without a gap")
    size = models.BigIntegerField(db_index=True)
    root = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    kid = models.CharField(max_length=64)
    note = models.TextField()

    class Meta:
        ordering = ["-number"]


class RecordSealer(models.Model):
    """The lock of the one sealer: how many leaves and checkpoints there are, and up to which event it has looked.

    `missing` holds ranges of ids below `seen` that no committed event had, as [first, last, seconds since 1970 when that was
    seen]: an event that commits late takes its place in the log when it comes.
    """

    name = models.CharField(max_length=20, primary_key=True)
    size = models.BigIntegerField(default=0)
    signed = models.BigIntegerField(default=0)
    seen = models.BigIntegerField(default=0)
    missing = models.JSONField(default=list)
