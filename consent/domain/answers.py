"""Answers: what a person chose, keyed by item, subject and decider, and what is wrong with one that does not fit.

The ledger holds codes alone. What a person types beside an option (a designate's name, a reason) is split off
here: it belongs to the vault, and the ledger gets a salted commitment (consent.md, "The ledger").
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from consent.domain import shapes
from consent.domain.conditions import Value
from consent.domain.forms import Blank, FormText, Item, ItemKind
from governance.duo.countries import problem as country_problem
from governance.duo.ontologies.curies import compact
from governance.duo.reading import InvalidUse

_CURIE = re.compile(r"^[A-Za-z][A-Za-z0-9_.]*:[A-Za-z0-9][A-Za-z0-9_.\-]*$")
_LONGEST_FIELD = 300
SELF_ROLE = "participant"
"""The role in which participants decide for themselves."""

PARENTS = "parents"
JOINT = "parents_and_child"
"""Roles that begin so are decided by the parents and, in the bands that name the item, the child as well."""

_NEEDS_FIELDS = frozenset({"named", "not_able"})


class AnswerKey(NamedTuple):
    """Whose answer to what: one item can have several subjects and deciders, each with their own answer."""

    item: str
    subject: str
    decider: str


Answers = Mapping[AnswerKey, Value]
"""What stands answered; a key that is missing is blank."""

Changes = tuple[tuple[AnswerKey, Value | None], ...]
"""What one event says: sorted by key; None takes an answer back to blank."""


@dataclass(frozen=True, slots=True)
class Given:
    """A checked answer: `value` for the ledger (None is blank), `fields` for the vault alone."""

    value: Value | None
    fields: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"Given({self.value!r}, {len(self.fields)} fields)"


def check_answer(item: Item, obj: Any, field: str = "") -> Given:
    """Read one answer as a page, an API call or an import gives it; raises Invalid with a message for people.

    `obj` is an option, a list of options or codes, an object of rows, or `{"value": …, "fields": {…}}` where
    the item takes words beside the option. None, "", [] and {} are blank.
    """
    field = field or item.key
    fields: tuple[tuple[str, str], ...] = ()
    wrapped = isinstance(obj, dict) and "value" in obj and item.kind is not ItemKind.CHOICE_GRID
    if wrapped:
        shapes.an_object(obj, field, ("fields",), ("value",))
        fields = _fields(item, obj.get("fields"), f"{field}.fields")
        obj = obj["value"]
    value = parse_value(item, obj, field)
    if value not in _NEEDS_FIELDS and fields:
        raise InvalidUse(f"{field}.fields", f"go with {_naming(item)} alone; choose that option or leave the words out")
    return Given(value, fields)


def check_complete(item: Item, given: Given, field: str = "") -> None:
    """Raise Invalid where words that the chosen option needs are missing (a name, a reason)."""
    if item.fields and given.value in _NEEDS_FIELDS and item.fields[0] not in dict(given.fields):
        raise InvalidUse(
            f"{field or item.key}.fields.{item.fields[0]}", "is missing; fill it in or choose another answer"
        )


def parse_value(item: Item, obj: Any, field: str) -> Value | None:
    """Read the coded part of an answer."""
    if obj is None or obj == "" or obj == [] or obj == {}:
        return None
    match item.kind:
        case ItemKind.MULTI_CHOICE:
            return _several(item, obj, field)
        case ItemKind.CHOICE_GRID:
            return _grid(item, obj, field)
        case ItemKind.COUNTRIES:
            return _codes(obj, field, _country)
        case ItemKind.DISEASES:
            return _codes(obj, field, _disease)
        case ItemKind.DATE:
            return _day(obj, field)
        case _:
            return _option(item, obj, field)


def _option(item: Item, obj: Any, field: str) -> str:
    if not isinstance(obj, str):
        raise InvalidUse(field, "takes one answer; choose one of " + ", ".join(item.option_values))
    if obj not in item.option_values:
        raise InvalidUse(field, f"has no answer {obj!r}; choose one of " + ", ".join(item.option_values))
    return obj


def _several(item: Item, obj: Any, field: str) -> tuple[str, ...]:
    if not isinstance(obj, list | tuple):
        raise InvalidUse(field, "takes a list of answers")
    chosen = {_option(item, part, f"{field}[{index}]") for index, part in enumerate(obj)}
    if item.exclusive in chosen and len(chosen) > 1:
        raise InvalidUse(field, f"holds {item.exclusive!r} beside other answers; choose either that or the others")
    return tuple(value for value in item.option_values if value in chosen)


def _grid(item: Item, obj: Any, field: str) -> tuple[tuple[str, str], ...] | None:
    if not isinstance(obj, dict):
        raise InvalidUse(field, "takes an answer for each row")
    rows = {row.key for row in item.rows}
    for key in obj:
        if key not in rows:
            raise InvalidUse(f"{field}.{key}", "is no row of this question")
    pairs = tuple(
        (row.key, _option(item, obj[row.key], f"{field}.{row.key}"))
        for row in item.rows
        if obj.get(row.key) not in (None, "")
    )
    return pairs or None


def _codes(obj: Any, field: str, read: Callable[[Any, str], str]) -> tuple[str, ...]:
    if not isinstance(obj, list | tuple):
        raise InvalidUse(field, "takes a list of codes")
    return tuple(sorted({read(part, f"{field}[{index}]") for index, part in enumerate(obj)}))


def _country(obj: Any, field: str) -> str:
    code = obj.strip().upper() if isinstance(obj, str) else ""
    wrong = country_problem(code, groups=True)
    if wrong:
        raise InvalidUse(field, wrong)
    return code


def _disease(obj: Any, field: str) -> str:
    curie = compact(obj) if isinstance(obj, str) else ""
    if not _CURIE.match(curie):
        raise InvalidUse(field, "must be the id of a disease, such as MONDO:0004992")
    return curie


def _day(obj: Any, field: str) -> str:
    try:
        return date.fromisoformat(obj).isoformat()
    except (TypeError, ValueError):
        raise InvalidUse(field, "must be a date written as YYYY-MM-DD") from None


def _naming(item: Item) -> str:
    return " or ".join(value for value in item.option_values if value in _NEEDS_FIELDS) or "no answer of this question"


def _fields(item: Item, obj: Any, field: str) -> tuple[tuple[str, str], ...]:
    given = {} if obj is None else shapes.an_object(obj, field, item.fields)
    pairs = []
    for key in item.fields:
        words = given.get(key)
        if words in (None, ""):
            continue
        if not isinstance(words, str) or len(words) > _LONGEST_FIELD:
            raise InvalidUse(f"{field}.{key}", f"must be text of at most {_LONGEST_FIELD} letters")
        pairs.append((key, _day(words, f"{field}.{key}") if key == "valid_until" else words.strip()))
    return tuple(pairs)


def answers_from_plain(form: FormText, obj: Mapping[str, Any]) -> dict[AnswerKey, Value]:
    """Answers written without subjects and deciders: one person per role, `{subject: answer}` for per-person items.

    For case files, samples and imports of one signer; each answer is keyed by the role that decides, as
    written in the form. An answer that contradicts itself (an exclusive option beside others) is kept as it
    stands on paper.
    """
    answers: dict[AnswerKey, Value] = {}
    for key, answer in obj.items():
        if key not in form.by_key:
            raise InvalidUse(key, "is no item of this form")
        item = form.by_key[key]
        for subject, role in item.deciders:
            part = answer.get(subject) if item.per_person else answer
            value = tuple(part) if item.kind is ItemKind.MULTI_CHOICE and part else parse_value(item, part, key)
            if value is not None:
                answers[AnswerKey(key, subject, PARENTS if role.startswith(JOINT) else role)] = value
    return answers


def read_blanks(
    form: FormText, answers: Answers, blank: tuple[Item, ...], key: AnswerKey, confirmed_by: str
) -> Changes:
    """What the empty lines of a paper form give, item by item, when a person has confirmed the reading.

    `not_given` stays blank; `given_by_default` becomes the item's default, only with `confirmed_by` naming
    who confirmed it against this exact version; `incomplete` refuses the paper. `key` names subject and
    decider.
    """
    changes: list[tuple[AnswerKey, Value | None]] = []
    for item in blank:
        at = AnswerKey(item.key, key.subject, key.decider)
        if at in answers or item.on_blank is Blank.NOT_GIVEN:
            continue
        if item.on_blank is Blank.INCOMPLETE:
            raise InvalidUse(item.key, "is empty, and this form counts as incomplete then; ask the person")
        if not confirmed_by:
            raise InvalidUse(item.key, f"is empty and counts as given on {form.id}; a person must confirm the reading")
        changes.append((at, item.default))
    return tuple(sorted(changes, key=lambda change: change[0]))
