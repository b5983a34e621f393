"""Every reachable combination of the answers that decide on data.

Only items that a data-use rule reads, directly or through `requires`, take part; preferences do not. Answers
that no rule tells apart fall into one class, so that a combination stands for all that it weighs. An item
that is not asked is blank. Countries, diseases and facts of the record stand for none, one and two.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product

from consent.domain.conditions import IsAnswered, Known, Value, atoms, chosen
from consent.domain.counted import DeciderView, subject_of, view_of
from consent.domain.forms import CODED, FormText, Item, ItemKind, MappingRule, Means, TermRole

_SAMPLES: Mapping[str, tuple[str, str]] = {
    "diseases": ("MONDO:0004992", "MONDO:0005015"),
    "countries": ("FI", "SE"),
    "months": ("12", "24"),
    "until": ("2030-01-01", "2031-01-01"),
}
_OTHER = ("one", "two")
_OF_KIND = {ItemKind.DISEASES: "diseases", ItemKind.COUNTRIES: "countries", ItemKind.DATE: "until"}

Facts = Mapping[str, tuple[str, ...]]

MOST_COMBINATIONS = 100_000
"""Above so many combinations publishing asks for simpler rules."""


@dataclass(frozen=True, slots=True)
class AnswerClass:
    """A class of answers to one item that no rule tells apart: one of them, and how many there are."""

    value: Value | None
    weight: int


@dataclass(frozen=True, slots=True)
class Combination:
    """One reachable combination: the answers given, the facts, and how many combinations it stands for."""

    view: DeciderView
    weight: int


@dataclass(frozen=True, slots=True)
class Deciding:
    """The part of a form that decides on one subject's data in one stage."""

    form: FormText
    subject: str
    stage: str
    items: tuple[Item, ...]
    choices: Mapping[str, tuple[AnswerClass, ...]]
    facts: tuple[Facts, ...]

    def combinations(self) -> Iterator[Combination]:
        """Every reachable combination, one for each class."""
        for facts in self.facts:
            for values, weight in self._answers(0, {}, 1):
                yield Combination(self.view(values, facts), weight)

    def view(self, values: Mapping[str, Value], facts: Facts) -> DeciderView:
        """The view of these answers, the rest blank."""
        return view_of([(item, values.get(item.key)) for item in self.items], facts)

    def _answers(self, number: int, values: dict[str, Value], weight: int) -> Iterator[tuple[dict[str, Value], int]]:
        if number == len(self.items):
            yield values, weight
            return
        item = self.items[number]
        asked = all(_met(values.get(key), options) for key, options in item.requires)
        for choice in self.choices[item.key] if asked else (AnswerClass(None, 1),):
            given = values if choice.value is None else {**values, item.key: choice.value}
            yield from self._answers(number + 1, given, weight * choice.weight)


def decides(form: FormText, rule: MappingRule) -> bool:
    """Whether a rule decides on data: everything but preferences and notes."""
    return rule.means is not Means.LOCAL or form.term_of[rule.target].role in (TermRole.DATA_USE, TermRole.EXCLUDES)


def deciding_part(form: FormText, subject: str, stage: str) -> Deciding:
    """Find the items that decide on this subject's data, their classes of answers, and the facts to try."""
    own = [item for item in form.items if item.stage == stage and subject_of(form, item, subject)]
    speaking = [item for item in own if item.per_person or subject == form.main_subject]
    rules = [(item, rule) for item in speaking for rule in item.rules if decides(form, rule)]
    needed = {item.key for item in speaking if item.kind is ItemKind.ASSENT and rules}
    for item, rule in rules:
        needed |= {atom.item for atom in atoms(rule.condition) if not isinstance(atom, Known)}
        needed |= {item.key for param in rule.params if param.source == "answer"}
    for item in reversed(form.items):
        if item.key in needed:
            needed |= {key for key, _ in item.requires}
    items = tuple(item for item in own if item.key in needed)
    choices = {item.key: _classes(item, [rule for _, rule in rules], items) for item in items}
    return Deciding(form, subject, stage, items, choices, _facts([rule for _, rule in rules]))


