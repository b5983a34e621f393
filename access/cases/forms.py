"""Forms of the committee's pages. Rules stand in the services; these carry words and mark fields."""

from collections.abc import Collection, Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from access.domain.quorum import VoteChoice
from access.face.needed import NeededLater
from governance.face.forms import Form, Lines, offer
from governance.face.look import Words

_ROWS = {"rows": 3}


class MessageForm(NeededLater):
    """A message between committee and applicant."""

    needed = ("text",)

    text = forms.CharField(label=_("Write"), widget=Lines(attrs=_ROWS), max_length=5000, required=False)


class RecuseForm(NeededLater):
    """A declared conflict of interest."""

    needed = ("reason",)

    reason = forms.CharField(
        label=_("Why you take no part"),
        help_text=_("The others of the committee read this."),
        max_length=300,
        required=False,
    )


CHOICES: dict[VoteChoice, Words] = {
    VoteChoice.APPROVE: _("Approve"),
    VoteChoice.CHANGE: _("Ask for a change"),
    VoteChoice.REFUSE: _("Refuse, naming the unmet term"),
}


class VoteForm(Form):
    """One vote on one line, or the same vote on all lines of the case."""

    choice = forms.ChoiceField(label=_("Your vote"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason, readable by participants"),
        widget=Lines(attrs=_ROWS),
        max_length=2000,
        required=False,
    )
    same = forms.BooleanField(label=_("The same vote on every line that is under review"), required=False)

    def __init__(self, *args: Any, choices: Collection[VoteChoice] = tuple(VoteChoice), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["choice"]
        field.choices = [(one.value, words) for one, words in CHOICES.items() if one in choices]
        field.error_messages["required"] = _now("Choose one of the three.")
        if len(field.choices) < len(CHOICES):
            wrong = _now("Choose one of those that are open.")
            field.error_messages |= {"required": wrong, "invalid_choice": wrong}


class ApproveForm(NeededLater):
    """An approval: length, conditions, and a judgement for each review reason."""

    months = forms.IntegerField(
        label=_("Months"), help_text=_("Empty: as many as asked for and allowed."), required=False
    )
    conditions = forms.CharField(label=_("Conditions"), widget=Lines(attrs=_ROWS), max_length=4000, required=False)

    def __init__(self, *args: Any, rules: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rule, text in rules:
            self.fields[f"judged_{rule}"] = forms.CharField(
                label=_now("How the committee judges %(rule)s") % {"rule": rule},
                help_text=text,
                widget=Lines(attrs={"rows": 2}),
                max_length=2000,
                required=False,
            )
        self.needed = tuple(name for name in self.fields if name.startswith("judged_"))
        self._show_as_needed(True)

    @property
    def judged(self) -> dict[str, str]:
        """The judgement written for each rule."""
        return {
            name.removeprefix("judged_"): value
            for name, value in self.cleaned_data.items()
            if name.startswith("judged_")
        }


class RefuseForm(NeededLater):
    """A refusal: the unmet term and why."""

    needed = ("text",)

    term = forms.ChoiceField(label=_("Unmet term"), error_messages={"required": _("Name the term that is not met.")})
    text = forms.CharField(label=_("Why"), widget=Lines(attrs=_ROWS), max_length=4000, required=False)

    def __init__(self, *args: Any, terms: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "term", [("", _now("Choose")), *terms])


class ReturnForm(NeededLater):
    """A line given back to the applicant."""

    needed = ("text",)

    text = forms.CharField(label=_("What should change"), widget=Lines(attrs=_ROWS), max_length=4000, required=False)
