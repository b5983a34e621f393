"""Views: the answers that count for one subject, as one decider sees them.

An item whose `requires` is not met is not asked, and an answer stored for it is ignored, not deleted. Where
several people decide together there is one view for each of them; `evaluate` takes the meet, so the stricter
answer stands.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from consent.domain.answers import JOINT, PARENTS, AnswerKey, Answers
from consent.domain.conditions import Value, chosen
from consent.domain.forms import FormText, Item, ItemKind

PRINCIPAL = frozenset({"participant", PARENTS})
CHILD = "child"
ENROLMENT = "enrolment"
MAJORITY = "majority"


@dataclass(frozen=True, slots=True)
class Context:
    """For whom and when answers are read.

    `subject` "" is the form's main subject. `facts` are facts of the record that the form names. `band` is
    the assent band (none, short, full), "" where unknown. `deciders` are those who decide now in the place of
    "participant" or "parents" (guardians, a consultee), each of whom must have answered; empty: whoever has
    answered.
    """

    subject: str = ""
    stage: str = ENROLMENT
    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    band: str = ""
    deciders: tuple[str, ...] = ()


PLAIN = Context()
"""Read for the main subject at enrolment, with no facts and nobody named."""


@dataclass(frozen=True, slots=True)
class DeciderView:
    """What one decider's answers say for one subject: `values` of the asked items, and which were asked."""

    values: Mapping[str, Value]
    asked: frozenset[str]
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def answer(self, item: str) -> Value | None:
        """The answer that counts; None is blank or not asked."""
        return self.values.get(item)

    def fact(self, name: str) -> tuple[str, ...]:
        """What the record says; () where it says nothing."""
        return self.facts.get(name, ())


def subject_of(form: FormText, item: Item, subject: str) -> str:
    """Whose answer to this item matters when the subject's data are judged; "" where nobody's does."""
    if not item.per_person:
        return form.main_subject
    return subject if item.decided_for(subject) else ""


def views(form: FormText, answers: Answers, context: Context) -> tuple[DeciderView, ...]:
    """One view for each person who decides, and for the child beside each of them where the child decides too."""
    children = (False, True) if child_decides(form, answers, context) else (False,)
    return tuple(
        build(form, answers, context, principal, child)
        for principal in principals(form, answers, context)
        for child in children
    )


def principals(form: FormText, answers: Answers, context: Context) -> tuple[str, ...]:
    """Who decides in the place of "participant" or "parents"; ("",) where nobody has answered."""
    if context.deciders:
        return context.deciders
    found = {
        key.decider
        for key in answers
        if key.item in form.by_key
        and key.subject == form.main_subject
        and is_principal(form.by_key[key.item].decided_for(key.subject))
        and key.decider != CHILD
    }
    return tuple(sorted(found)) or ("",)


def is_principal(role: str) -> bool:
    """Whether the role is held by whoever decides for the subject, rather than by one named person."""
    return role in PRINCIPAL or role.startswith(JOINT)


def child_decides(form: FormText, answers: Answers, context: Context) -> bool:
    """Whether a child's own answers to joint items count: in a band that asks them, or once they have answered."""
    joint = [item for item in form.items if item.deciders[0][1].startswith(JOINT)]
    return any(
        in_band(form, context.band, item.key) or AnswerKey(item.key, form.main_subject, CHILD) in answers
        for item in joint
    )


def in_band(form: FormText, band: str, item: str) -> bool:
    """Whether children of this assent band answer the item."""
    return any(one.form == band and item in one.items for one in form.bands)


def build(form: FormText, answers: Answers, context: Context, principal: str, child: bool) -> DeciderView:
    """The view of one principal; `child` reads joint items from the child's answers."""
    subject = context.subject or form.main_subject
    pairs = []
    for item in form.items:
        whose = subject_of(form, item, subject)
        if whose and item.stage == context.stage:
            decider = _decider(form, item, whose, context, principal, child)
            pairs.append((item, _answer(form, answers, context, AnswerKey(item.key, whose, decider))))
    return view_of(pairs, dict(context.facts))


def _answer(form: FormText, answers: Answers, context: Context, key: AnswerKey) -> Value | None:
    """The decider's own answer; where nobody is named as decider, a blank leaves it to the others."""
    value = answers.get(key)
    if value is not None or context.deciders or not is_principal(form.by_key[key.item].decided_for(key.subject)):
        return value
    others = (key._replace(decider=other) for other in principals(form, answers, context))
    return next((answers[other] for other in others if other in answers), None) if key.decider != CHILD else None


def view_of(pairs: list[tuple[Item, Value | None]], facts: Mapping[str, tuple[str, ...]]) -> DeciderView:
    """A view over items and raw answers in the form's order: not asked is blank, exclusive options alone."""
    values: dict[str, Value] = {}
    asked = set()
    for item, value in pairs:
        if not all(_met(values.get(key), options) for key, options in item.requires):
            continue
        asked.add(item.key)
        if value is not None:
            values[item.key] = _alone(item, value)
    return DeciderView(values, frozenset(asked), facts)


def _met(value: Value | None, options: tuple[str, ...]) -> bool:
    return any(chosen(value, option) for option in options)


def _alone(item: Item, value: Value) -> Value:
    if item.kind is ItemKind.MULTI_CHOICE and item.exclusive and chosen(value, item.exclusive):
        return (item.exclusive,)
    return value


def _decider(form: FormText, item: Item, subject: str, context: Context, principal: str, child: bool) -> str:
    role = item.decided_for(subject)
    if role in PRINCIPAL:
        return principal
    if not role.startswith(JOINT):
        return role
    return CHILD if child and (context.band == "" or in_band(form, context.band, item.key)) else principal


def asked_items(
    form: FormText, answers: Answers, subject: str, decider: str, context: Context = PLAIN
) -> tuple[Item, ...]:
    """The items that this decider is asked for this subject, in the form's order, answered ones included."""
    place = Context(subject, context.stage, context.facts, context.band, context.deciders)
    own = any(key.decider == decider for key in answers) or decider in place.deciders
    seen = [build(form, answers, place, who, False) for who in _seen_by(form, answers, place, decider, own)]
    return tuple(item for item in _decided_by(form, place, decider) if all(item.key in view.asked for view in seen))


def unanswered(
    form: FormText, answers: Answers, subject: str, decider: str, context: Context = PLAIN
) -> tuple[Item, ...]:
    """The asked items without an answer, the next one first."""
    return tuple(
        item
        for item in asked_items(form, answers, subject, decider, context)
        if AnswerKey(item.key, subject, decider) not in answers
    )


def _seen_by(form: FormText, answers: Answers, context: Context, decider: str, own: bool) -> tuple[str, ...]:
    return (decider,) if own and decider != CHILD else principals(form, answers, context)


def _decided_by(form: FormText, context: Context, decider: str) -> Iterator[Item]:
    for item in form.items:
        role = item.decided_for(context.subject)
        if role and item.stage == context.stage and _is_asked_of(form, context.band, item, role, decider):
            yield item


def _is_asked_of(form: FormText, band: str, item: Item, role: str, decider: str) -> bool:
    if role in PRINCIPAL:
        return decider != CHILD
    if role.startswith(JOINT):
        return decider != CHILD or in_band(form, band, item.key)
    return role == decider and not (decider == CHILD and band == "none")
