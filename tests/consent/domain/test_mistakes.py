"""What other systems get wrong, each shown not to happen here (as far as the kernel decides it)."""

import json
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from consent.domain.answers import answers_from_plain
from consent.domain.counted import Context
from consent.domain.effects import NOTHING, not_wider
from consent.domain.evaluate import evaluate
from consent.domain.events import Affirmed, CameOfAge, Capacity, Source
from consent.domain.fold import Published, fold
from consent.domain.forms import FormText
from consent.domain.profile import EXCLUDED, profile_of
from consent.domain.reading import parse_form
from consent.domain.shipped import sample_forms
from governance.duo.data_use import to_json
from tests.consent.domain.builders import (
    ADULT,
    CHILD,
    CLINIC,
    HEALTH,
    HEALTH_NO_COMPANIES,
    JOINS,
    JOINS_WIDELY,
    Story,
    day,
    variant,
)

CHILD_JOINS = {"child_take_part": "yes", "research_scope": "health", "repository": {"child": "yes"}}


def small(*items: dict[str, Any]) -> FormText:
    base = {"stage": "enrolment", "decider": "participant", "question": "Which?"}
    return parse_form(
        {
            "key": "small",
            "version": "1",
            "language": "en",
            "title": "Small",
            "items": [base | item for item in items],
        }
    )


def test_answers_are_not_overwritten_but_kept_with_their_history() -> None:
    story = Story()
    story.affirms(1, JOINS)
    story.affirms(2, {"commercial_use": "yes"})

    was, now = ({one.key.item: (one.value, one.sequence) for one in story.on(number).standing} for number in (1, 2))

    assert (was["commercial_use"], now["commercial_use"]) == (("no", 1), ("yes", 2))
    assert story.data_use(1) == HEALTH_NO_COMPANIES


def test_a_form_cannot_be_edited_in_place_under_peoples_signatures() -> None:
    form = sample_forms()[ADULT]

    with pytest.raises(FrozenInstanceError):
        form.title = "Another study"  # type: ignore[misc]
    assert variant(ADULT, "1", audio={"question": "May we film?"}).sha256 != variant(ADULT, "1").sha256


def test_a_question_that_is_dropped_keeps_its_answers() -> None:
    obj = json.loads((variant(ADULT, "2")).document)
    obj["items"] = [item for item in obj["items"] if item["key"] != "record_access"]
    story = Story()
    story.forms["v2"] = Published(parse_form(obj), day(1))
    story.affirms(1, JOINS | {"record_access": "yes"})
    story.affirms(2, JOINS, form="v2")

    answered = {one.key.item: (one.value, one.form) for one in story.on(2).standing}

    assert answered["record_access"] == ("yes", ADULT)
    assert (story.on(1).wants("ehr_link"), story.on(2).wants("ehr_link")) == (True, False)


def test_country_lists_of_several_rules_are_intersected_and_not_united() -> None:
    countries = {"effect": "modifier", "code": "DUO:0000022", "params": {"countries": {"from": "answer"}}}
    health = {"when": {"answered": "one"}, "effect": "permission", "code": "DUO:0000006"}
    items = [
        {"key": key, "kind": "countries", "mapping": [countries | {"when": {"answered": key}}]}
        for key in ("one", "two")
    ]
    items[0]["mapping"].append(health)
    form = small(*items)

    shared = evaluate(form, answers_from_plain(form, {"one": ["FI", "SE"], "two": ["SE", "NO"]}))
    nothing = evaluate(form, answers_from_plain(form, {"one": ["FI"], "two": ["NO"]}))

    assert shared.data_use() == {
        "permission": "DUO:0000006",
        "diseases": [],
        "modifiers": [{"term": "DUO:0000022", "countries": ["SE"]}],
        "local": [],
    }
    assert (profile_of(nothing), nothing.flags) == (EXCLUDED, ("limits that leave nothing: GS",))


def test_a_research_type_stays_a_modifier_and_never_becomes_health_research() -> None:
    types = {
        "when": "yes",
        "effect": "modifier",
        "code": "DUO:0000012",
        "params": {"research_types": ["EFO:0001"]},
    }
    any_research = {"when": "yes", "effect": "permission", "code": "DUO:0000042"}
    options = [{"value": "yes", "label": "Yes"}, {"value": "no", "label": "No"}]
    form = small({"key": "join", "kind": "yes_no", "options": options, "mapping": [types, any_research]})

    data_use = profile_of(evaluate(form, answers_from_plain(form, {"join": "yes"}))).data_use

    assert data_use is not None
    assert to_json(data_use) == {
        "permission": "DUO:0000042",
        "diseases": [],
        "modifiers": [{"term": "DUO:0000012", "research_types": ["EFO:0001"]}],
        "local": [],
    }


def test_withdrawing_the_newest_consent_does_not_revive_an_older_one() -> None:
    story = Story()
    story.affirms(1, JOINS_WIDELY)
    story.affirms(2, JOINS)
    story.withdraws(3)

    assert story.on(3).profile == EXCLUDED
    assert story.data_use(2, known=3) == HEALTH_NO_COMPANIES


def test_the_history_is_still_shown_after_withdrawal() -> None:
    story = Story()
    story.affirms(1, JOINS)
    before = story.on(1).standing
    story.withdraws(2)

    after = story.on(2)

    assert after.standing == before
    assert [(one.axis.value, one.since, one.capacity) for one in after.axes] == [("no_use", day(2), Capacity.SELF)]


def test_participants_are_judged_by_the_version_that_they_signed_and_not_by_the_newest() -> None:
    story = Story()
    story.affirms(1, JOINS)
    story.forms["v2"] = Published(variant(ADULT, "2", commercial_use={"mapping": []}), day(2))

    assert (story.on(5).form, story.data_use(5)) == (ADULT, HEALTH_NO_COMPANIES)


