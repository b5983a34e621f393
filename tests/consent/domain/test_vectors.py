"""The shipped sample forms answer every case file exactly."""

import json
from pathlib import Path
from typing import Any

import pytest

from consent.domain.answers import answers_from_plain
from consent.domain.counted import Context
from consent.domain.effects import Effect
from consent.domain.evaluate import evaluate
from consent.domain.shipped import sample_forms

CASES = json.loads((Path(__file__).resolve().parents[2] / "cases" / "consent" / "vectors.json").read_text("utf-8"))


def as_vector(effect: Effect) -> dict[str, Any]:
    permission = None
    if effect.permission is not None:
        permission = {"code": effect.permission}
        if effect.diseases:
            (permission["disease"],) = effect.diseases
    terms = {*effect.local, *effect.excluded_by, *(preference.term for preference in effect.preferences)}
    return {
        "permission": permission,
        "modifiers": [limit.term for limit in effect.modifiers],
        "local": sorted(f"local:{term}" for term in terms),
        "outlets": list(effect.outlets),
        "flags": list(effect.flags),
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['form']}: {case['name']}")
def test_the_sample_forms_answer_every_vector_exactly(case: dict[str, Any]) -> None:
    form = sample_forms()[case["form"]]
    given = case["context"]
    facts = tuple((name, (value,)) for name, value in given.get("record", {}).items())
    context = Context(subject=given.get("subject", ""), stage=given.get("stage", "enrolment"), facts=facts)

    effect = evaluate(form, answers_from_plain(form, case["answers"]), context)

    assert as_vector(effect) == case["expect"]


def test_there_are_nineteen_vectors() -> None:
    assert len(CASES) == 19
