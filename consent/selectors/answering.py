"""Where a participant stands in a form: what holds, what they have answered and not signed, and what is asked next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from consent import vault
from consent.domain.answers import AnswerKey, Given, check_answer
from consent.domain.conditions import Value
from consent.domain.counted import asked_items
from consent.domain.fold import Forms
from consent.domain.forms import FormText, Item
from consent.domain.silenced import silenced
from consent.models import ConsentDraft, ConsentState, Decider, FormVersion, Participant
from consent.selectors.forms import form_of, published_version
from consent.selectors.ledger import forms_of
from consent.texts import as_value
from governance.domain.errors import NotThere


@dataclass(frozen=True, slots=True, repr=False)
class Unsigned:
    """What was answered on one form version and not signed, and the axes that signing undoes."""

    answers: Mapping[str, Any] = field(default_factory=dict)
    rejoin: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Answering:
    """Who decides for a participant before one form version: the one in force, or the one that was signed last.

    `given` are the answers of the draft, `rejoin` the axes that it undoes; `signed` says that the page was
    asked for on the version that they signed, where a no can be said whatever is in force.
    """

    decider: Decider
    version: FormVersion
    state: ConsentState
    given: Mapping[str, Any] = field(default_factory=dict)
    rejoin: tuple[str, ...] = ()
    signed: bool = False

    @property
    def participant(self) -> Participant:
        """Whom it concerns."""
        return self.decider.participant

    @property
    def in_force(self) -> bool:
        """Whether people can sign this version now; on another one only a narrowing holds."""
        return self.version.state == FormVersion.State.PUBLISHED

    @property
    def must_choose(self) -> bool:
        """Whether the use of data was stopped, and nothing says yet which axes are to be taken up again."""
        return "no_use" in self.state.closed_axes and "no_use" not in self.rejoin and not self.signed

    @property
    def certifies(self) -> bool:
        """Whether signing certifies the answers whole; else it can only take back what stands."""
        return self.in_force and not self.open_items and "no_use" not in self.remaining_axes

    @property
    def remaining_axes(self) -> frozenset[str]:
        """The axes that stay closed after signing."""
        return self.state.closed_axes - {*self.rejoin}

    @cached_property
    def form(self) -> FormText:
        """The form as the kernel reads it."""
        return form_of(self.version)

    @cached_property
    def standing(self) -> dict[str, Value]:
        """The answers that stand and still count on this version, by item; none where joining again begins anew."""
        if "no_use" in self.state.closed_axes and not self.signed:
            return {}
        older = forms_of(self.participant.programme_id)
        return {
            one["item"]: value
            for one in self.state.effective["standing"]
            if one["decider"] == self.decider.role
            and counts_on(self.form, one, older)
            and (value := as_value(one["value"])) is not None
        }

    @cached_property
    def drafted(self) -> dict[str, Given]:
        """The draft's answers, checked again; an answer that the form does not know is left out."""
        return {
            key: check_answer(self.form.by_key[key], raw) for key, raw in self.given.items() if key in self.form.by_key
        }

    @cached_property
    def answers(self) -> dict[AnswerKey, Value]:
        """What would stand if the draft were signed."""
        merged: dict[str, Value | None] = dict(self.standing)
        merged.update({key: given.value for key, given in self.drafted.items()})
        subject = self.form.main_subject
        return {AnswerKey(key, subject, self.decider.role): value for key, value in merged.items() if value is not None}

    def answer(self, item: str) -> Value | None:
        """The answer to an item as it would stand."""
        return self.answers.get(AnswerKey(item, self.form.main_subject, self.decider.role))

    @cached_property
    def asked(self) -> tuple[Item, ...]:
        """The questions that these answers lead to, in the form's order."""
        return asked_items(self.form, self.answers, self.form.main_subject, self.decider.role)

    @cached_property
    def open_items(self) -> tuple[Item, ...]:
        """The asked questions that still need an answer before signing."""
        return tuple(item for item in self.asked if item.must_answer and self.answer(item.key) is None)

    def following(self, item: str) -> Item | None:
        """The next question without an answer after this one, else before it; None when all have one."""
        keys = [one.key for one in self.asked]
        place = keys.index(item) + 1 if item in keys else 0
        rest = [*self.asked[place:], *self.asked[:place]]
        return next((one for one in rest if self._is_new(one)), None)

    def _is_new(self, item: Item) -> bool:
        return item.key not in self.given and self.answer(item.key) is None

    @property
    def changes(self) -> dict[str, Any]:
        """The draft's answers to asked questions: what signing will record.

        A question no longer asked is left as it is. On a version out of force what stands is not said again:
        that would prolong an answer that holds for a time.
        """
        asked = {item.key for item in self.asked}
        given = {key: raw for key, raw in self.given.items() if key in asked}
        if self.in_force:
            return given
        return {key: raw for key, raw in given.items() if self.drafted[key].value != self.standing.get(key)}

    @cached_property
    def ahead(self) -> tuple[Item, ...]:
        """The questions that are asked or may still be, whatever is answered next: what the progress meter counts."""
        found: list[Item] = []
        keys: set[str] = set()
        asked = {item.key for item in self.asked}
        for item in self.form.items:
            possible = all(key in keys and self.answer(key) is None for key, _options in item.requires)
            if item.key in asked or (possible and item.requires):
                found.append(item)
                keys.add(item.key)
        return tuple(found)

    @cached_property
    def without_effect(self) -> dict[str, tuple[str, ...]]:
        """The answers that stay without effect after signing, and the axes that close what they would open."""
        values = {key.item: value for key, value in self.answers.items()}
        return {item: tuple(axes) for item, axes in silenced(self.form, values, self.remaining_axes).items()}

    @property
    def began(self) -> bool:
        """Whether there is anything to sign."""
        return bool(self.given)