def _classes(item: Item, rules: Sequence[MappingRule], items: Sequence[Item]) -> tuple[AnswerClass, ...]:
    """The item's answers, those that neither a rule nor a `requires` tells apart counted together."""
    found: dict[tuple[object, ...], AnswerClass] = {}
    asked = [atom for rule in rules for atom in atoms(rule.condition) if not isinstance(atom, Known)]
    tests = [atom for atom in asked if atom.item == item.key]
    gates = [option for other in items for key, options in other.requires if key == item.key for option in options]
    rows = {atom.row for atom in tests if not isinstance(atom, IsAnswered)}
    values = list(islice(values_of(item, rows), MOST_COMBINATIONS + 1))
    if len(values) > MOST_COMBINATIONS:
        return (AnswerClass(None, len(values)),)
    for value in values:
        told = [
            value is not None if isinstance(atom, IsAnswered) else chosen(value, atom.option, atom.row)
            for atom in tests
        ]
        signature = (
            *told,
            *(chosen(value, option) for option in gates),
            value if item.kind in CODED else None,
            value in (None, "declined") if item.kind is ItemKind.ASSENT else None,
        )
        first = found.get(signature, AnswerClass(value, 0))
        found[signature] = AnswerClass(first.value, first.weight + 1)
    return tuple(found.values())


def values_of(item: Item, rows: "set[str | None] | None" = None) -> Iterator[Value | None]:
    """Every answer that can be given to an item, blank first; of a grid only the rows that matter, where named."""
    yield None
    if item.kind in CODED:
        one, two = _SAMPLES[_OF_KIND[item.kind]]
        yield from (one,) if item.kind is ItemKind.DATE else ((one,), (one, two))
    elif item.kind is ItemKind.MULTI_CHOICE:
        free = [value for value in item.option_values if value != item.exclusive]
        for picks in product((False, True), repeat=len(free)):
            several = tuple(value for value, picked in zip(free, picks, strict=True) if picked)
            if several:
                yield several
        if item.exclusive:
            yield (item.exclusive,)
    elif item.kind is ItemKind.CHOICE_GRID:
        keys = [row.key for row in item.rows if not rows or row.key in rows]
        for filled in product((None, *item.option_values), repeat=len(keys)):
            pairs = tuple((key, option) for key, option in zip(keys, filled, strict=True) if option is not None)
            if pairs:
                yield pairs
    else:
        yield from item.option_values


def singles_of(item: Item) -> Iterator[Value]:
    """The answers that say one thing each: one option, one code, one row of a grid."""
    if item.kind in CODED:
        one, _ = _SAMPLES[_OF_KIND[item.kind]]
        yield one if item.kind is ItemKind.DATE else (one,)
    elif item.kind is ItemKind.CHOICE_GRID:
        yield from (((row.key, option),) for row in item.rows for option in item.option_values)
    elif item.kind is ItemKind.MULTI_CHOICE:
        yield from ((option,) for option in item.option_values)
    else:
        yield from item.option_values


def _facts(rules: Sequence[MappingRule]) -> tuple[Facts, ...]:
    samples: dict[str, tuple[str, str]] = {}
    for rule in rules:
        for atom in atoms(rule.condition):
            if isinstance(atom, Known):
                samples.setdefault(atom.fact, _OTHER)
        for param in rule.params:
            if param.source.startswith("record."):
                samples[param.source.removeprefix("record.")] = _SAMPLES.get(param.name, _OTHER)
    names = sorted(samples)
    tries = [((), samples[name][:1], samples[name]) for name in names]
    return tuple(dict(zip(names, values, strict=True)) for values in product(*tries))


def _met(value: Value | None, options: tuple[str, ...]) -> bool:
    return any(chosen(value, option) for option in options)
