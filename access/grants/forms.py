"""Forms of the committee's pages on grants. Rules stand in the services; these carry words and mark fields."""

from django import forms
from django.utils.translation import gettext_lazy as _

from access.face.needed import NeededLater
from governance.face.forms import Lines


class SuspendForm(NeededLater):
    """A grant that is suspended for a while."""

    needed = ("note",)

    note = forms.CharField(
        label=_("Why it is suspended"), widget=Lines(attrs={"rows": 2}), max_length=300, required=False
    )


class EndForm(NeededLater):
    """The end of a grant."""

    needed = ("note",)

    note = forms.CharField(label=_("Why it ends"), widget=Lines(attrs={"rows": 2}), max_length=300, required=False)
