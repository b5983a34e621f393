"""Which forms may be published, and the combination that shows why not."""

from typing import Any

import pytest

from consent.domain.deciding import deciding_part
from consent.domain.forms import FormText
from consent.domain.publishing import PublishingProblem, check_publishable, count_combinations
from consent.domain.reading import parse_form
from consent.domain.shipped import sample_forms

YES_NO = [{"value": "yes", "label": "Yes"}, {"value": "no", "label": "No"}]


def item(key: str, *mapping: dict[str, Any], **more: Any) -> dict[str, Any]:
    base = {
        "key": key,
        "kind": "yes_no",
        "stage": "enrolment",
        "decider": "participant",
        "question": f"May we {key}?",
        "options": YES_NO,
        "mapping": list(mapping),
    }
    return {name: value for name, value in (base | more).items() if value is not None}


def form(*items: dict[str, Any], **more: Any) -> FormText:
    base = {"key": "small", "version": "1", "language": "en", "title": "Small", "items": list(items)}
    return parse_form(base | more)


def gives(code: str, **more: Any) -> dict[str, Any]:
    return {"when": "yes", "effect": "permission", "code": code} | more


def limits(code: str, **more: Any) -> dict[str, Any]:
    return {"when": "yes", "effect": "modifier", "code": code} | more


HMB, GRU, NRES, DS, GS = "DUO:0000006", "DUO:0000042", "DUO:0000004", "DUO:0000007", "DUO:0000022"


@pytest.mark.parametrize("key", sorted(sample_forms()))
def test_every_sample_form_can_be_published(key: str) -> None:
    assert check_publishable(sample_forms()[key]) == []


def test_two_permissions_at_once_are_refused_with_the_answers_that_show_them() -> None:
    problems = check_publishable(form(item("health", gives(HMB)), item("all", gives(GRU))))

    assert problems == [
        PublishingProblem(
            "contradiction",
            "more than one permission: HMB, GRU",
            "participant",
            "enrolment",
            (("health", "yes"), ("all", "yes")),
        )
    ]


def test_a_data_use_that_is_not_valid_is_refused() -> None:
    problems = check_publishable(form(item("open", gives(NRES)), item("genes", limits("DUO:0000016"))))

    assert [problem.code for problem in problems] == ["contradiction"]
    assert problems[0].shown == (("open", "yes"), ("genes", "yes"))
    assert "NRES takes no modifier but CC" in problems[0].message


def test_everyone_tagged_no_restriction_by_an_unconditional_rule_is_refused() -> None:
    always = {"unless": "no", "effect": "permission", "code": NRES}

    problems = check_publishable(form(item("anything", always)))

    assert [(problem.code, problem.shown) for problem in problems] == [
        ("silence", ()),
        ("silence", (("anything", "no"),)),
    ]


def test_a_blank_that_drops_a_limit_is_refused() -> None:
    no_companies = {"when": "no", "effect": "modifier", "code": "DUO:0000046"}

    problems = check_publishable(form(item("health", gives(HMB)), item("companies", no_companies)))

    assert [problem.message for problem in problems] == [
        "leaving companies unanswered opens more than answering it: silence is never a permission"
    ]
    assert problems[0].shown == (("health", "yes"), ("companies", "no"))


def test_a_preference_that_silence_opens_is_refused() -> None:
    recontact = {"unless": "no", "effect": "local", "term": "recontact.studies"}
    terms = {"recontact.studies": {"role": "preference"}}

    problems = check_publishable(form(item("write", recontact), local_terms=terms))

    assert [problem.message for problem in problems] == [
        "write gives recontact.studies where nothing is answered: silence is never a permission"
    ]


def test_countries_and_diseases_stand_for_none_one_and_two() -> None:
    picks = item("where", {"when": {"answered": "where"}, "effect": "modifier", "code": GS,
                 "params": {"countries": {"from": "answer"}}}, kind="countries", options=None)  # fmt: skip
    which = item("which", {"when": {"answered": "which"}, "effect": "permission", "code": DS,
                 "params": {"diseases": {"from": "answer"}}}, kind="diseases", options=None)  # fmt: skip

    part = deciding_part(form(picks, which), "participant", "enrolment")

    assert count_combinations(part) == 9
    assert [problem.code for problem in check_publishable(form(picks, which))] == ["silence"]


def test_too_many_combinations_ask_for_simpler_rules() -> None:
    outlets = {f"outlet_{number}": {} for number in range(17)}
    items = [
        item(f"open_{number}", {"when": "yes", "effect": "outlet", "outlet": f"outlet_{number}"})
        for number in range(17)
    ]

    problems = check_publishable(form(*items, outlets=outlets))

    assert [problem.code for problem in problems] == ["too_many"]
    assert problems[0].message.startswith("more than 100000 combinations of open_0, open_1")


def test_preferences_do_not_count_among_the_combinations() -> None:
    wants = {"when": "yes", "effect": "local", "term": "audio"}
    items = [item(f"record_{number}", wants) for number in range(40)]

    made = form(item("health", gives(HMB)), *items, local_terms={"audio": {"role": "preference"}})

    assert count_combinations(deciding_part(made, "participant", "enrolment")) == 3
    assert check_publishable(made) == []


def test_the_controlled_repository_needs_a_permission() -> None:
    opens = {"when": "yes", "effect": "outlet", "outlet": "controlled_repository"}

    problems = check_publishable(form(item("share", opens), outlets={"controlled_repository": {}}))

    assert [problem.code for problem in problems] == ["outlet"]


def test_a_question_with_very_many_answers_is_refused_without_trying_them_all() -> None:
    options = [{"value": f"option_{number}", "label": f"Option {number}"} for number in range(40)]
    outlets = {f"outlet_{number}": {} for number in range(40)}
    mapping = [{"when": f"option_{number}", "effect": "outlet", "outlet": f"outlet_{number}"} for number in range(40)]

    problems = check_publishable(form(item("many", *mapping, kind="multi_choice", options=options), outlets=outlets))

    assert [problem.code for problem in problems] == ["too_many"]


def test_a_large_grid_of_preferences_is_checked_row_by_row() -> None:
    rows = [{"key": f"row_{number}", "label": f"Row {number}"} for number in range(20)]
    term = {"effect": "local", "term": "results.actionable"}
    mapping = [term | {"when": "yes", "row": row["key"]} for row in rows[:-1]]
    silent = term | {"unless": "no", "row": "row_19"}
    terms = {"results.actionable": {"role": "preference"}}
    grid = {"kind": "choice_grid", "rows": rows}

    good = check_publishable(form(item("findings", *mapping, **grid), local_terms=terms))
    bad = check_publishable(form(item("findings", *mapping, silent, **grid), local_terms=terms))

    assert good == []
    assert [problem.code for problem in bad] == ["silence"]
