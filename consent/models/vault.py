"""The vault: the only place of personal data, encrypted under a key per participant that is itself wrapped."""

from django.db import models

from consent.models.programmes import Participant
from governance.models import DataHost


class VaultKey(models.Model):
    """The wrapped key of one participant's record, apart from it: destroying it erases the person's identity."""

    PERSONAL = {"wrapped"}

    participant = models.OneToOneField(
        Participant, on_delete=models.PROTECT, primary_key=True, related_name="vault_key"
    )
    wrapped = models.TextField()


class VaultRecord(models.Model):
    """Names, dates of birth, contacts and outside ids of one participant, encrypted (`consent.vault`)."""

    PERSONAL = {"sealed", "outside_id_hash"}

    participant = models.OneToOneField(
        Participant, on_delete=models.PROTECT, primary_key=True, related_name="vault_record"
    )
    sealed = models.TextField()
    outside_id_hash = models.CharField(max_length=64, blank=True, db_index=True, help_text="under the programme's key")
    changed_at = models.DateTimeField()


class HostMemberId(models.Model):
    """A host's own id for a participant in a dataset: a pseudonym that no two hosts share, read by feeds only."""

    PERSONAL = {"own_id"}

    host = models.ForeignKey(DataHost, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey("consent.Member", on_delete=models.PROTECT, related_name="host_ids")
    own_id = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "member"], name="one_id_of_a_member_at_a_host"),
        ]
        indexes = [models.Index(fields=["host", "own_id"], name="member_by_own_id")]
