"""The one table of rules, its sentences, and what it must agree with."""

import json
import re
import string
from pathlib import Path

from hypothesis import given

from governance.duo import terms
from governance.duo.data_use import DataUse, EmptyMeet, parse_data_use
from governance.duo.decision import Reason, Verdict
from governance.duo.judging.explain import ObstacleKind, obstacles
from governance.duo.judging.rules import BY_ID, ORDER, RULES, SENSITIVE_RULES
from governance.duo.judging.text import explanations, sentence, templates
from governance.duo.local_terms import LOCAL_TERMS
from governance.duo.purpose import KEYS, SENSITIVE, Purpose, parse_purpose
from tests.governance.duo.cases import FOLDER, ontologies
from tests.governance.duo.strategies import data_uses, either_purposes
from tests.governance.duo.test_laws import decide


def test_every_rule_has_an_id_of_its_own_and_reads_a_field_of_the_purpose():
    ids = [rule.id for rule in RULES]

    assert len(set(ids)) == len(ids)
    assert {rule.reads for rule in RULES} - {None} <= set(KEYS)
    assert set(SENSITIVE_RULES) == set(SENSITIVE)


def test_every_rule_speaks_in_a_case_file():
    written = "".join(path.read_text() for path in sorted(FOLDER.glob("*.json")))

    silent = [rule.id for rule in RULES if f'"{rule.id} ' not in written]

    assert silent == ["MEET-1"], "an empty meet has no form that a case could be written in"


@given(use=data_uses, purpose=either_purposes)
def test_reasons_stand_in_rule_order_with_the_verdict_of_their_rule(use: DataUse, purpose: Purpose):
    decision = decide(use, purpose)

    places = [ORDER[reason.rule] for reason in decision.reasons]
    assert places == sorted(places)
    assert [reason.verdict for reason in decision.reasons] == [
        BY_ID[reason.rule].verdict for reason in decision.reasons
    ]


@given(use=data_uses, purpose=either_purposes)
def test_every_reason_has_a_sentence_without_open_places(use: DataUse, purpose: Purpose):
    decision = decide(use, purpose)

    told = [sentence(reason, name=ontologies().label) for reason in decision.reasons]

    empty = re.compile(r"\bNone\b(?! of )")
    assert all(text.endswith((".", ".)")) and "{" not in text and not empty.search(text) for text in told), told


def test_a_sentence_names_diseases_and_can_be_translated():
    asked = parse_purpose({"investigations": ["DUO:0000040"], "diseases": ["MONDO:0005015"]})
    use = DataUse(terms.DS, ("MONDO:0004992",))
    finnish = {
        "The agreed use, {term}, includes {investigation} as far as it is about those diseases.": (
            "Sovittu käyttö ({term}) kattaa: {investigation}, näistä taudeista."
        ),
        "research on named diseases": "nimettyjen tautien tutkimus",
        "research on a disease": "taudin tutkimus",
    }

    english = [sentence(reason, name=ontologies().label) for reason in decide(use, asked).reasons]
    first = sentence(decide(use, asked).reasons[0], translate=lambda text: finnish.get(text, text))

    assert english == [
        "The agreed use, research on named diseases, includes research on a disease "
        "as far as it is about those diseases.",
        "Not agreed to: diabetes mellitus. Agreed to: cancer, and their special forms.",
    ]
    assert first == "Sovittu käyttö (nimettyjen tautien tutkimus) kattaa: taudin tutkimus, näistä taudeista."


def test_terms_of_two_lists_that_are_called_alike_are_told_apart_by_their_ids():
    asked = parse_purpose({"investigations": ["DUO:0000040"], "diseases": ["DOID:1612", "HP:0002664"]})
    use = DataUse(terms.DS, ("MONDO:0004992",))

    told = [sentence(reason, name=ontologies().label) for reason in decide(use, asked).reasons]

    assert told[2:] == [
        "Whether Neoplasm (HP:0002664) is agreed to, a person has to decide: no link between these lists of diseases "
        "is loaded. Agreed to: cancer (MONDO:0004992).",
        "breast cancer (DOID:1612) is read as breast cancer (MONDO:0007254).",
    ]


def test_templates_for_translators_hold_every_sentence_and_name_once():
    found = list(templates())

    assert len(set(found)) == len(found)
    assert {rule.says for rule in RULES} | {term.name for term in terms.TERMS} <= set(found)


def test_places_in_a_template_are_named():
    fields = {name for text in templates() for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    assert "" not in fields


def test_every_class_of_the_release_and_every_local_term_is_explained_in_plain_words():
    told = explanations()

    assert set(told) == {term.id for term in terms.TERMS} | set(LOCAL_TERMS)
    assert all(20 < len(text) < 140 and text.endswith(".") for text in told.values())


def test_our_copy_of_the_release_agrees_with_the_published_facts():
    root = Path(__file__).resolve().parents[3]
    ours = json.loads((root / "governance/duo/data/duo_terms.json").read_text())

    assert ours["release"] == terms.RELEASE
    assert {term["id"]: term["label"] for term in ours["terms"]} == {term.id: term.label for term in terms.TERMS}


def test_obstacles_are_what_denies_asks_or_waits_each_with_who_can_remove_it():
    use = {"permission": "HMB", "modifiers": ["NPU", "PUB", {"term": "GS", "countries": ["FI"]}]}
    asked = {"investigations": ["DUO:0000033"], "countries": ["US"]}

    found = obstacles(decide_forms(use, asked))

    assert [(one.reason.rule, one.kind, one.field, one.outstanding) for one in found] == [
        ("HMB-33", ObstacleKind.SCOPE, "investigations", False),
        ("PUB-2", ObstacleKind.SCOPE, "agrees", True),
        ("GS-2", ObstacleKind.FACT, "countries", False),
        ("NPU-3", ObstacleKind.MISSING, "organisation_type", False),
    ]


def test_a_grantable_decision_has_no_obstacle():
    decision = decide_forms({"permission": "GRU"}, {"investigations": ["DUO:0000037"]})

    assert (decision.grantable, obstacles(decision)) == (True, ())


def test_an_empty_meet_denies_every_purpose_and_says_so():
    asked = parse_purpose({"investigations": ["DUO:0000037"], "sensitive": ["sexual health"]})

    decision = decide(EmptyMeet(), asked)

    assert (decision.verdict, decision.grantable, decision.obligations) == (Verdict.DENY, False, ())
    assert [reason.rule for reason in decision.reasons] == ["MEET-1", "SENS-4"]
    assert obstacles(decision)[0].kind is ObstacleKind.TERM
    assert sentence(decision.reasons[0]).startswith("The data uses that come together here have nothing")


def test_a_local_term_that_no_rule_knows_is_named():
    reason = decide_forms({"permission": "GRU", "local": ["b", "a"]}, {}).reasons[-2]

    assert reason == Reason("LOCAL-1", "a", Verdict.REVIEW, {"name": "a"})


def decide_forms(use: dict[str, object], asked: dict[str, object]):
    return decide(parse_data_use(use), parse_purpose(asked))
