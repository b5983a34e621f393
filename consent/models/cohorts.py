"""Who is in which dataset, under which profile, and every change of it in one numbered order for each dataset."""

from django.db import models

from consent.models.ledger import ConsentProfile
from consent.models.programmes import Participant
from governance.models import Dataset


class Membership(models.Model):
    """A participant's data are in a dataset, from a first version on. INVARIANT: rows are only ever added."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="memberships")
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="memberships")
    first_version = models.PositiveIntegerField(default=1)
    since = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=64)


class MembershipEnd(models.Model):
    """The end of a membership, as a row of its own. INVARIANT: rows are only ever added."""

    membership = models.OneToOneField(Membership, on_delete=models.PROTECT, related_name="end")
    until = models.DateTimeField()
    last_version = models.PositiveIntegerField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=64)


class Member(models.Model):
    """Projection: a participant's place in a dataset. `number` is fixed: the order in which hosts know its members.

    `profile` is null while the participant is not a member.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="members")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="members")
    number = models.PositiveIntegerField()
    profile = models.ForeignKey(ConsentProfile, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["dataset_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "participant"], name="a_participant_is_once_in_a_dataset"),
            models.UniqueConstraint(fields=["dataset", "number"], name="member_numbers_stand_once"),
        ]
        indexes = [models.Index(fields=["dataset", "profile"], name="member_by_profile")]


class CohortChange(models.Model):
    """One change of one member of a dataset. Null `before`: was not a member; null `after`: is no longer one.

    Null `member`: no member moved, but some are shut out of a grant that they were in, by a new data use of the dataset, a
    release of an ontology, or a day that ended. Hosts follow positions, so that takes one too.

    `position` is given by one sealer, in commit order as it sees it; a row not yet numbered counts as newer than every
    position. Appended in the transaction of its cause; only the sealer writes to it again, once.
    """

    id = models.BigAutoField(primary_key=True)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="changes")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="changes")
    before = models.ForeignKey(ConsentProfile, on_delete=models.PROTECT, null=True, related_name="+")
    after = models.ForeignKey(ConsentProfile, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    position = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["dataset_id", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "position"], name="a_position_numbers_one_change"),
            models.CheckConstraint(
                name="only_members_have_profiles",
                condition=models.Q(member__isnull=False) | models.Q(before__isnull=True, after__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["dataset"], condition=models.Q(position__isnull=True), name="changes_unsealed"),
            models.Index(fields=["member", "position"], name="changes_by_member"),
        ]


class DatasetPosition(models.Model):
    """How far a dataset's changes are numbered, and up to where all was done that follows from them.

    Written by the sealer with the numbers; `followed` by who follows (`consent.services.sealer.followed`). What is behind
    stands in an index of its own, so that looking for it costs nothing while there is nothing.
    """

    dataset = models.OneToOneField(Dataset, on_delete=models.PROTECT, primary_key=True, related_name="numbered")
    position = models.BigIntegerField(default=0)
    followed = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["dataset"], condition=models.Q(position__gt=models.F("followed")), name="dataset_behind"
            )
        ]


class ProfileCount(models.Model):
    """How many members of a dataset share a profile, folded up to a delta; the tail is added when it is read."""

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="profile_counts")
    profile = models.ForeignKey(ConsentProfile, on_delete=models.PROTECT, related_name="+")
    count = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "profile"], name="one_count_of_a_profile")]


class ProfileCountDelta(models.Model):
    """One step of a count, appended with its cause and removed when it is folded: a popular profile is no hot row."""

    id = models.BigAutoField(primary_key=True)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="+")
    profile = models.ForeignKey(ConsentProfile, on_delete=models.PROTECT, related_name="+")
    step = models.SmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["dataset", "profile"], name="count_delta_by_dataset")]
