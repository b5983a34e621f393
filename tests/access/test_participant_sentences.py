"""The reasons on My data: a sentence for participants for every rule, true to who set the limit."""

import re

import pytest

from access.my_data.sentences import SENTENCES, WHAT, as_one, own_terms, plain_sentence, project_says, together
from consent.domain.cohorts import EXCLUDED, OUTLET_CLOSED
from governance.duo import terms
from governance.duo.decision import Reason
from governance.duo.judging.rules import BY_ID, RULES, speak

PLACE = re.compile(r"%\((\w+)\)s")
FACTS = {
    "DS-1": {"diseases"}, "DS-2": {"diseases", "agreed"}, "DS-3": {"diseases", "agreed"}, "DS-4": {"diseases", "agreed"},
    "DS-5": {"diseases", "agreed"}, "DS-7": {"agreed"}, "RS-5": {"fitting"},
    "DIS-2": {"diseases"}, "DIS-3": {"diseases"}, "DIS-4": {"diseases"},
    "DIS-5": {"diseases", "read_as"}, "SENS-9": {"flag"}, "RS-1": {"research_types"}, "RS-2": {"research_types"},
    "GS-1": {"countries"}, "GS-2": {"outside"}, "IRB-1": {"valid_until"}, "IRB-3": {"valid_until"}, "MOR-1": {"until"},
    "MOR-2": {"until"}, "MOR-3": {"until"}, "TS-1": {"wanted"}, "TS-2": {"allowed"}, "TS-3": {"allowed"},
    "LOCAL-1": {"name"},
}  # fmt: skip
"""What the matcher tells with a rule, as far as the sentences use it."""


def same(text: str) -> str:
    return text


def test_every_rule_and_both_reasons_of_a_cohort_have_a_sentence_for_participants() -> None:
    known = {rule.id for rule in RULES} | {EXCLUDED.rule, OUTLET_CLOSED}

    assert set(SENTENCES) == known


@pytest.mark.parametrize("id", sorted(SENTENCES))
def test_a_sentence_needs_no_more_than_its_rule_tells(id: str) -> None:
    texts = [str(text) for text in (SENTENCES[id].yours, SENTENCES[id].theirs) if text]

    asked = {place for text in texts for place in PLACE.findall(text)}

    assert asked <= FACTS.get(id, {"what"})
    assert [text for text in texts if text[-1] != "."] == []
    assert [text for text in texts if re.search(r"\b(purpose|applicant|agreed use|cohort|profit)\b", text)] == []


def test_facts_of_the_table_are_those_that_the_matcher_gives() -> None:
    given = {id: set(re.findall(r"{(\w+)}", BY_ID[id].says)) for id in FACTS}

    assert {id: FACTS[id] - given[id] for id in FACTS if FACTS[id] - given[id]} == {}


def test_a_limit_that_only_the_dataset_sets_is_not_told_as_the_persons_own_words() -> None:
    reason = speak("NPU-2")

    mine = plain_sentence(reason, own_terms({"permission": terms.GRU, "modifiers": [terms.NPUNCU]}), same)
    theirs = plain_sentence(reason, own_terms({"permission": terms.GRU, "modifiers": [], "local": []}), same)

    assert mine == "A company works on this. You said no to companies."
    assert theirs == "A company works on this. The collection that holds your data does not allow companies."


def test_a_permission_names_what_the_project_does() -> None:
    own = own_terms({"permission": terms.HMB, "modifiers": [{"term": terms.GS, "countries": ["FI"]}]})

    said = [plain_sentence(speak("HMB-38", investigation=terms.GENETIC), own, same)]
    said += [plain_sentence(speak("HMB-33", investigation=terms.ANCESTRY), own, same)]
    said += [plain_sentence(speak("GS-2", outside=("NO", "SE")), own, {"NO": "Norway"}.get)]

    assert said == [
        "You said yes to health research, and this is part of it: a study of genes.",
        "You did not say yes to this: a study of where families come from.",
        "The project also works in Norway, SE. You did not say yes to that.",
    ]


def test_several_kinds_of_research_under_one_yes_are_told_once() -> None:
    genes, illness = (speak(f"HMB-{one[-2:]}", investigation=one) for one in (terms.GENETIC, terms.DISEASE))
    company = speak("NPU-1")

    groups = together([genes, company, illness])

    assert groups == [[genes, illness], [company]]
    assert plain_sentence(as_one(groups[0]), {terms.HMB}, same) == (
        "You said yes to health research, and this is part of it: a study of genes, a study of an illness."
    )
    assert as_one(groups[1]) == company


def test_a_rule_of_another_time_has_no_sentence_of_its_own() -> None:
    assert plain_sentence(Reason("OLD-1", None, speak("NPU-1").verdict), frozenset(), same) is None


def test_every_investigation_has_words() -> None:
    assert set(WHAT) == {*terms.INVESTIGATIONS, terms.OTHER}


def test_a_project_speaks_of_itself_in_short_sentences() -> None:
    purpose = {
        "diseases": ["MONDO:0005252"], "investigations": [terms.DISEASE, terms.GENETIC], "months": 24,
        "organisation_type": "not-for-profit", "countries": ["FI", "SE"], "access_mode": "visit",
    }  # fmt: skip

    full = project_says(purpose, {"MONDO:0005252": "heart failure"}.get)
    bare = project_says(
        {**purpose, "diseases": [], "investigations": [], "months": None, "organisation_type": None, "countries": [],
         "access_mode": None}, same,
    )  # fmt: skip

    assert full == (
        "We study heart failure. This is a study of genes. We are not a company. We work in Finland, Sweden. "
        "We work inside a secure room. It takes 24 months."
    )
    assert bare == ""