def counts_on(form: FormText, one: Mapping[str, Any], forms: Forms) -> bool:
    """Whether an answer that stands counts on a version: one from another version does while its question, options
    and rules are the same (as in the fold).
    """
    item, given_on = one["item"], forms[one["form"]].form
    if item not in form.by_key:
        return False
    return given_on.id == form.id or given_on.substance.get(item) == form.substance[item]


def unsigned_of(decider: Decider) -> dict[int, Unsigned]:
    """What one who decides has not signed, by the id of its form version.

    One draft beside another, so that a no to what was signed loses nothing of what was begun on a newer form.
    """
    draft = ConsentDraft.objects.filter(decider=decider).first()
    if draft is None:
        return {}
    kept = vault.unseal(decider.participant, draft.sealed)
    # Drafts from before there could be two hold the one of their row's version.
    parts = kept["versions"] if "versions" in kept else {str(draft.form_version_id): kept}
    return {int(pk): Unsigned(part["answers"], tuple(part["rejoin"])) for pk, part in parts.items()}


def signed_version(state: ConsentState) -> FormVersion | None:
    """The version that was signed last, None before the first."""
    key, _, number = state.effective["form"].rpartition("@")
    return (
        FormVersion.objects.filter(
            form__programme=state.participant.programme_id, form__key=key, number=int(number or 0)
        )
        .select_related("form__programme")
        .first()
    )


def answering(decider: Decider, *, signed: bool = False) -> Answering:
    """Where somebody who decides stands before the form in force; with `signed`, before the one that was signed last.

    Where no form is in force, the one that was signed takes its place. Raises NotThere where there is none. A
    draft for a version that is neither is left behind: its questions may have changed.
    """
    state = ConsentState.objects.select_related("profile", "participant").get(participant=decider.participant)
    version = None if signed else published_version(decider.participant.programme)
    version = version or signed_version(state)
    if version is None:
        raise NotThere("this programme has no form in force")
    kept = unsigned_of(decider).get(version.pk, Unsigned())
    undone = set(kept.rejoin) & state.closed_axes
    return Answering(decider, version, state, kept.answers, tuple(sorted(undone)), signed)
