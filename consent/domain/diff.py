"""The difference between two versions of a form, item by item, and whether it opens more or less.

Wider or narrower is not guessed from the wording: the same answers are judged under both versions, for every
reachable combination, with only this item changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from consent.domain.conditions import Value
from consent.domain.counted import Context, DeciderView, subject_of, view_of
from consent.domain.deciding import MOST_COMBINATIONS, Facts, deciding_part, singles_of
from consent.domain.effects import Effect, not_wider
from consent.domain.evaluate import speak
from consent.domain.forms import FormText, Item, Texts
from consent.domain.publishing import count_combinations


class Direction(StrEnum):
    """What a change does to the same answers."""

    SAME = "same"
    WIDER = "wider"
    NARROWER = "narrower"
    MIXED = "mixed"
    UNKNOWN = "unknown"


class What(StrEnum):
    """What kind of difference it is; `_SENTENCES` has the words for each."""

    ITEM_ADDED = "item_added"
    ITEM_REMOVED = "item_removed"
    QUESTION = "question"
    SHORT = "short"
    HELP = "help"
    WITHDRAWAL_NOTE = "withdrawal_note"
    OPTION_ADDED = "option_added"
    OPTION_REMOVED = "option_removed"
    OPTION_WORDING = "option_wording"
    ROW_ADDED = "row_added"
    ROW_REMOVED = "row_removed"
    ROW_WORDING = "row_wording"
    KIND = "kind"
    DECIDERS = "deciders"
    ASKED_WHEN = "asked_when"
    ON_BLANK = "on_blank"
    VALIDITY = "validity"
    RULES = "rules"
    NOTICE_ADDED = "notice_added"
    NOTICE_REMOVED = "notice_removed"
    NOTICE_WORDING = "notice_wording"
    TITLE = "title"


_SENTENCES: Mapping[What, str] = {
    What.ITEM_ADDED: "New question: “{after}”",
    What.ITEM_REMOVED: "This question is no longer asked: “{before}”",
    What.QUESTION: "The question was “{before}” and is now “{after}”.",
    What.SHORT: "The short name was “{before}” and is now “{after}”.",
    What.HELP: "The help was “{before}” and is now “{after}”.",
    What.WITHDRAWAL_NOTE: "The note on withdrawing was “{before}” and is now “{after}”.",
    What.OPTION_ADDED: "New answer: “{after}”.",
    What.OPTION_REMOVED: "This answer is gone: “{before}”.",
    What.OPTION_WORDING: "An answer was “{before}” and is now “{after}”.",
    What.ROW_ADDED: "New line: “{after}”.",
    What.ROW_REMOVED: "This line is gone: “{before}”.",
    What.ROW_WORDING: "A line was “{before}” and is now “{after}”.",
    What.KIND: "The question is answered in another way than before.",
    What.DECIDERS: "Other people answer this question than before.",
    What.ASKED_WHEN: "The question is asked in other cases than before.",
    What.ON_BLANK: "An empty answer on paper means something else than before.",
    What.VALIDITY: "The answer holds for another time than before.",
    What.RULES: "The answers mean something else for your data than before.",
    What.NOTICE_ADDED: "New notice: “{after}”",
    What.NOTICE_REMOVED: "This notice is gone: “{before}”",
    What.NOTICE_WORDING: "A notice was “{before}” and is now “{after}”",
    What.TITLE: "The title was “{before}” and is now “{after}”.",
}
_DIRECTIONS: Mapping[Direction, str] = {
    Direction.SAME: "",
    Direction.WIDER: "The same answers now allow more.",
    Direction.NARROWER: "The same answers now allow less.",
    Direction.MIXED: "Some answers now allow more, others less.",
    Direction.UNKNOWN: "Whether answers now allow more could not be found out.",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `item` is its key ("" for titles and notices); `direction` belongs to the item as a whole."""

    item: str
    what: What
    before: str = ""
    after: str = ""
    direction: Direction = Direction.SAME


def sentence(change: Change) -> str:
    """The change in plain English words; pages in other languages render it from `what`, `before` and `after`."""
    words = _SENTENCES[change.what].format(before=change.before, after=change.after)
    return f"{words} {_DIRECTIONS[change.direction]}".rstrip()


def diff_forms(old: FormText, new: FormText, language: str = "") -> tuple[Change, ...]:
    """Every difference from the old version to the new: title and notices, then items in the new version's order."""
    before, after = old.texts(language), new.texts(language)
    changes = list(_about(before, after))
    for item in new.items:
        earlier = old.by_key.get(item.key)
        if earlier is None:
            direction = direction_of(old, _with(old, new, item))
            changes.append(Change(item.key, What.ITEM_ADDED, "", after.items[item.key].question, direction))
            continue
        found = [*_wording(item.key, before, after), *_substance(earlier, item)]
        if found:
            direction = direction_of(old, _with(old, new, item))
            changes += [replace(change, direction=direction) for change in found]
    for item in old.items:
        if item.key not in new.by_key:
            without = replace(old, items=tuple(other for other in old.items if other.key != item.key))
            direction = direction_of(old, without)
            changes.append(Change(item.key, What.ITEM_REMOVED, before.items[item.key].question, "", direction))
    return tuple(changes)


