"""Questions as forms, for the kinds that no shipped form asks: what is typed, and what is read back."""

from typing import Any

import pytest
from django.utils.translation import override

from consent.domain.forms import FormText
from consent.domain.reading import parse_form
from consent.texts import answer_text
from consent.views.question_forms import QuestionForm


def asking(kind: str) -> FormText:
    item: dict[str, Any] = {
        "key": "where",
        "kind": kind,
        "stage": "enrolment",
        "decider": "participant",
        "question": "Where may your data be used?",
    }
    return parse_form({"key": "places", "version": "1", "language": "en", "title": "Places", "items": [item]})


def filled(form: FormText, written: str) -> QuestionForm:
    [item] = form.items
    return QuestionForm(item, form.texts().items["where"], {"answer": written})


def test_countries_are_typed_and_shown_by_name() -> None:
    form = asking("countries")

    typed = filled(form, "Finland, suède, SE")
    with override("fr"):
        french = filled(form, "Finlande, Suède")
        read = (french.is_valid(), french.answered)
        shown = answer_text(form, form.items[0], ("FI", "SE")).short

    assert not typed.is_valid()
    assert typed.errors == {"answer": ["“suède” is no country that we know."]}
    assert read == (True, ["FI", "SE"])
    assert shown == "Finlande; Suède"


def test_the_draft_of_countries_comes_back_by_name() -> None:
    [item] = asking("countries").items

    form = QuestionForm(item, asking("countries").texts().items["where"], given=["FI", "SE"])

    assert form.initial == {"answer": "Finland, Sweden"}


@pytest.mark.django_db
def test_diseases_and_days_are_shown_in_words() -> None:
    days = asking("date")

    assert answer_text(days, days.items[0], "2030-01-05").short == "5 January 2030"
    diseases = asking("diseases")
    assert answer_text(diseases, diseases.items[0], ("MONDO:9999999",)).short == "MONDO:9999999"
