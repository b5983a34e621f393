"""The laws of matching.md as property tests: the reference for every change of the matcher."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from governance.duo import terms
from governance.duo.batches.batch import Batch
from governance.duo.canonical import canonical
from governance.duo.data_use import AnyUse, DataUse, EmptyMeet, parse_data_use, to_json
from governance.duo.decision import Decision, Obligation, Status, Verdict
from governance.duo.judging.modifier_rules import TESTS
from governance.duo.judging.obligation_rules import DUTIES
from governance.duo.judging.rules import BY_ID
from governance.duo.local_terms import LOCAL_TERMS, METHODS_PERMITTED
from governance.duo.matcher import match
from governance.duo.meet import meet
from governance.duo.purpose import Purpose, parse_purpose
from governance.duo.reading import InvalidUse
from governance.duo.terms import CC, DS, GRU, HMB, NRES, POA, RS
from tests.governance.duo.cases import ontologies
from tests.governance.duo.strategies import (
    DAYS,
    DISEASES,
    LOCAL,
    data_use_forms,
    data_uses,
    either_purposes,
    modifiers,
    parsed,
    purpose_forms,
    several,
)

AT = date(2026, 11, 22)
RANK = {Verdict.PERMIT: 0, Verdict.REVIEW: 1, Verdict.DENY: 2}


def decide(data_use: AnyUse, purpose: Purpose, at: date = AT) -> Decision:
    return match(data_use, purpose, at, ontologies())


def usable(form: dict[str, Any]) -> DataUse:
    """The canonical data use of a form that a test changed; another is drawn where the change is refused."""
    found = parsed(form)
    assume(found is not None)
    assert found is not None
    return canonical(found, ontologies())


def never_looser(before: Decision, after: Decision) -> None:
    assert not (before.verdict is not Verdict.PERMIT and after.verdict is Verdict.PERMIT)
    assert not (after.grantable and not before.grantable)


@given(form=data_use_forms(), more=modifiers, purpose=either_purposes)
def test_law_1_one_more_modifier_never_loosens(form: dict[str, Any], more: Any, purpose: Purpose) -> None:
    assume(more != CC)
    before = usable(form)
    after = usable(form | {"modifiers": [*form["modifiers"], more]})

    never_looser(decide(before, purpose), decide(after, purpose))


@given(form=data_use_forms(), more=st.sampled_from(LOCAL), purpose=either_purposes)
def test_law_1_one_more_local_term_never_loosens(form: dict[str, Any], more: str, purpose: Purpose) -> None:
    assume(more != METHODS_PERMITTED)
    before = usable(form)
    after = usable(form | {"local": [*form["local"], more]})

    never_looser(decide(before, purpose), decide(after, purpose))


NARROWER = {NRES: (GRU, HMB, DS, POA), GRU: (HMB, DS, POA), HMB: (DS,), DS: (DS,), POA: ()}


@given(
    form=data_use_forms(),
    draw=st.data(),
    disease=st.sampled_from(DISEASES),
    purpose=either_purposes,
)
def test_law_1_a_narrower_permission_never_loosens(
    form: dict[str, Any], draw: st.DataObject, disease: str, purpose: Purpose
) -> None:
    before = usable(form)
    assume(NARROWER[before.permission])
    permission = draw.draw(st.sampled_from(NARROWER[before.permission]))
    diseases = [disease] if permission == DS else []
    if before.permission == DS:
        agreed = draw.draw(st.sampled_from(before.diseases))
        diseases = list(ontologies().common_descendants(agreed, disease)) or [agreed]
    after = usable(form | {"permission": permission, "diseases": diseases})

    never_looser(decide(before, purpose), decide(after, purpose))


def includes(more: tuple[Obligation, ...], fewer: tuple[Obligation, ...]) -> bool:
    """Does each obligation stand among the others, at least as strict?"""
    of_term = {obligation.term: obligation for obligation in more}
    return all(one.term in of_term and _at_least(of_term[one.term], one) for one in fewer)


def _at_least(strict: Obligation, other: Obligation) -> bool:
    if isinstance(other.parameter, tuple):
        return isinstance(strict.parameter, tuple) and set(other.parameter) <= set(strict.parameter)
    if isinstance(other.parameter, int):
        return isinstance(strict.parameter, int) and strict.parameter <= other.parameter
    if isinstance(other.parameter, str):
        return isinstance(strict.parameter, str) and strict.parameter >= other.parameter
    return other.parameter is None


@settings(max_examples=300)
@given(a=data_uses, b=data_uses, purpose=either_purposes)
def test_law_2_what_the_meet_permits_both_parts_permit(a: DataUse, b: DataUse, purpose: Purpose) -> None:
    one, other = usable(to_json(a)), usable(to_json(b))

    both = decide(meet([one, other], ontologies()), purpose)
    parts = [decide(one, purpose), decide(other, purpose)]

    if both.verdict is Verdict.PERMIT:
        assert [part.verdict for part in parts] == [Verdict.PERMIT, Verdict.PERMIT]
        assert all(includes(both.obligations, part.obligations) for part in parts)
    if both.grantable:
        assert all(part.grantable for part in parts)


@settings(max_examples=300)
@given(a=data_uses, b=data_uses, purpose=either_purposes)
def test_law_2_what_both_parts_permit_the_meet_permits(a: DataUse, b: DataUse, purpose: Purpose) -> None:
    one, other = usable(to_json(a)), usable(to_json(b))
    together = meet([one, other], ontologies())
    kept = isinstance(together, DataUse) and METHODS_PERMITTED in together.local
    assume(kept or METHODS_PERMITTED not in one.local + other.local)
    assume(one.modifier(RS) == other.modifier(RS) or None in (one.modifier(RS), other.modifier(RS)))

    parts = [decide(one, purpose), decide(other, purpose)]

    if all(part.verdict is Verdict.PERMIT for part in parts):
        assert decide(together, purpose).verdict is Verdict.PERMIT


@given(form=data_use_forms(), purpose=purpose_forms, draw=st.data())
def test_law_3_order_and_duplicates_never_matter(
    form: dict[str, Any], purpose: dict[str, Any], draw: st.DataObject
) -> None:
    usable(form)
    mixed = shuffled(form, draw)
    asked = shuffled(purpose, draw)

    before = decide(parse_data_use(form), parse_purpose(purpose))
    after = decide(parse_data_use(mixed), parse_purpose(asked))

    assert after.to_bytes() == before.to_bytes()


def shuffled(value: Any, draw: st.DataObject) -> Any:
    """The same with every list in another order and its first entry twice."""
    if isinstance(value, dict):
        return {key: shuffled(inner, draw) for key, inner in value.items()}
    if isinstance(value, list):
        return draw.draw(st.permutations([shuffled(inner, draw) for inner in value + value[:1]]))
    return value


@settings(max_examples=200)
@given(parts=st.lists(data_uses, min_size=1, max_size=3), draw=st.data())
def test_law_3_the_meet_has_no_order_and_no_grouping(parts: list[DataUse], draw: st.DataObject) -> None:
    uses = [usable(to_json(part)) for part in parts]
    mixed = draw.draw(st.permutations(uses + uses[:1]))

    together = meet(uses, ontologies())
    grouped = meet([uses[0], meet(uses[1:] or uses, ontologies())], ontologies())

    assert meet(mixed, ontologies()) == together
    assert grouped == together


@given(use=data_uses)
def test_law_3_the_meet_with_itself_is_the_data_use(use: DataUse) -> None:
    form = usable(to_json(use))

    assert meet([form, form], ontologies()) == form
    assert canonical(form, ontologies()) == form


FACTS = {
    "genetic": None,
    "organisation_type": None,
    "commercial": None,
    "project": None,
    "ethics_approval": None,
    "months": None,
    "access_mode": None,
    "countries": (),
    "users": (),
    "institutions": (),
    "research_types": (),
}


@settings(max_examples=200)
@given(use=data_uses, purpose=either_purposes, fact=st.sampled_from(sorted(FACTS)))
def test_law_4_a_fact_that_is_not_known_never_helps_and_never_denies(use: DataUse, purpose: Purpose, fact: str) -> None:
    form = usable(to_json(use))

    before = decide(form, purpose).verdict
    after = decide(form, replace(purpose, **{fact: FACTS[fact]})).verdict

    assert not (before is not Verdict.PERMIT and after is Verdict.PERMIT)
    assert not (before is Verdict.REVIEW and after is Verdict.DENY)


@given(agreed=several(DISEASES, least=1), others=several(DISEASES, most=1), pair=st.data())
def test_law_5_what_holds_for_a_disease_holds_for_its_special_forms(
    agreed: list[str], others: list[str], pair: st.DataObject
) -> None:
    form = parse_data_use({"permission": "DS", "diseases": agreed})
    broader = pair.draw(st.sampled_from(KNOWN))
    narrower = pair.draw(st.sampled_from([one for one in KNOWN if broader_than(broader, one)]))

    before, after = (
        decide(form, parse_purpose({"investigations": ["DUO:0000040"], "diseases": [disease, *others]}))
        for disease in (broader, narrower)
    )

    assert before.verdict is not Verdict.PERMIT or after.verdict is Verdict.PERMIT


KNOWN = [disease for disease in DISEASES if ontologies().resolve(disease).problem is None]


def broader_than(one: str, other: str) -> bool:
    """Is the second below the first in the joint graph?"""
    return ontologies().resolve(one).node in ontologies().ancestors(other)


def duo_release() -> list[dict[str, Any]]:
    root = Path(__file__).resolve().parents[3]
    return json.loads((root / "governance/duo/data/duo_terms.json").read_text())["terms"]


@pytest.mark.parametrize("term", duo_release(), ids=lambda term: term["id"])
def test_law_6_every_term_of_the_release_has_a_rule_or_is_refused(term: dict[str, Any]) -> None:
    found = terms.find(term["iri"])
    shorthand = term["shorthand"] or term["id"]
    spellings = [term["id"], term["id"].lower(), term["id"].replace(":", "_"), shorthand, shorthand.lower()]

    ruled = {rule.term for rule in BY_ID.values()}
    permission_or_modifier = term["kind"] in ("permission", "modifier")

    assert found is not None
    assert (found.id, found.label, found.shorthand, found.kind) == (
        term["id"],
        term["label"],
        term["shorthand"],
        term["kind"],
    )
    assert all(terms.find(spelling) is found for spelling in spellings)
    assert (term["id"] in ruled) == permission_or_modifier
    assert permission_or_modifier or refused(term["id"])
    assert term["kind"] != "modifier" or (term["id"] in {*TESTS, *DUTIES, CC})
    assert term["kind"] != "investigation" or parse_purpose({"investigations": [term["id"]]}).investigations


def refused(id: str) -> bool:
    """Is it refused both as permission and as modifier?"""
    for form in ({"permission": id}, {"permission": "GRU", "modifiers": [id]}):
        with pytest.raises(InvalidUse):
            parse_data_use(form)
    return True


@settings(max_examples=150)
@given(
    uses=st.lists(st.one_of(data_uses, st.just(EmptyMeet())), max_size=8),
    asked=st.lists(either_purposes, min_size=1, max_size=3),
    day=st.sampled_from(DAYS),
)
def test_law_7_the_batch_answers_as_the_single_matcher(uses: list[AnyUse], asked: list[Purpose], day: str) -> None:
    kept = [usable(to_json(use)) if isinstance(use, DataUse) else use for use in uses]
    at = date.fromisoformat(day)

    rows = Batch(kept, ontologies()).rows(asked, at)

    single = [[decide(use, purpose, at) for use in kept] for purpose in asked]
    assert [row.verdicts for row in rows] == [[one.verdict for one in row] for row in single]
    assert [row.grantable for row in rows] == [[one.grantable for one in row] for row in single]
    assert [sum(row.counts().values()) for row in rows] == [len(kept)] * len(asked)


@given(use=data_uses, purpose=either_purposes)
def test_no_term_is_skipped_silently(use: DataUse, purpose: Purpose) -> None:
    form = usable(to_json(use))

    decision = decide(form, purpose)

    spoke = {reason.term for reason in decision.reasons}
    silent = {METHODS_PERMITTED} if form.permission == POA else set()
    assert {modifier.term for modifier in form.modifiers} | set(form.local) - silent <= spoke
    owed = {modifier.term for modifier in form.modifiers if modifier.term in DUTIES}
    owed |= {name for name in form.local if name in LOCAL_TERMS and name.startswith("no-")}
    assert {obligation.term for obligation in decision.obligations} == owed


@given(use=data_uses, purpose=either_purposes)
def test_a_decision_is_grantable_when_it_permits_and_nothing_is_outstanding(use: DataUse, purpose: Purpose) -> None:
    decision = decide(usable(to_json(use)), purpose)

    outstanding = any(one.status is Status.OUTSTANDING for one in decision.obligations)
    strictest = max((reason.verdict for reason in decision.reasons), key=RANK.__getitem__)
    assert decision.verdict is strictest
    assert decision.grantable == (decision.verdict is Verdict.PERMIT and not outstanding)
