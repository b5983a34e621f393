"""Forms of the pages on grants and their obligations. Rules stand in the services; these carry words and mark fields."""

from django import forms
from django.utils.translation import gettext_lazy as _

from access.face.needed import NeededLater
from governance.face.forms import DayField, Form, Lines


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


class OfferForm(NeededLater):
    """What shows that an obligation was met."""

    needed = ("words",)

    words = forms.CharField(label=_("How it was met"), widget=Lines(attrs={"rows": 4}), max_length=2000, required=False)
    link = forms.CharField(
        label=_("Where it can be read"), help_text=_("An address that begins with https://."), max_length=500,
        required=False,
    )  # fmt: skip
    file = forms.FileField(
        label=_("A file"), help_text=_("A PDF, a PNG or JPEG picture, or plain text, of at most 5 MB."), required=False,
        allow_empty_file=True,
    )  # fmt: skip


class AcceptForm(Form):
    """What was shown is taken: nothing more is asked."""


class SendBackForm(NeededLater):
    """What is missing in what was shown."""

    needed = ("note",)

    note = forms.CharField(label=_("What is missing"), widget=Lines(attrs={"rows": 2}), max_length=300, required=False)


class PostponeForm(NeededLater):
    """A later day."""

    needed = ("due",)

    due = DayField(label=_("Due by"), required=False)


class WaiveForm(NeededLater):
    """An obligation that need not be met."""

    needed = ("note",)

    note = forms.CharField(
        label=_("Why it need not be met"), widget=Lines(attrs={"rows": 2}), max_length=300, required=False
    )
