"""Invitations: a one-time code that, with a fact the programme holds, links an account to a participant."""

from django.db import models

from consent.models.programmes import Participant
from governance.models import User


class Invitation(models.Model):
    """A code is shown once and kept as a keyed hash; it ends after a few wrong tries."""

    PERSONAL = {"fact_hash"}

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="invitations")
    code_hash = models.CharField(max_length=64, unique=True)
    fact_hash = models.CharField(max_length=64, help_text="keyed hash of the fact, the date of birth")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_used_invitation_names_who_and_when",
                condition=models.Q(used_at__isnull=True, used_by__isnull=True)
                | models.Q(used_at__isnull=False, used_by__isnull=False),
            )
        ]
