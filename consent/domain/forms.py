"""A form version: an immutable published text with the questions, their options, and what each answer means for data.

Everything here is a frozen value. `reading.parse_form` makes them from JSON and refuses what is wrong;
`Form.sha256` freezes items, texts in every language and mapping rules together (consent.md, "Form versions").
Items keep their key from version to version; texts, options and rules belong to one version alone.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from consent.domain.conditions import Condition, Value
from governance.duo.canonical_json import canonical_bytes


class ItemKind(StrEnum):
    """What an item asks for."""

    ACKNOWLEDGE = "acknowledge"
    YES_NO = "yes_no"
    YES_NO_UNSURE = "yes_no_unsure"
    SINGLE_CHOICE = "single_choice"
    MULTI_CHOICE = "multi_choice"
    CHOICE_GRID = "choice_grid"
    PER_PERSON = "per_person"
    ASSENT = "assent"
    DESIGNATE = "designate"
    COUNTRIES = "countries"
    DISEASES = "diseases"
    DATE = "date"


CODED = frozenset({ItemKind.COUNTRIES, ItemKind.DISEASES, ItemKind.DATE})
"""Kinds without options: the answer is picked from a code list, the ontology or a calendar."""


class Blank(StrEnum):
    """What an empty line of this item means; real forms differ by item and version."""

    NOT_GIVEN = "not_given"
    GIVEN_BY_DEFAULT = "given_by_default"
    INCOMPLETE = "incomplete"


class Means(StrEnum):
    """What a mapping rule gives."""

    PERMISSION = "permission"
    MODIFIER = "modifier"
    LOCAL = "local"
    OUTLET = "outlet"


class TermRole(StrEnum):
    """What a form version declares a local term to be (matching.md, "Modifier rules", local terms)."""

    DATA_USE = "data_use"
    EXCLUDES = "excludes"
    PREFERENCE = "preference"
    NOTE = "note"


class Axis(StrEnum):
    """The three independent ways to withdraw."""

    NO_CONTACT = "no_contact"
    NO_COLLECTION = "no_collection"
    NO_USE = "no_use"


@dataclass(frozen=True, slots=True)
class LocalTerm:
    """A term without a DUO code. `limits`: it narrows instead of opening; `closed_by`: the withdrawal that ends it."""

    name: str
    role: TermRole
    limits: bool = False
    closed_by: Axis | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outlet:
    """A place to which data may flow. `needs_permission`: closed while no data-use permission is given."""

    name: str
    needs_permission: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be chosen."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class GridRow:
    """One line of a grid."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Param:
    """A rule's parameter: fixed values, or where they come from (`answer`, `record.<fact>`)."""

    name: str
    values: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class MappingRule:
    """One mapping rule: when the condition holds, the target counts.

    `unless` rules carry a negated condition and so also hold for no answer. `value` is canonical JSON of what
    a local term carries; `if_permission` names the permissions with which alone the rule speaks.
    """

    condition: Condition
    means: Means
    target: str
    params: tuple[Param, ...] = ()
    value: str = "true"
    if_permission: tuple[str, ...] = ()
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Validity:
    """How long an answer holds: for ever, for a number of years, or for one use."""

    years: int | None = None
    once: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One question. `deciders` says for each subject who decides; `subjects` is filled for one answer per person.

    `short` is its name in lists ("Companies"), "" where the form gives none.
    """

    key: str
    kind: ItemKind
    stage: str
    deciders: tuple[tuple[str, str], ...]
    question: str
    help: str = ""
    options: tuple[Option, ...] = ()
    rows: tuple[GridRow, ...] = ()
    fields: tuple[str, ...] = ()
    exclusive: str = ""
    requires: tuple[tuple[str, tuple[str, ...]], ...] = ()
    must_answer: bool = True
    rules: tuple[MappingRule, ...] = ()
    withdrawal_note: str = ""
    validity: Validity = Validity()
    on_blank: Blank = Blank.NOT_GIVEN
    default: Value | None = None
    picture: str = ""
    short: str = ""
    document: bytes = b""

    @property
    def per_person(self) -> bool:
        """Whether each subject has an answer of their own."""
        return self.kind is ItemKind.PER_PERSON

    @property
    def option_values(self) -> tuple[str, ...]:
        """The options' values in their order."""
        return tuple(option.value for option in self.options)

    def decided_for(self, subject: str) -> str:
        """The decider role for this subject, "" where the item does not concern them."""
        return dict(self.deciders).get(subject, "")


