"""Programmes that ask for consent, and their participants under random ids."""

import secrets

from django.db import models
from guardian.models import UserObjectPermissionBase

from governance.models import Organisation, User


class Programme(models.Model):
    """A study, biobank or clinical service that asks for consent. First form: opt-in only."""

    PERSONAL = {"contact", "contact_name"}

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="programmes")
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=40, default="UTC")
    age_of_assent = models.PositiveSmallIntegerField(default=7)
    age_of_majority = models.PositiveSmallIntegerField(default=18)
    languages = models.JSONField(default=list)
    about = models.TextField(blank=True)
    contact_name = models.CharField(max_length=120, blank=True)
    contact = models.EmailField()
    lookup_key_encrypted = models.TextField(help_text="wrapped key of the hashes of its outside ids")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        permissions = [("coordinator", "Invites participants and publishes forms")]

    def __str__(self) -> str:
        return self.name


class ProgrammeUserPermission(UserObjectPermissionBase):
    """Roles on programmes: one row is one role of one person."""

    content_object = models.ForeignKey(Programme, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        unique_together = ["user", "permission", "content_object"]


def new_participant_id() -> str:
    """A random id of 32 hex characters that says nothing about anyone."""
    return secrets.token_hex(16)


class Participant(models.Model):
    """One person in one programme, known here and in addresses by a random id alone. Who decides: `Decider`."""

    PERSONAL = {"record_condition"}

    id = models.CharField(max_length=32, primary_key=True, default=new_participant_id, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="participants")
    record_condition = models.CharField(max_length=40, blank=True, help_text="the condition under study, a disease id")
    enrolled_at = models.DateTimeField()

    class Meta:
        ordering = ["enrolled_at", "id"]

    def __str__(self) -> str:
        return self.id

    @property
    def account(self) -> User | None:
        """Who signs in as the participant themselves, None where nobody does. Asks the database each time."""
        own = self.deciders.filter(capacity=Decider.Capacity.SELF, until=None).select_related("account").first()
        return own.account if own else None


class Decider(models.Model):
    """An account that decides for a participant: for oneself, or as guardian or consultee of somebody else.

    `role` is how answers and events name who decides. It stands from the moment at which it is written until `until` is.
    INVARIANT: rows only grow: `until` is written once, and the account goes when the participant's identity is erased.
    """

    PERSONAL = {"account"}

    class Capacity(models.TextChoices):
        SELF = "self"
        GUARDIAN = "guardian"
        CONSULTEE = "consultee"

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="deciders")
    account = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="decides")
    capacity = models.CharField(max_length=20, choices=Capacity.choices)
    role = models.CharField(max_length=40)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["participant_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "account"],
                condition=models.Q(until__isnull=True),
                name="an_account_decides_once_for_a_participant",
            ),
            models.UniqueConstraint(
                fields=["participant", "role"],
                condition=models.Q(until__isnull=True),
                name="deciders_are_told_apart_by_role",
            ),
            models.CheckConstraint(
                name="a_decider_has_a_known_capacity",
                condition=models.Q(capacity__in=["self", "guardian", "consultee"]),
            ),
            models.CheckConstraint(
                name="who_decides_has_an_account",
                condition=models.Q(account__isnull=False) | models.Q(until__isnull=False),
            ),
            models.CheckConstraint(
                name="the_participant_decides_as_participant",
                condition=models.Q(capacity="self", role="participant")
                | (~models.Q(capacity="self") & ~models.Q(role="participant")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.capacity} of {self.participant_id}"
