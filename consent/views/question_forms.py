"""One question as an HTML form, whatever its kind: from the kernel's item to fields, and from fields to an answer."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from consent.domain.forms import Item, ItemKind, ItemText
from consent.texts import NOT_SURE, field_words
from governance.duo.countries import problem
from governance.face.countries import country_code_of, country_name
from governance.face.forms import Choice, DayField, Form

ANSWER = "answer"
_FIELDS = "field-"
_ROWS = "row-"
_NAMING = {"named", "not_able"}


class QuestionForm(Form):
    """The fields of one question.

    `initial` answers come from the draft of this sitting alone: nothing is preselected.
    """

    def __init__(self, item: Item, words: ItemText, *args: Any, given: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, initial=_initial(item, given), **kwargs)
        self.item = item
        self.words = words
        if item.kind is ItemKind.CHOICE_GRID:
            for row in item.rows:
                self.fields[_ROWS + row.key] = self._choice(words.rows[row.key], hints=False)
            return
        self.fields[ANSWER] = self._answer()
        for name in item.fields:
            field = DayField if name == "valid_until" else forms.CharField
            self.fields[_FIELDS + name] = field(label=field_words(name), required=False)
        if item.fields:
            first = self.fields[_FIELDS + item.fields[0]]
            first.widget.attrs["autocomplete"] = "off"
            # Needed with the answer that names somebody, so it is not marked "optional".
            first.needed_with_answer = True  # type: ignore[attr-defined]  # for templates/components/field.html

    @property
    def rows(self) -> list[forms.BoundField]:
        """The rows of a grid, as fields."""
        return [self[name] for name in self.fields if name.startswith(_ROWS)]

    @property
    def beside(self) -> list[forms.BoundField]:
        """What is typed beside an answer."""
        return [self[name] for name in self.fields if name.startswith(_FIELDS)]

    def _answer(self) -> forms.Field:
        kind, label = self.item.kind, self.words.question
        if kind is ItemKind.MULTI_CHOICE:
            return forms.MultipleChoiceField(
                label=label,
                choices=self._options(),
                widget=forms.CheckboxSelectMultiple,
                required=self.item.must_answer,
                error_messages={"required": _("Choose an answer.")},
            )
        if kind is ItemKind.DATE:
            return DayField(label=label, required=False)
        if kind is ItemKind.COUNTRIES:
            return forms.CharField(label=label, required=False, help_text=_("Countries, with commas between them."))
        if kind is ItemKind.DISEASES:
            return forms.CharField(label=label, required=False, help_text=_("Codes, with commas between them."))
        return self._choice(label)

    def _choice(self, label: str, hints: bool = True) -> forms.Field:
        missing = _("Choose an answer.") if hints else _("Choose an answer for this line.")
        return forms.ChoiceField(
            label=label,
            choices=self._options(hints),
            widget=forms.RadioSelect,
            required=self.item.must_answer,
            error_messages={"required": missing},
        )

    def _options(self, hints: bool = True) -> list[tuple[str, Any]]:
        hint = _("Counts as no for now. You can come back at any time.") if hints else ""
        return [
            (option.value, Choice(self.words.options[option.value], hint if option.value == NOT_SURE else ""))
            for option in self.item.options
        ]

    @property
    def answered(self) -> Any:
        """The answer as the kernel reads it; None for nothing chosen. Call after `is_valid`."""
        data = self.cleaned_data
        if self.item.kind is ItemKind.CHOICE_GRID:
            rows = {row.key: data[_ROWS + row.key] for row in self.item.rows if data[_ROWS + row.key]}
            return rows or None
        value = data[ANSWER]
        if self.item.kind is ItemKind.DATE:
            return value.isoformat() if value else None
        if self.item.kind in (ItemKind.COUNTRIES, ItemKind.DISEASES):
            return _codes(self.item, value) or None
        fields = {name: _text(data[_FIELDS + name]) for name in self.item.fields}
        typed = {name: text for name, text in fields.items() if text}
        # Words beside another answer are left out: who takes a name back need not empty each box.
        named = bool(self.item.fields) and value in _NAMING
        return {"value": value, "fields": typed} if named else value or None

    def mark(self, wrong: Mapping[str, str]) -> None:
        """Put the errors of a service at the fields that they name."""
        for path, message in wrong.items():
            name = path.rsplit(".", 1)[-1]
            places = (_FIELDS + name, _ROWS + name, ANSWER, *self.fields)
            self.add_error(next(place for place in places if place in self.fields), message)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.item.fields and data.get(ANSWER) in _NAMING and not data.get(_FIELDS + self.item.fields[0]):
            self.add_error(_FIELDS + self.item.fields[0], _("Fill this in, or choose another answer."))
        chosen = data.get(ANSWER)
        if self.item.kind is ItemKind.COUNTRIES and chosen:
            for code in _codes(self.item, chosen):
                if problem(code, groups=True):
                    self.add_error(ANSWER, _("“%(words)s” is no country that we know.") % {"words": code})
        if self.item.exclusive and isinstance(chosen, list) and self.item.exclusive in chosen and len(chosen) > 1:
            alone = self.words.options[self.item.exclusive]
            self.add_error(ANSWER, _("Choose “%(alone)s” alone, or only the others.") % {"alone": alone})
        return data


def _codes(item: Item, written: str) -> list[str]:
    """What was typed between commas; a country may be named in the reader's language, in English or by its code."""
    parts = [part.strip() for part in written.replace("،", ",").split(",") if part.strip()]
    return [country_code_of(part) for part in parts] if item.kind is ItemKind.COUNTRIES else parts


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value or "").strip()


def _initial(item: Item, given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    if item.kind is ItemKind.CHOICE_GRID:
        return {_ROWS + row: option for row, option in given.items()}
    if isinstance(given, dict):
        fields = {_FIELDS + name: text for name, text in given.get("fields", {}).items()}
        return {ANSWER: given["value"], **fields}
    if item.kind is ItemKind.COUNTRIES:
        return {ANSWER: ", ".join(country_name(code_of) for code_of in given)}
    return {ANSWER: ", ".join(given) if item.kind is ItemKind.DISEASES else given}
