"""The purpose form: what the applicant types, turned into the facts that the matcher reads, and back.

No rule stands here: what can be read, `governance.duo` says; what is missing, `access.requests.selectors`.
"""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from access.face.needed import NeededLater
from access.face.sentences import INVESTIGATIONS, MODES, SENSITIVE
from access.models import Request
from access.purposes.selectors import with_facts
from governance.domain.errors import Invalid
from governance.duo.countries import COUNTRIES
from governance.duo.local_terms import NO_REDISTRIBUTION, NO_REIDENTIFICATION
from governance.face.countries import find_country, near_countries
from governance.face.forms import DayField, Lines
from governance.face.look import TERMS
from governance.face.words import listed

YES, NO, UNKNOWN = "yes", "no", "unknown"
PROMISES = ("PUB", "COL", "RTN", "MOR", NO_REIDENTIFICATION, NO_REDISTRIBUTION)
_TRUTH = {YES: True, NO: False}
_SEPARATED = re.compile(r"[\s,;]+")
_LISTED = re.compile(r"[,;\n،、]+")
# Fields of the form that are parts of a fact with another name.
_FACTS = {"ethics_reference": "ethics_approval", "ethics_until": "ethics_approval", "disease_q": "diseases"}


def _words_of(truth: bool | None) -> str:
    return UNKNOWN if truth is None else YES if truth else NO


class IdsField(forms.CharField):
    """Several ids in one line, separated by commas, semicolons or spaces."""

    def clean(self, value: Any) -> list[str]:
        """The ids, each once, in the order given."""
        text = super().clean(value)
        return list(dict.fromkeys(part for part in _SEPARATED.split(text) if part))


class CountriesField(forms.CharField):
    """Countries by name, several separated by commas; codes are understood too."""

    def clean(self, value: Any) -> list[str]:
        """The codes of the countries that are named. Raises with the names that somebody may have meant."""
        text = super().clean(value)
        whole = find_country(text)
        if whole or all(find_country(word) for word in text.split()):
            return [whole] if whole else list(dict.fromkeys(map(str, map(find_country, text.split()))))
        return list(dict.fromkeys(self._one(part.strip()) for part in _LISTED.split(text) if part.strip()))

    def _one(self, written: str) -> str:
        code = find_country(written)
        if code is not None:
            return code
        names = {"written": written, "names": listed(near_countries(written))}
        if names["names"]:
            raise forms.ValidationError(
                _now("“%(written)s” is no country that we know. Did you mean %(names)s?") % names
            )
        raise forms.ValidationError(_now("“%(written)s” is no country that we know: choose one from the list.") % names)


