"""Answers that fit their item, messages for those that do not, and which items are asked next."""

from typing import Any

import pytest

from consent.domain.answers import (
    AnswerKey,
    Given,
    answers_from_plain,
    check_answer,
    check_complete,
    read_blanks,
)
from consent.domain.conditions import Value
from consent.domain.counted import PLAIN, Context, asked_items, unanswered
from consent.domain.forms import Item
from consent.domain.reading import parse_form
from consent.domain.shipped import sample_forms
from governance.duo.reading import InvalidUse
from tests.consent.domain.builders import ADULT, CHILD, CLINIC, variant

FORMS = sample_forms()


def of(form: str, key: str) -> Item:
    return FORMS[form].by_key[key]


def coded(kind: str) -> Item:
    part = {"key": "pick", "kind": kind, "stage": "enrolment", "decider": "participant", "question": "Which?"}
    form = parse_form({"key": "f", "version": "1", "language": "en", "title": "F", "items": [part]})
    return form.items[0]


@pytest.mark.parametrize(
    ("item", "answer", "value"),
    [
        (of(ADULT, "research_scope"), "any", "any"),
        (of(ADULT, "research_scope"), "", None),
        (of(ADULT, "recontact"), ["samples", "studies"], ("studies", "samples")),
        (of(ADULT, "recontact"), [], None),
        (
            of(ADULT, "results_wanted"),
            {"carrier": "no", "actionable": "yes"},
            (("actionable", "yes"), ("carrier", "no")),
        ),
        (of(ADULT, "results_wanted"), {"carrier": ""}, None),
        (coded("countries"), ["se", "FI", "SE"], ("FI", "SE")),
        (coded("diseases"), ["http://purl.obolibrary.org/obo/MONDO_0004992"], ("MONDO:0004992",)),
        (coded("date"), "2027-03-01", "2027-03-01"),
    ],
)
def test_an_answer_that_fits_is_read_as_codes(item: Item, answer: Any, value: Value | None) -> None:
    assert check_answer(item, answer) == Given(value)


@pytest.mark.parametrize(
    ("item", "answer", "message"),
    [
        (of(ADULT, "take_part"), "maybe", "take_part: has no answer 'maybe'; choose one of yes, no"),
        (of(ADULT, "take_part"), ["yes"], "take_part: takes one answer; choose one of yes, no"),
        (
            of(ADULT, "recontact"),
            ["studies", "none"],
            "recontact: holds 'none' beside other answers; choose either that or the others",
        ),
        (of(ADULT, "recontact"), "studies", "recontact: takes a list of answers"),
        (
            of(ADULT, "results_wanted"),
            {"medicines": "yes"},
            "results_wanted.medicines: is no row of this question",
        ),
        (coded("countries"), ["UK"], "pick[0]: unknown country code 'UK': write 'GB'"),
        (coded("diseases"), ["cancer"], "pick[0]: must be the id of a disease, such as MONDO:0004992"),
        (coded("date"), "1 March", "pick: must be a date written as YYYY-MM-DD"),
        (
            of(ADULT, "results_designate"),
            {"value": "nobody", "fields": {"name": "A"}},
            "results_designate.fields: go with named alone; choose that option or leave the words out",
        ),
        (
            of(ADULT, "results_designate"),
            {"value": "named", "fields": {"name": "A", "valid_until": "soon"}},
            "results_designate.fields.valid_until: must be a date written as YYYY-MM-DD",
        ),
        (
            of(ADULT, "results_designate"),
            {"value": "named", "fields": {"age": "4"}},
            "results_designate.fields.age: is",
        ),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_in_plain_words(item: Item, answer: Any, message: str) -> None:
    with pytest.raises(InvalidUse) as caught:
        check_answer(item, answer)

    assert str(caught.value).startswith(message)


def test_a_designates_words_are_split_from_the_code_and_never_shown() -> None:
    given = check_answer(of(ADULT, "results_designate"), {"value": "named", "fields": {"name": " Canary "}})

    assert (given.value, given.fields) == ("named", (("name", "Canary"),))
    assert "anary" not in repr(given)


def test_a_designate_needs_a_name_before_certifying() -> None:
    item = of(ADULT, "results_designate")

    with pytest.raises(InvalidUse, match=r"results_designate.fields.name: is missing"):
        check_complete(item, check_answer(item, "named"))
    check_complete(item, check_answer(item, "nobody"))


def asked(form: str, answers: dict[str, Any], subject: str, decider: str, context: Context = PLAIN) -> list[str]:
    read = answers_from_plain(FORMS[form], answers)
    return [item.key for item in asked_items(FORMS[form], read, subject, decider, context)]


def test_items_are_asked_as_earlier_answers_call_for_them() -> None:
    assert asked(ADULT, {}, "participant", "participant") == ["take_part"]
    assert "research_scope" in asked(ADULT, {"take_part": "yes"}, "participant", "participant")
    assert asked(ADULT, {"take_part": "no", "research_scope": "any"}, "participant", "participant") == ["take_part"]
    health = asked(ADULT, {"take_part": "yes", "research_scope": "health"}, "participant", "participant")
    assert ("commercial_use" in health, "ancestry_research" in health) == (True, False)


def test_the_next_item_is_the_first_asked_one_without_an_answer() -> None:
    form = FORMS[ADULT]
    answers = answers_from_plain(form, {"take_part": "yes", "sample_storage": "no"})

    items = unanswered(form, answers, "participant", "participant")

    assert items[0].key == "research_scope"


def test_a_child_is_asked_by_band() -> None:
    parents = {"child_take_part": "yes"}

    assert asked(CHILD, parents, "child", "child", Context(band="none")) == []
    assert asked(CHILD, parents, "child", "child", Context(band="short")) == ["child_assent"]
    assert asked(CHILD, parents, "child", "child", Context(band="full")) == [
        "child_assent",
        "secondary_findings",
        "sample_storage",
    ]
    assert asked(CHILD, {}, "child", "child", Context(band="full")) == []


def test_each_parent_is_asked_about_their_own_data() -> None:
    parents = {"child_take_part": "yes"}

    assert asked(CHILD, parents, "mother", "mother") == ["repository", "parent_scope"]
    assert asked(CHILD, parents, "mother", "father") == []
    assert asked(CHILD, {}, "child", "now_adult", Context(stage="majority")) == ["majority_continue"]


def test_a_blank_line_on_paper_means_what_its_version_says() -> None:
    key = AnswerKey("", "participant", "participant")
    blank = ("audio",)
    shared = variant(ADULT, "2", audio={"on_blank": "given_by_default", "default": "yes"})
    strict = variant(ADULT, "3", audio={"on_blank": "incomplete"})

    def read(form: Any, confirmed_by: str) -> Any:
        return read_blanks(form, {}, tuple(form.by_key[one] for one in blank), key, confirmed_by)

    assert read(FORMS[ADULT], "") == ()
    assert read(shared, "person-7") == ((AnswerKey("audio", "participant", "participant"), "yes"),)
    with pytest.raises(InvalidUse, match="counts as given on model_adult_research@2; a person must confirm"):
        read(shared, "")
    with pytest.raises(InvalidUse, match="counts as incomplete"):
        read(strict, "person-7")


def test_the_clinical_record_notice_is_an_acknowledgement() -> None:
    assert check_answer(of(CLINIC, "record_notice"), "yes") == Given("yes")
    with pytest.raises(InvalidUse, match="has no answer 'no'"):
        check_answer(of(CLINIC, "record_notice"), "no")
