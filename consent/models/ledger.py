"""The consent ledger, what it folds to, and the profiles that many people share."""

import uuid

from django.db import models

from consent.models.forms import FormVersion
from consent.models.programmes import Participant


class ConsentEvent(models.Model):
    """One thing that happened to a participant's consent. INVARIANT: rows are only ever added (triggers on both databases).

    `holds_from` and `recorded_at` are its two times. `content` holds codes only: item keys, options, salted commitments.
    `hash` covers the content and the participant's previous event's hash (`consent.domain.chain`). Events that were recorded
    many at once share a `batch`, which one audit event names with the root over their hashes.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=30)
    holds_from = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    capacity = models.CharField(max_length=20)
    source = models.CharField(max_length=20)
    evidence_sha256 = models.CharField(max_length=64, blank=True)
    form_version = models.ForeignKey(FormVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    batch = models.UUIDField(null=True, blank=True, editable=False)
    content = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["participant_id", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["participant", "sequence"], name="a_participants_events_are_numbered"),
        ]
        indexes = [
            models.Index(fields=["batch"], condition=models.Q(batch__isnull=False), name="consent_events_of_a_batch")
        ]


class ConsentProfile(models.Model):
    """What of an effective consent decides on data, without person and preferences: stored once, shared, never changed.

    `data_use` null means excluded. `key` is the SHA-256 of its canonical bytes (`consent.domain.evaluate`).
    """

    key = models.CharField(max_length=64, unique=True)
    data_use = models.JSONField(null=True)
    outlets = models.JSONField(default=list)
    first_seen_at = models.DateTimeField()

    @property
    def excluded(self) -> bool:
        """Whether nothing may be used."""
        return self.data_use is None


class ConsentState(models.Model):
    """What stands now, folded from the ledger in the transaction of each event. A rebuild gives the same bytes.

    `carried` is what of the ledger the next event is folded onto, held by `carried_sha256` (`consent.services.carried`).
    """

    participant = models.OneToOneField(Participant, on_delete=models.PROTECT, primary_key=True, related_name="state")
    profile = models.ForeignKey(ConsentProfile, on_delete=models.PROTECT, related_name="+")
    effective = models.JSONField()
    events = models.PositiveIntegerField(help_text="how many events it is folded from")
    last_hash = models.CharField(max_length=64)
    changed_at = models.DateTimeField()
    carried = models.JSONField(default=dict)
    carried_sha256 = models.CharField(max_length=64, blank=True)

    @property
    def closed_axes(self) -> frozenset[str]:
        """The axes that are withdrawn: no_contact, no_collection, no_use."""
        return frozenset(withdrawal["axis"] for withdrawal in self.effective["axes"])