class PurposeForm(NeededLater):
    """One request's words and declared facts. Drafts may be incomplete, so that nothing is required here.

    The needed fields are wanted before it is submitted (`access.requests.selectors.problems`).
    """

    needed = (
        "title", "lay_summary", "investigations", "disease_q", "genetic", "clinical_care", "countries",
        "commercial", "access_mode", "months",
    )  # fmt: skip
    title = forms.CharField(label=_("Title"), max_length=200, required=False)
    lay_summary = forms.CharField(
        label=_("Summary for participants"),
        help_text=_("Two or three sentences that a twelve-year-old understands. Participants read this."),
        widget=Lines(attrs={"rows": 4}),
        max_length=5000,
        required=False,
    )
    investigations = forms.MultipleChoiceField(
        label=_("What do you investigate?"),
        choices=list(INVESTIGATIONS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    other_purpose = forms.CharField(
        label=_("In words, where it is something else"),
        widget=Lines(attrs={"rows": 2}),
        max_length=2000,
        required=False,
    )
    disease_q = forms.CharField(
        label=_("Diseases"),
        help_text=_("Type a name or a code, then search. Every disease must be covered."),
        max_length=100,
        required=False,
    )
    research_types = IdsField(
        label=_("Kinds of study"), help_text=_("Ids, where a dataset is limited to some."), required=False
    )
    genetic = forms.ChoiceField(
        label=_("Does the work include genotypes?"),
        choices=[(YES, _("Yes")), (NO, _("No")), (UNKNOWN, _("Not known yet"))],
        widget=forms.RadioSelect,
        required=False,
    )
    clinical_care = forms.ChoiceField(
        label=_("Is it for the care of patients?"),
        choices=[(YES, _("Yes")), (NO, _("No"))],
        widget=forms.RadioSelect,
        required=False,
    )
    sensitive = forms.MultipleChoiceField(
        label=_("Does it touch any of these?"),
        choices=list(SENSITIVE.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    countries = CountriesField(
        label=_("Countries of people and computers"),
        help_text=_("Begin to write a name and choose it, one after the other."),
        widget=forms.TextInput(attrs={"list": "all-countries", "autocomplete": "off"}),
        max_length=500,
        required=False,
    )
    commercial = forms.ChoiceField(
        label=_("Is the purpose commercial?"),
        choices=[(YES, _("Yes")), (NO, _("No")), (UNKNOWN, _("Not known yet"))],
        widget=forms.RadioSelect,
        required=False,
    )
    project = forms.CharField(
        label=_("Project"),
        help_text=_("Its id, where a dataset is limited to some."),
        max_length=100,
        required=False,
    )
    access_mode = forms.ChoiceField(
        label=_("How will you work?"), choices=list(MODES.items()), widget=forms.RadioSelect, required=False
    )
    months = forms.IntegerField(
        label=_("Months"),
        help_text=_("For how long you need the data."),
        min_value=1,
        max_value=600,
        required=False,
        error_messages={
            "min_value": _("Write a number of months from 1 to 600."),
            "max_value": _("Write a number of months from 1 to 600."),
        },
    )
    ethics_reference = forms.CharField(label=_("Ethics approval"), max_length=100, required=False)
    ethics_until = DayField(label=_("Ethics approval valid until"), required=False)
    agrees = forms.MultipleChoiceField(
        label=_("What do you promise?"),
        choices=[(code, TERMS[code].words) for code in PROMISES if code in TERMS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """An ethics approval is known by both its reference and its end."""
        given = super().clean() or {}
        if given.get("ethics_reference") and not given.get("ethics_until") and "ethics_until" in given:
            self.add_error("ethics_until", _("Say until when the ethics approval is valid"))
        if given.get("ethics_until") and not given.get("ethics_reference"):
            self.add_error("ethics_reference", _("Give the reference of the ethics approval"))
        return given

    def sent(self, name: str) -> list[str]:
        """Every value that was sent under a name; none before anything was."""
        assert isinstance(self.data, MultiValueDict), "a form is filled from what a browser sent"
        return self.data.getlist(name)

    @property
    def chosen_countries(self) -> list[str]:
        """The countries that were chosen before, and those that are named now, in this order."""
        chosen = self.sent("country") if self.is_bound else self.initial.get("country", [])
        known = [one for one in chosen if one in COUNTRIES and one != self.data.get("remove_country")]
        named = getattr(self, "cleaned_data", {}).get("countries", [])
        return list(dict.fromkeys([*known, *named]))

    @property
    def unread(self) -> list[tuple[str, str]]:
        """The fields that hold something which could not be read, with the reason: it counts nowhere yet."""
        return [
            (str(self.fields[name].label), " ".join(map(str, found)))
            for name, found in self.errors.items()
            if name in self.fields
        ]

    def declared(self, saved: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The declared facts. A field that could not be read keeps what is `saved`, or counts as not said."""
        facts = self._facts()
        for name in self.errors:
            fact = _FACTS.get(name, name)
            if saved is not None and fact in facts:
                facts[fact] = saved[fact]
        return facts

    def _facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        reference, until = given.get("ethics_reference", ""), given.get("ethics_until")
        approval = {"reference": reference, "valid_until": until.isoformat() if until else None}
        return {
            "investigations": given.get("investigations", []),
            "diseases": list(dict.fromkeys(self.sent("disease"))),
            "genetic": _TRUTH.get(given.get("genetic", "")),
            "clinical_care": given.get("clinical_care") == YES,
            "commercial": _TRUTH.get(given.get("commercial", "")),
            "countries": self.chosen_countries,
            "project": given.get("project") or None,
            "research_types": given.get("research_types", []),
            "ethics_approval": approval if reference or until else None,
            "months": given.get("months"),
            "agrees": given.get("agrees", []),
            "sensitive": given.get("sensitive", []),
            "access_mode": given.get("access_mode") or None,
        }


def initial(request: Request) -> dict[str, Any]:
    """What the form shows of a saved request."""
    purpose = request.purpose
    approval = purpose["ethics_approval"] or {}
    promised = {TERMS[code].curie or code: code for code in PROMISES if code in TERMS}
    return {
        "title": request.title,
        "lay_summary": request.lay_summary,
        "other_purpose": request.other_purpose,
        "investigations": purpose["investigations"],
        "genetic": _words_of(purpose["genetic"]),
        "clinical_care": _words_of(purpose["clinical_care"]),
        "commercial": _words_of(purpose["commercial"]),
        "countries": "",
        "country": list(purpose["countries"]),
        "project": purpose["project"] or "",
        "research_types": ", ".join(purpose["research_types"]),
        "ethics_reference": approval.get("reference", ""),
        "ethics_until": approval.get("valid_until"),
        "months": purpose["months"],
        "agrees": [promised.get(term, term) for term in purpose["agrees"]],
        "sensitive": purpose["sensitive"],
        "access_mode": purpose["access_mode"] or "",
    }


def readable_purpose(form: PurposeForm, people: Any, now: Any) -> dict[str, Any]:
    """The purpose as far as it can be read now: a fact that cannot be read counts as not said."""
    declared: Mapping[str, Any] = form.declared()
    for _attempt in range(len(declared)):
        try:
            return with_facts(declared, people, now)[0]
        except Invalid as wrong:
            named = next(iter(wrong.fields))
            field = "ethics_approval" if named.startswith("ethics_") else named
            declared = {key: value for key, value in declared.items() if key != field}
    return with_facts({}, people, now)[0]


def filled(request: Request) -> QueryDict:
    """A saved request as the data of a bound form, so that problems can be marked at its fields."""
    data = QueryDict(mutable=True)
    for name, value in initial(request).items():
        data.setlist(
            name,
            [str(one) for one in value] if isinstance(value, list) else ["" if value is None else str(value)],
        )
    data.setlist("disease", request.purpose["diseases"])
    return data
