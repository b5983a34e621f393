"""Grants: what a yes makes, whom it names, and how far each host has followed its changes."""

from datetime import date

from django.db import models

from access.domain.days import last_day
from access.models.cases import Line
from access.models.requests import RequestSubmission
from governance.models import DataHost, User


class Grant(models.Model):
    """One approved line, for the `submission` that was judged.

    `epoch` is the dataset position that the committee recorded; the cohort only shrinks from there.

    `suspended_because` says who or what lets it go on: the obligation once it is met, a judgement once there can be one,
    or the committee.
    `shrunk_at_position` is the last position at which a host that keeps no cohort had somebody to leave out;
    `judged_position` is how far changes were judged.
    `shut_out` are the profiles whose members were denied at the epoch or at a shrink since: a data use that widens, a
    release of an ontology or a day that ends lets none of them in. `narrowed_at_position` is the last position at which
    members were shut out who had not moved: a copy of the cohort from before it is read whole again.
    `follows` is the grant that it comes after, as a renewal or an amendment: one chain, the later ones made later.
    `obligations` is what the decision demanded, kept as it was; what became of each is a row of `Obligation`.
    """

    PERSONAL = {"end_note", "suspended_note"}

    class State(models.TextChoices):
        WAITING = "waiting"
        ACTIVE = "active"
        SUSPENDED = "suspended"
        ENDED = "ended"

    class End(models.TextChoices):
        EXPIRED = "expired"
        CLOSED = "closed"
        REVOKED = "revoked"
        CONSENT_GONE = "consent_gone"

    class Suspension(models.TextChoices):
        OBLIGATION = "obligation"
        UNJUDGED = "unjudged"
        COMMITTEE = "committee"

    number = models.CharField(max_length=20, unique=True, help_text="G-0001")
    line = models.OneToOneField(Line, on_delete=models.PROTECT, related_name="grant")
    submission = models.ForeignKey(RequestSubmission, on_delete=models.PROTECT, related_name="grants")
    follows = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="followed_by")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    suspended_because = models.CharField(max_length=12, choices=Suspension.choices, blank=True)
    suspended_note = models.CharField(max_length=300, blank=True)
    end_reason = models.CharField(max_length=14, choices=End.choices, blank=True)
    end_note = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField()
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    obligations = models.JSONField(default=list)
    judged_rules = models.JSONField(default=list, help_text="rule ids whose reviews the committee judged by name")
    epoch = models.BigIntegerField(default=0)
    judged_position = models.BigIntegerField(default=0)
    shrunk_at_position = models.BigIntegerField(default=0)
    narrowed_at_position = models.BigIntegerField(default=0)
    shut_out = models.JSONField(
        default=dict, help_text="ids of profiles, each with the position from which on it is out"
    )
    cohort_size = models.PositiveIntegerField(null=True, blank=True, help_text="when last judged; null: label only")
    ethics_due = models.DateField(
        null=True, blank=True, help_text="last day of the ethics approval; null: there is none, or its end was followed"
    )
    judged_under = models.CharField(
        max_length=90, blank=True, help_text="the day and a hash of label and ontologies that it was last judged by"
    )
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["ethics_due"], condition=models.Q(state="active"), name="grant_ethics_due"),
            models.Index(
                fields=["ends_at"], condition=models.Q(state__in=["waiting", "active", "suspended"]), name="grant_ends"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_grant_follows_an_earlier_one",
                condition=models.Q(follows__isnull=True) | models.Q(follows__lt=models.F("id")),
            ),
            models.CheckConstraint(
                name="a_grant_is_in_a_known_state",
                condition=models.Q(state__in=["waiting", "active", "suspended", "ended"]),
            ),
            models.CheckConstraint(
                name="an_ended_grant_says_when_and_why",
                condition=models.Q(state="ended", ended_at__isnull=False) & ~models.Q(end_reason="")
                | ~models.Q(state="ended") & models.Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="an_active_grant_has_begun",
                condition=~models.Q(state="active") | models.Q(starts_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_suspended_grant_says_why",
                condition=models.Q(state="suspended") & ~models.Q(suspended_because="")
                | ~models.Q(state="suspended") & models.Q(suspended_because=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def last_day(self) -> date:
        """The last day on which it holds, where its committee is."""
        return last_day(self.ends_at, self.line.case.committee.zone)


class GrantPerson(models.Model):
    """A person whom a grant names. One person's end ends only theirs."""

    PERSONAL = {"end_note"}

    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="people")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["grant", "person"], name="a_grant_names_a_person_once")]


class GrantChange(models.Model):
    """One change of a grant, for hosts that keep lists: numbered by the sealer, in the order in which it saw commits."""

    id = models.BigAutoField(primary_key=True)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    position = models.BigIntegerField(null=True, blank=True, unique=True)

    class Meta:
        ordering = ["position", "id"]
        indexes = [
            models.Index(fields=["grant", "-id"], name="grant_changes_newest"),
            models.Index(fields=["at"], name="grant_changes_at"),
        ]


class FeedSealer(models.Model):
    """The lock and the last number of a feed: one row for each."""

    name = models.CharField(max_length=20, primary_key=True)
    last = models.BigIntegerField(default=0)


class HostFeed(models.Model):
    """How far a host has read the feed of grants: what it polled from, it has."""

    host = models.OneToOneField(DataHost, on_delete=models.PROTECT, primary_key=True, related_name="feed")
    cursor = models.BigIntegerField(default=0)
    polled_at = models.DateTimeField()


class HostAcknowledgement(models.Model):
    """How far one host has followed the cohort of one grant: what it must reach, what it was told, what it says it enforces."""

    host = models.ForeignKey(DataHost, on_delete=models.PROTECT, related_name="acknowledgements")
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="acknowledgements")
    needs_position = models.BigIntegerField(default=0, help_text="of the last shrink")
    changed_at = models.DateTimeField(help_text="when it last had something to follow")
    told_at = models.DateTimeField(null=True, blank=True)
    confirmed_position = models.BigIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "grant"], name="one_acknowledgement_of_a_grant")]
        indexes = [
            models.Index(
                fields=["changed_at"],
                condition=models.Q(confirmed_position__lt=models.F("needs_position")),
                name="acknowledgements_missing",
            )
        ]
