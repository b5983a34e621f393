"""Answers on their way: saved question by question, counting for nothing until they are signed."""

from django.db import models

from consent.models.forms import FormVersion
from consent.models.programmes import Decider


class ConsentDraft(models.Model):
    """What somebody has answered so far for a participant and not signed, sealed under the participant's key of the vault.

    One at a time for each who decides. It belongs to one form version: another version in force begins a new draft
    from what stands.
    """

    PERSONAL = {"sealed"}

    decider = models.OneToOneField(Decider, on_delete=models.PROTECT, primary_key=True, related_name="draft")
    form_version = models.ForeignKey(FormVersion, on_delete=models.PROTECT, related_name="+")
    sealed = models.TextField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"draft of {self.decider_id}"
