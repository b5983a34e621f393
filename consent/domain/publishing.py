"""May a form version be published? Every reachable combination of the deciding items is tried.

consent.md, "Form versions": each combination gives a valid data use or "excluded"; contradictions are refused
with the combination that shows them; above 100,000 combinations the rules have to become simpler; silence is
never a permission.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

from consent.domain.conditions import Is, Known, Value, atoms, holds
from consent.domain.counted import Context, DeciderView
from consent.domain.deciding import (
    MOST_COMBINATIONS,
    Combination,
    Deciding,
    decides,
    deciding_part,
    values_of,
)
from consent.domain.effects import Effect, not_wider
from consent.domain.evaluate import speak
from consent.domain.forms import FormText, MappingRule, Means, TermRole
from consent.domain.profile import data_use_of
from governance.duo.reading import InvalidUse

_MOST_PROBLEMS = 20
_CONTRADICTIONS = ("more than one permission", "limits that leave nothing")
Shown = tuple[tuple[str, Value | None], ...]


@dataclass(frozen=True, slots=True)
class PublishingProblem:
    """Why a version cannot be published. `code` is contradiction, silence, outlet or too_many.

    `shown` are the answers (and facts, as `record.<fact>`) that show it, for the given subject and stage.
    """

    code: str
    message: str
    subject: str = ""
    stage: str = ""
    shown: Shown = ()


def check_publishable(form: FormText) -> list[PublishingProblem]:
    """Every problem found, at most twenty, each cause once; an empty list means that it can be published."""
    problems = [*_outlets(form), *_preferences(form)]
    for stage in sorted({item.stage for item in form.items}):
        for subject in form.subjects:
            problems += _check_part(deciding_part(form, subject, stage))
    seen: dict[tuple[str, str, str], PublishingProblem] = {}
    for problem in problems:
        seen.setdefault((problem.code, problem.message, problem.subject), problem)
    return list(seen.values())[:_MOST_PROBLEMS]


def count_combinations(part: Deciding, most: int = MOST_COMBINATIONS) -> int:
    """How many combinations of answers and facts are reachable; counting stops once there are more than `most`."""
    total = 0
    for combination in part.combinations():
        total += combination.weight
        if total > most:
            break
    return total


def _check_part(part: Deciding) -> Iterator[PublishingProblem]:
    if count_combinations(part) > MOST_COMBINATIONS:
        keys = ", ".join(item.key for item in part.items)
        message = f"more than {MOST_COMBINATIONS} combinations of {keys}: make the rules simpler, or split the form"
        yield PublishingProblem("too_many", message, part.subject, part.stage)
        return
    tried = _Tried(part)
    for combination in part.combinations():
        view = combination.view
        wrong = list(_wrong(tried.effect(view)))
        for code, message in wrong:
            yield PublishingProblem(code, message, part.subject, part.stage, _shown(part, view))
        if not wrong:
            yield from _silent(tried, combination)


class _Tried:
    """Effects by answers, so that each combination is judged once."""

    def __init__(self, part: Deciding) -> None:
        self.part = part
        self.context = Context(part.subject, part.stage)
        self.known: dict[tuple[object, ...], Effect] = {}

    def effect(self, view: DeciderView) -> Effect:
        key = (tuple(sorted(view.values.items())), tuple(sorted(view.facts.items())))
        if key not in self.known:
            self.known[key] = speak(self.part.form, view, self.context)
        return self.known[key]


def _wrong(effect: Effect) -> Iterator[tuple[str, str]]:
    for flag in effect.flags:
        if flag.startswith(_CONTRADICTIONS):
            yield "contradiction", flag
    try:
        data_use_of(effect)
    except InvalidUse as error:
        yield "contradiction", str(error)


def _silent(tried: _Tried, combination: Combination) -> Iterator[PublishingProblem]:
    """Nothing given opens nothing, and leaving one item blank opens no more than any answer to it."""
    part, view = tried.part, combination.view
    effect = tried.effect(view)
    if not view.values and (effect.data_use() is not None or effect.outlets):
        message = "nothing is answered, and yet something is open: silence is never a permission"
        yield PublishingProblem("silence", message, part.subject, part.stage, _shown(part, view))
    for key in view.values:
        values = {other: value for other, value in view.values.items() if other != key}
        blank = part.view(values, view.facts)
        if not not_wider(tried.effect(blank), effect):
            message = f"leaving {key} unanswered opens more than answering it: silence is never a permission"
            yield PublishingProblem("silence", message, part.subject, part.stage, _shown(part, view))


def _shown(part: Deciding, view: DeciderView) -> Shown:
    answers = tuple((item.key, view.values[item.key]) for item in part.items if item.key in view.values)
    return answers + tuple((f"record.{name}", values) for name, values in sorted(view.facts.items()) if values)


def _outlets(form: FormText) -> Iterator[PublishingProblem]:
    repository = form.outlet_of.get("controlled_repository")
    if repository is not None and not repository.needs_permission:
        yield PublishingProblem(
            "outlet", "controlled_repository must need a permission: records are released for purposes"
        )


def _preferences(form: FormText) -> Iterator[PublishingProblem]:
    """Preferences one by one: a rule that opens one may not speak where an item that it reads is blank."""
    for item in form.items:
        for rule in item.rules:
            if _opens_preference(form, rule) and _speaks_in_silence(form, rule):
                message = f"{item.key} gives {rule.target} where nothing is answered: silence is never a permission"
                yield PublishingProblem("silence", message, stage=item.stage)


def _opens_preference(form: FormText, rule: MappingRule) -> bool:
    if rule.means is not Means.LOCAL or decides(form, rule):
        return False
    term = form.term_of[rule.target]
    return term.role is TermRole.PREFERENCE and not term.limits


def _speaks_in_silence(form: FormText, rule: MappingRule) -> bool:
    read = [atom for atom in atoms(rule.condition) if not isinstance(atom, Known)]
    keys = sorted({atom.item for atom in read})
    rows = {atom.row for atom in read if isinstance(atom, Is)}
    tries = product(*(values_of(form.by_key[key], rows) for key in keys))
    for values in islice(tries, MOST_COMBINATIONS):
        view = DeciderView(
            {key: value for key, value in zip(keys, values, strict=True) if value is not None},
            frozenset(keys),
        )
        if holds(rule.condition, view):
            continue
        for key in view.values:
            blank = DeciderView({other: value for other, value in view.values.items() if other != key}, frozenset(keys))
            if holds(rule.condition, blank):
                return True
    return holds(rule.condition, DeciderView({}, frozenset(keys)))