def test_a_child_who_turns_18_between_approval_and_visa_refresh_is_out_at_that_instant() -> None:
    story = Story(form=CHILD)
    story.affirms(1, CHILD_JOINS | {"commercial_use": "yes"}, decider="mother", capacity=Capacity.GUARDIAN)
    story.affirms(1, {"child_assent": "agreed"}, decider="child")
    story.add(CameOfAge, 5, recorded=9, capacity=Capacity.SYSTEM, source=Source.SYSTEM)

    assert story.data_use(4, known=9) == HEALTH
    assert fold(story.events, story.forms, day(5), day(9)).profile == EXCLUDED


def test_a_guardian_of_two_children_answers_for_each_alone() -> None:
    first, second = Story(form=CHILD), Story(form=CHILD)
    for story, companies in ((first, "yes"), (second, "no")):
        answers = CHILD_JOINS | {"commercial_use": companies}
        story.affirms(1, answers, decider="mother", capacity=Capacity.GUARDIAN)
        story.affirms(1, {"child_assent": "agreed"}, decider="child")

    assert (first.data_use(1), second.data_use(1)) == (HEALTH, HEALTH_NO_COMPANIES)


@pytest.mark.parametrize(
    ("key", "unsure"), [(ADULT, "not_sure"), (CLINIC, "not_sure"), (CHILD, "not_sure"), (CLINIC, "later")]
)
def test_not_sure_is_never_counted_as_yes(key: str, unsure: str) -> None:
    form = sample_forms()[key]
    context = Context(facts=(("condition", ("MONDO:0005021",)),))
    yes: dict[str, Any] = {
        item.key: {subject: "yes" for subject, _ in item.deciders} if item.per_person else "yes"
        for item in form.items
        if "yes" in item.option_values and not item.rows
    }
    yes |= {"research_scope": "any", "child_assent": "agreed", "parent_scope": {"mother": "any"}}
    given = {name: value for name, value in yes.items() if name in form.by_key}
    everything = evaluate(form, answers_from_plain(form, given), context)
    tried = 0

    for item in form.items:
        if unsure not in item.option_values or item.rows or item.stage != "enrolment":
            continue
        other = {subject: unsure for subject, _ in item.deciders} if item.per_person else unsure
        effect = evaluate(form, answers_from_plain(form, given | {item.key: other}), context)
        without = {name: value for name, value in given.items() if name != item.key}
        blank = evaluate(form, answers_from_plain(form, without), context)
        tried += 1
        assert not_wider(effect, everything)
        assert not_wider(effect, blank)

    assert tried > 0
    assert everything != NOTHING


def test_a_child_and_a_parent_can_answer_the_same_question_differently_and_both_must_agree() -> None:
    story = Story(form=CHILD)
    answers = CHILD_JOINS | {"sample_storage": "yes"}
    story.affirms(1, answers, decider="mother", capacity=Capacity.GUARDIAN)
    story.affirms(1, {"child_assent": "agreed"}, decider="child")
    agreed = story.on(1).wants("sample_storage")
    story.answers(2, {}, facts=(("band", ("full",)),), capacity=Capacity.SYSTEM)
    unasked = story.on(2).wants("sample_storage")
    story.affirms(3, {"sample_storage": "no"}, decider="child")
    refused = story.on(3).wants("sample_storage")
    story.affirms(4, {"sample_storage": "yes"}, decider="child")

    assert (agreed, unasked, refused, story.on(4).wants("sample_storage")) == (True, False, False, True)


def test_a_partly_signed_family_form_counts_for_who_signed() -> None:
    form = sample_forms()[CHILD]
    given = {"child_take_part": "yes", "parent_scope": {"mother": "health"}, "repository": {"mother": "yes"}}
    answers = answers_from_plain(form, given)

    mother, father = (evaluate(form, answers, Context(subject=who)) for who in ("mother", "father"))

    assert (mother.permission, mother.outlets) == ("DUO:0000006", ("controlled_repository",))
    assert (father.permission, father.outlets) == (None, ())


def test_a_mothers_own_ledger_is_judged_for_herself() -> None:
    story = Story(form=CHILD)
    given = {"child_take_part": "yes", "parent_scope": {"mother": "health"}, "repository": {"mother": "yes"}}
    said = answers_from_plain(story.forms[CHILD].form, given)
    own = tuple(sorted((key._replace(decider="mother"), value) for key, value in said.items()))
    story.add(Affirmed, 1, verified=True, form=CHILD, decider="mother", subject="mother", answers=own)

    assert story.data_use(1) == HEALTH_NO_COMPANIES
    assert story.on(1).subject == "mother"


def test_a_time_limit_that_is_no_number_permits_nothing() -> None:
    options = [{"value": "yes", "label": "Yes"}, {"value": "no", "label": "No"}]
    limit = {"effect": "modifier", "code": "DUO:0000025", "params": {"months": {"from": "record.months"}}}
    health = {"when": "yes", "effect": "permission", "code": "DUO:0000006"}
    item = {"key": "join", "kind": "yes_no", "options": options, "mapping": [health]}
    obj = json.loads(small(item).document) | {"facts": ["months"]}
    obj["items"][0]["mapping"].append(limit | {"when": "yes"})
    form = parse_form(obj)
    answers = answers_from_plain(form, {"join": "yes"})

    good, bad, missing = (
        profile_of(evaluate(form, answers, Context(facts=facts)))
        for facts in ((("months", ("12",)),), (("months", ("a year",)),), ())
    )

    assert good.data_use is not None
    assert to_json(good.data_use)["modifiers"] == [{"term": "DUO:0000025", "months": 12}]
    assert (bad, missing) == (EXCLUDED, EXCLUDED)
