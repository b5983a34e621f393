"""From answers to what they mean: `evaluate` gives the Effect, `profile_of` what of it decides on data.

Blank and "not sure" never grant anything; `unless` rules add their limit for every answer but the one they
name, blank included. Two permissions at once, or a parameter that is missing, permit nothing and say so in
`flags`.
"""

from collections.abc import Iterable, Iterator

from consent.domain import codes
from consent.domain.answers import Answers
from consent.domain.conditions import holds
from consent.domain.counted import ENROLMENT, PLAIN, Context, DeciderView, views
from consent.domain.effects import Effect, Limit, Preference, meet_all, unite, without_permission
from consent.domain.forms import FormText, Item, ItemKind, MappingRule, Means, Param, TermRole

ASSENT_DECLINED = "assent declined: all effects suspended"
ASSENT_MISSING = "assent not recorded: all effects suspended"


def evaluate(form: FormText, answers: Answers, context: Context = PLAIN) -> Effect:
    """What the answers of everyone who decides for this subject come to; the stricter answer stands."""
    return meet_all(speak(form, view, context) for view in views(form, answers, context))


def speak(form: FormText, view: DeciderView, context: Context = PLAIN) -> Effect:
    """What the answers in one view come to, when every mapping rule of the form has spoken."""
    subject = context.subject or form.main_subject
    fired = [(item, rule) for item, rule in _rules(form, subject, context.stage) if holds(rule.condition, view)]
    permission, diseases, flags = _permission(fired, view)
    modifiers, missing = _modifiers(fired, view, permission)
    terms = [rule for _, rule in fired if rule.means is Means.LOCAL and _applies(rule, permission)]
    by_role = {role: [rule for rule in terms if form.term_of[rule.target].role is role] for role in TermRole}
    effect = Effect(
        permission=permission,
        diseases=diseases,
        modifiers=modifiers,
        local=_names(by_role[TermRole.DATA_USE]),
        preferences=tuple(
            sorted({_preference(form, rule) for rule in by_role[TermRole.PREFERENCE] + by_role[TermRole.NOTE]})
        ),
        excluded_by=_names(by_role[TermRole.EXCLUDES]),
        outlets=_names(rule for _, rule in fired if rule.means is Means.OUTLET and _applies(rule, permission)),
        gated=tuple(sorted(outlet.name for outlet in form.outlets if outlet.needs_permission)),
        flags=tuple(sorted({*flags, *missing})),
    )
    if permission is None or missing:
        effect = without_permission(effect)
    return _suspended(form, view, context, effect)


def _rules(form: FormText, subject: str, stage: str) -> Iterator[tuple[Item, MappingRule]]:
    for item in form.items:
        concerns = item.decided_for(subject) if item.per_person else subject == form.main_subject
        if concerns and item.stage == stage:
            for rule in item.rules:
                yield item, rule


def _names(rules: Iterable[MappingRule]) -> tuple[str, ...]:
    return tuple(sorted({rule.target for rule in rules}))


def _applies(rule: MappingRule, permission: str | None) -> bool:
    return not rule.if_permission or permission in rule.if_permission


def _permission(
    fired: list[tuple[Item, MappingRule]], view: DeciderView
) -> tuple[str | None, tuple[str, ...], list[str]]:
    """The one permission that was given; none where there are two, or where its diseases are missing."""
    flags: list[str] = []
    found: dict[str, set[str]] = {}
    for item, rule in fired:
        if rule.means is not Means.PERMISSION:
            continue
        values, missing = _values(rule.params, item, view)
        flags += missing
        if not missing:
            found.setdefault(rule.target, set()).update(values)
    if len(found) > 1:
        flags.append("more than one permission: " + ", ".join(codes.SHORT[code] for code in sorted(found)))
    if len(found) != 1:
        return None, (), flags
    ((permission, diseases),) = found.items()
    return permission, tuple(sorted(diseases)), flags


def _values(params: tuple[Param, ...], item: Item, view: DeciderView) -> tuple[tuple[str, ...], list[str]]:
    """The parameter's values, and what to flag where they are missing: that never drops a limit."""
    for param in params:
        values = param.values
        if param.source == "answer":
            answer = view.answer(item.key)
            values = (
                (answer,) if isinstance(answer, str) else tuple(part for part in answer or () if isinstance(part, str))
            )
        elif param.source:
            values = view.fact(param.source.removeprefix("record."))
        if not values:
            name = param.source.removeprefix("record.")
            return (), [f"no {name} on record" if name != "answer" else f"no {param.name} given for {item.key}"]
        return tuple(sorted(set(values))), []
    return (), []


def _modifiers(
    fired: list[tuple[Item, MappingRule]], view: DeciderView, permission: str | None
) -> tuple[tuple[Limit, ...], list[str]]:
    """The modifiers that hold with this permission; a repeated one is combined as in a meet."""
    found: list[Limit] = []
    flags: list[str] = []
    for item, rule in fired:
        if rule.means is Means.MODIFIER and permission is not None and _applies(rule, permission):
            values, missing = _values(rule.params, item, view)
            flags += missing
            found.append(Limit(rule.target, values))
    limits = unite(found)
    if limits is None and not flags:
        flags.append("limits that leave nothing: " + ", ".join(sorted({codes.SHORT[one.term] for one in found})))
    return limits or (), flags


def _preference(form: FormText, rule: MappingRule) -> Preference:
    term = form.term_of[rule.target]
    return Preference(rule.target, rule.value, term.role, term.limits)


def _suspended(form: FormText, view: DeciderView, context: Context, effect: Effect) -> Effect:
    """A child who declined, or was not yet asked in a band that asks, suspends everything that concerns the child."""
    if (context.subject or form.main_subject) != form.main_subject or context.stage != ENROLMENT:
        return effect
    for item in form.items:
        if item.kind is not ItemKind.ASSENT or item.key not in view.asked:
            continue
        answer = view.answer(item.key)
        if answer == "declined" or (answer is None and context.band != "none" and _gives(effect)):
            notes = tuple(preference for preference in effect.preferences if preference.role is TermRole.NOTE)
            flag = ASSENT_DECLINED if answer else ASSENT_MISSING
            return Effect(preferences=notes, gated=effect.gated, flags=(flag,))
    return effect


def _gives(effect: Effect) -> bool:
    opens = any(preference.role is TermRole.PREFERENCE for preference in effect.preferences)
    return opens or effect.permission is not None or bool(effect.outlets)
