"""Visas that were or may have been signed, and the status lists that say which of them still stand."""

import uuid

from django.db import models

from access.models.clients import Client
from access.models.grants import Grant
from governance.models import DataHost, User


class StatusList(models.Model):
    """One Token Status List: at most 1 million visas of one hour. Indexes are a keyed permutation of `counter`."""

    number = models.PositiveIntegerField(unique=True)
    size = models.PositiveIntegerField(default=2**20)
    permutation_key_encrypted = models.TextField()
    counter = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    last_exp = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveBigIntegerField(default=0, help_text="one more with every revocation")


class PassportIntent(models.Model):
    """Recorded before anything is signed: who, for which client and host, with which status indexes.

    One per passport. `given` counts how often its visas were handed out, `asked` how often by UserInfo within the minute that
    began at `asked_since`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    host = models.ForeignKey(DataHost, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    discarded_at = models.DateTimeField(null=True, blank=True)
    given = models.PositiveIntegerField(default=0)
    asked = models.PositiveIntegerField(default=0)
    asked_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "asked_since"], name="intents_asked_lately")]


class Visa(models.Model):
    """One visa of an intent. `revoked_at` puts it on its status list, whether it was delivered or still in flight."""

    intent = models.ForeignKey(PassportIntent, on_delete=models.PROTECT, related_name="visas")
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, null=True, blank=True, related_name="visas")
    host = models.ForeignKey(DataHost, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    type = models.CharField(max_length=40)
    jti = models.CharField(max_length=40, unique=True)
    kid = models.CharField(max_length=64, db_index=True)
    position = models.BigIntegerField(null=True, blank=True)
    status_list = models.ForeignKey(StatusList, on_delete=models.PROTECT, related_name="visas")
    index = models.PositiveIntegerField()
    exp = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["status_list", "index"], name="a_status_index_is_used_once")]
        indexes = [
            models.Index(fields=["grant", "exp"], name="visa_by_grant"),
            models.Index(fields=["status_list"], condition=models.Q(revoked_at__isnull=False), name="visas_revoked"),
        ]
