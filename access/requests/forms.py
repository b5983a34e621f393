"""Forms of the applicant's pages. Rules stand in the services; these carry words and mark fields."""

from django import forms
from django.utils.translation import gettext_lazy as _

from access.face.needed import NeededLater


class InviteForm(NeededLater):
    """The name of a colleague."""

    needed = ("account",)

    account = forms.CharField(
        label=_("Name a colleague"),
        help_text=_("Their user name or e-mail address here. They confirm their own part."),
        max_length=254,
        required=False,
    )