def direction_of(old: FormText, new: FormText) -> Direction:
    """Whether the same answers open more or less under the new form, over every reachable combination of either."""
    wider = narrower = False
    for subject in dict.fromkeys((*old.subjects, *new.subjects)):
        for stage in ("enrolment", "majority"):
            context = Context(subject, stage)
            answers = _answers(old, new, subject, stage)
            if answers is None:
                return Direction.UNKNOWN
            for values, facts, forced in answers:
                one = _effect(old, values, facts, context, forced)
                other = _effect(new, values, facts, context, forced)
                wider = wider or not not_wider(other, one)
                narrower = narrower or not not_wider(one, other)
    if wider and narrower:
        return Direction.MIXED
    return Direction.WIDER if wider else Direction.NARROWER if narrower else Direction.SAME


_Try = tuple[Mapping[str, Value], Facts, bool]


def _answers(old: FormText, new: FormText, subject: str, stage: str) -> list[_Try] | None:
    """The answers to try: every combination of the deciding items, and each other item that differs by itself."""
    found: list[_Try] = []
    for form in (old, new):
        part = deciding_part(form, subject, stage)
        if count_combinations(part) > MOST_COMBINATIONS:
            return None
        found += [(one.view.values, one.view.facts, False) for one in part.combinations()]
    for key in sorted({*old.by_key, *new.by_key}):
        items = [form.by_key[key] for form in (old, new) if key in form.by_key]
        if len(items) == 1 or items[0] != items[1]:
            found += [({key: value}, {}, True) for item in items for value in singles_of(item)]
    return found


def _effect(form: FormText, values: Mapping[str, Value], facts: Facts, context: Context, forced: bool) -> Effect:
    """The effect of these answers; `forced` reads them as asked, whatever the items before them would say."""
    if context.subject not in form.subjects:
        return Effect()
    if forced:
        return speak(form, DeciderView(values, frozenset(values), facts), context)
    pairs = [
        (item, values.get(item.key))
        for item in form.items
        if item.stage == context.stage and subject_of(form, item, context.subject)
    ]
    return speak(form, view_of(pairs, facts), context)


def _with(old: FormText, new: FormText, item: Item) -> FormText:
    """The old form with one item of the new one in the place of its own."""
    items = [item if other.key == item.key else other for other in old.items]
    if item.key not in old.by_key:
        items.append(item)
    terms = {term.name: term for term in (*old.terms, *new.terms)}
    outlets = {outlet.name: outlet for outlet in (*old.outlets, *new.outlets)}
    return replace(old, items=tuple(items), terms=tuple(terms.values()), outlets=tuple(outlets.values()))


def _about(before: Texts, after: Texts) -> Iterator[Change]:
    if before.title != after.title:
        yield Change("", What.TITLE, before.title, after.title)
    kinds = (What.NOTICE_ADDED, What.NOTICE_REMOVED, What.NOTICE_WORDING)
    yield from _compared("", before.notices, after.notices, kinds)


def _wording(key: str, before: Texts, after: Texts) -> Iterator[Change]:
    one, other = before.items[key], after.items[key]
    for what, was, now in (
        (What.QUESTION, one.question, other.question),
        (What.SHORT, one.short, other.short),
        (What.HELP, one.help, other.help),
        (What.WITHDRAWAL_NOTE, one.withdrawal_note, other.withdrawal_note),
    ):
        if was != now:
            yield Change(key, what, was, now)
    options = (What.OPTION_ADDED, What.OPTION_REMOVED, What.OPTION_WORDING)
    yield from _compared(key, one.options, other.options, options)
    yield from _compared(key, one.rows, other.rows, (What.ROW_ADDED, What.ROW_REMOVED, What.ROW_WORDING))


def _compared(
    key: str, before: Mapping[str, str], after: Mapping[str, str], kinds: tuple[What, What, What]
) -> Iterator[Change]:
    added, removed, worded = kinds
    for name, words in after.items():
        if name not in before:
            yield Change(key, added, "", words)
        elif before[name] != words:
            yield Change(key, worded, before[name], words)
    for name, words in before.items():
        if name not in after:
            yield Change(key, removed, words, "")


def _substance(one: Item, other: Item) -> Iterator[Change]:
    for what, same in (
        (What.KIND, one.kind == other.kind and one.exclusive == other.exclusive),
        (What.DECIDERS, one.deciders == other.deciders),
        (What.ASKED_WHEN, one.requires == other.requires and one.stage == other.stage),
        (What.ON_BLANK, one.on_blank == other.on_blank and one.default == other.default),
        (What.VALIDITY, one.validity == other.validity),
        (What.RULES, one.rules == other.rules),
    ):
        if not same:
            yield Change(one.key, what)