@dataclass(frozen=True, slots=True)
class FormNotice:
    """Something told, not asked. `local_text_required`: the site fills it in before publishing."""

    key: str
    text: str
    local_text_required: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """An age band of assent: `form` is none, short or full; `items` are those that the child answers."""

    first: int
    last: int
    form: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemText:
    """An item's words in one language."""

    question: str
    help: str
    withdrawal_note: str
    options: Mapping[str, str]
    rows: Mapping[str, str]
    short: str = ""

    @property
    def name(self) -> str:
        """What the question is called in a list: its short name, else the question itself."""
        return self.short or self.question


@dataclass(frozen=True, slots=True)
class Texts:
    """Every word that a person reads on a form, in one language."""

    language: str
    title: str
    notices: Mapping[str, str]
    items: Mapping[str, ItemText]
    document: bytes = b""


@dataclass(frozen=True, eq=False)
class FormText:
    """One version of one form; equal to another exactly when everything frozen under its SHA-256 is equal."""

    key: str
    version: str
    language: str
    title: str
    ages: tuple[int, int | None]
    subjects: tuple[str, ...]
    facts: tuple[str, ...]
    terms: tuple[LocalTerm, ...]
    outlets: tuple[Outlet, ...]
    notices: tuple[FormNotice, ...]
    items: tuple[Item, ...]
    bands: tuple[Band, ...] = ()
    majority_default: str = ""
    after_death: tuple[str, tuple[str, ...]] = ("", ())
    document: bytes = b""
    translations: tuple[Texts, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FormText) and other.sha256 == self.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    @property
    def id(self) -> str:
        """The version's name, such as `model_paediatric@1`."""
        return f"{self.key}@{self.version}"

    @property
    def main_subject(self) -> str:
        """The person whom every item concerns that is not answered per person."""
        return self.subjects[0]

    @property
    def languages(self) -> tuple[str, ...]:
        """The form's own language first, then its translations."""
        return (self.language, *(texts.language for texts in self.translations))

    @cached_property
    def by_key(self) -> Mapping[str, Item]:
        """The items by key."""
        return {item.key: item for item in self.items}

    @cached_property
    def term_of(self) -> Mapping[str, LocalTerm]:
        """The declared local terms by name."""
        return {term.name: term for term in self.terms}

    @cached_property
    def outlet_of(self) -> Mapping[str, Outlet]:
        """The declared outlets by name."""
        return {outlet.name: outlet for outlet in self.outlets}

    def canonical(self) -> bytes:
        """The bytes that the hash freezes: items, rules and texts in every language."""
        translations: dict[str, Any] = {texts.language: texts.document.decode() for texts in self.translations}
        return canonical_bytes({"form": self.document.decode(), "translations": translations})

    @cached_property
    def sha256(self) -> str:
        """The form version's hash, named in events and receipts."""
        return hashlib.sha256(self.canonical()).hexdigest()

    @cached_property
    def substance(self) -> Mapping[str, str]:
        """A hash of each item: question, options, who decides and rules, in the form's own language.

        An answer given under another version still counts here only while this is the same for its item.
        """
        return {item.key: hashlib.sha256(item.document).hexdigest() for item in self.items}

    def texts(self, language: str = "") -> Texts:
        """Every text in this language; KeyError where the form has not been translated into it."""
        if language in ("", self.language):
            return _own_texts(self)
        return {texts.language: texts for texts in self.translations}[language]


def _own_texts(form: FormText) -> Texts:
    items = {
        item.key: ItemText(
            item.question,
            item.help,
            item.withdrawal_note,
            {option.value: option.label for option in item.options},
            {row.key: row.label for row in item.rows},
            item.short,
        )
        for item in form.items
    }
    return Texts(form.language, form.title, {notice.key: notice.text for notice in form.notices}, items, form.document)
