"""What changed between two versions, in words, and whether the same answers allow more or less."""

import json

from consent.domain.diff import Change, Direction, What, diff_forms, direction_of, sentence
from consent.domain.reading import parse_form
from consent.domain.shipped import FORMS, sample_forms
from tests.consent.domain.builders import ADULT, CHILD, variant

OLD = variant(ADULT, "1")


def test_the_same_form_has_no_difference() -> None:
    assert diff_forms(OLD, variant(ADULT, "2")) == ()


def test_another_wording_is_shown_and_opens_nothing() -> None:
    new = variant(ADULT, "2", take_part={"question": "Will you join?"})

    (change,) = diff_forms(OLD, new)

    assert change == Change(
        "take_part",
        What.QUESTION,
        "Do you want to join this study and have your genome read?",
        "Will you join?",
        Direction.SAME,
    )
    assert sentence(change) == (
        "The question was “Do you want to join this study and have your genome read?” and is now “Will you join?”."
    )


def test_a_rule_that_gives_more_is_wider() -> None:
    mapping = json.loads((FORMS / f"{ADULT}.json").read_text("utf-8"))["items"][2]["mapping"]
    health = {"when": "my_condition", "effect": "permission", "code": "DUO:0000006"}
    wider = [health if rule["when"] == "my_condition" else rule for rule in mapping]
    new = variant(ADULT, "2", research_scope={"mapping": wider})

    assert [(change.what, change.direction) for change in diff_forms(OLD, new)] == [(What.RULES, Direction.WIDER)]
    assert [change.direction for change in diff_forms(new, OLD)] == [Direction.NARROWER]
    assert sentence(diff_forms(OLD, new)[0]) == (
        "The answers mean something else for your data than before. The same answers now allow more."
    )


def test_a_limit_that_is_dropped_is_wider() -> None:
    new = variant(ADULT, "2", commercial_use={"mapping": []})

    assert [(change.what, change.direction) for change in diff_forms(OLD, new)] == [(What.RULES, Direction.WIDER)]


def test_a_preference_that_opens_more_is_wider() -> None:
    same = {"effect": "local", "term": "local:audio", "value": True}
    new = variant(ADULT, "2", audio={"mapping": [same | {"when": "yes"}, same | {"when": "not_sure"}]})

    assert [change.direction for change in diff_forms(OLD, new)] == [Direction.WIDER]


def test_answers_that_swap_their_meaning_are_mixed() -> None:
    outlet = {"effect": "outlet", "outlet": "open_aggregate"}
    new = variant(ADULT, "2", open_summary={"mapping": [outlet | {"when": "no"}]})

    assert [change.direction for change in diff_forms(OLD, new)] == [Direction.MIXED]


def test_items_options_and_rows_that_come_and_go_are_named() -> None:
    obj = json.loads(OLD.document) | {"version": "2"}
    obj["items"] = [item for item in obj["items"] if item["key"] != "audio"]
    obj["items"].append(
        {
            "key": "video",
            "kind": "yes_no",
            "stage": "enrolment",
            "decider": "participant",
            "question": "May we film?",
            "options": [{"value": "yes", "label": "Yes"}, {"value": "no", "label": "No"}],
        }
    )
    obj["items"][-2]["options"].insert(0, {"value": "news", "label": "News"})
    obj["items"][8]["rows"].append({"key": "medicines", "label": "How my body handles medicines"})
    obj["notices"][0]["text"] = "You are not paid."

    changes = diff_forms(OLD, parse_form(obj))

    assert [(change.item, change.what) for change in changes] == [
        ("", What.NOTICE_WORDING),
        ("results_wanted", What.ROW_ADDED),
        ("recontact", What.OPTION_ADDED),
        ("video", What.ITEM_ADDED),
        ("audio", What.ITEM_REMOVED),
    ]
    assert [change.direction for change in changes[2:]] == [
        Direction.SAME,
        Direction.SAME,
        Direction.NARROWER,
    ]


def test_the_difference_is_shown_in_the_persons_language() -> None:
    form = sample_forms()[CHILD]

    assert diff_forms(form, form, "fi") == ()
    assert direction_of(form, form) is Direction.SAME
