"""Bytes and hashes of decisions, and forms that are read back as the same value."""

import hashlib
import json
from dataclasses import replace
from datetime import date

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from governance.duo.canonical import canonical
from governance.duo.canonical_json import canonical_bytes
from governance.duo.countries import AS_OF
from governance.duo.data_use import DataUse, parse_data_use, to_json
from governance.duo.decision import ENGINE
from governance.duo.matcher import match
from governance.duo.ontology import Ontologies, Release, Term
from governance.duo.purpose import Purpose, parse_purpose
from governance.duo.purpose import to_json as purpose_to_json
from tests.governance.duo.cases import ontologies
from tests.governance.duo.strategies import data_uses, either_purposes
from tests.governance.duo.test_laws import AT, decide, usable

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
    max_leaves=20,
)


@given(value=values)
def test_canonical_json_is_that_of_rfc_8785(value: object):
    assert canonical_bytes(value) == rfc8785.dumps(value)


@given(use=data_uses, purpose=either_purposes)
def test_a_decision_is_written_as_rfc_8785_asks(use: DataUse, purpose: Purpose):
    decision = decide(use, purpose)

    assert decision.to_bytes() == rfc8785.dumps(json.loads(decision.to_bytes()))


@given(use=data_uses, purpose=either_purposes)
def test_inputs_is_the_hash_of_canonical_data_use_purpose_and_day(use: DataUse, purpose: Purpose):
    form = usable(to_json(use))
    inputs = {"at": AT.isoformat(), "data_use": to_json(form), "purpose": purpose_to_json(purpose)}

    found = decide(use, purpose).inputs

    assert found == "sha256:" + hashlib.sha256(rfc8785.dumps(inputs)).hexdigest()


@given(use=data_uses, purpose=either_purposes)
def test_the_canonical_form_is_decided_to_the_same_bytes(use: DataUse, purpose: Purpose):
    form = usable(to_json(use))

    assert decide(form, purpose).to_bytes() == decide(use, purpose).to_bytes()


@given(use=data_uses, purpose=either_purposes)
def test_forms_are_read_back_as_the_same_value(use: DataUse, purpose: Purpose):
    form = usable(to_json(use))

    assert parse_data_use(json.loads(json.dumps(to_json(use)))) == use
    assert canonical(parse_data_use(to_json(form)), ontologies()) == form
    assert parse_purpose(json.loads(json.dumps(purpose_to_json(purpose)))) == purpose


def test_a_decision_says_engine_releases_and_inputs():
    use = parse_data_use({"permission": "GRU"})

    decision = match(use, Purpose(), AT, ontologies())

    assert decision.engine == ENGINE
    assert AS_OF in ENGINE
    content = "sha256:" + "0" * 64
    assert decision.ontologies == {
        "MONDO": f"cases-1 {content} (hub)",
        "DOID": f"cases-1 {content}",
        "HP": f"cases-1 {content}",
    }


def test_another_day_is_another_hash():
    use = parse_data_use({"permission": "GRU"})

    first, next_day = (match(use, Purpose(), day, ontologies()) for day in (AT, date(2026, 11, 23)))

    assert first.inputs != next_day.inputs
    assert replace(next_day, inputs=first.inputs) == first


def test_without_any_ontology_every_disease_is_unknown():
    use = parse_data_use({"permission": "DS", "diseases": ["MONDO:0004992"]})
    asked = parse_purpose({"investigations": ["DUO:0000040"], "diseases": ["MONDO:0004992"]})

    decision = match(use, asked, AT, Ontologies([]))

    assert [reason.rule for reason in decision.reasons] == ["DS-40", "DIS-2"]
    assert (decision.verdict, decision.ontologies) == ("review", {})


def test_another_release_gives_another_canonical_form():
    merged = {"A:1": Term("A:1", "one"), "A:2": Term("A:2", "two", obsolete=True, replaced_by=("A:1",))}
    apart = {"A:1": Term("A:1", "one"), "A:2": Term("A:2", "two")}
    use = parse_data_use({"permission": "DS", "diseases": ["A:1", "A:2"]})

    forms = [
        canonical(use, Ontologies([Release("A", version, "0" * 64, terms)])).diseases
        for version, terms in (("1", apart), ("2", merged))
    ]

    assert forms == [("A:1", "A:2"), ("A:1",)]
