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
    """One person in one programme, known here by a random id alone. `account` is who signs in for themselves."""

    PERSONAL = {"account", "record_condition"}

    id = models.CharField(max_length=32, primary_key=True, default=new_participant_id, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="participants")
    account = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="participations")
    record_condition = models.CharField(max_length=40, blank=True, help_text="the condition under study, a disease id")
    enrolled_at = models.DateTimeField()

    class Meta:
        ordering = ["enrolled_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "account"], name="an_account_is_once_in_a_programme"),
        ]

    def __str__(self) -> str:
        return self.id
