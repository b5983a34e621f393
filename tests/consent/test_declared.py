"""What a programme, a form and a record declare is held to where it is used."""

from datetime import date, timedelta
from typing import Any

import pytest

from consent.models import ConsentEvent
from consent.services import forms, ledger, programmes
from governance.domain.errors import Conflict, Invalid
from tests.acting import TESTS
from tests.consent.builders import (
    EVERYTHING,
    HEALTH,
    NOW,
    adult_content,
    answer,
    enrol,
    organisation,
    person,
    publish,
    use_of,
    world,
)

pytestmark = pytest.mark.django_db
SCAN = "ab" * 32


def without_french(version: str) -> dict[str, Any]:
    content = adult_content(version)
    content["translations"] = [one for one in content["translations"] if one["language"] != "fr"]
    return content


def test_a_form_without_a_language_of_its_programme_is_neither_proposed_nor_published():
    of = world()
    draft = forms.draft(programme=of.programme, content=without_french("2"), by=of.rosa, now=NOW)

    with pytest.raises(Invalid, match="declares fr") as refused:
        forms.propose(version=draft, by=of.rosa, now=NOW)
    of.programme.languages = ["en"]
    of.programme.save()
    proposed = forms.propose(version=draft, by=of.rosa, now=NOW)
    of.programme.languages = ["en", "fr"]
    of.programme.save()
    with pytest.raises(Invalid, match="declares fr"):
        forms.publish(version=proposed, by=of.sam, now=NOW)

    assert refused.value.fields == {"translations.fr": "add the text in fr"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"country": "Finland"}, "country"),
        ({"languages": ()}, "languages"),
        ({"languages": ("English",)}, "languages"),
        ({"languages": ("en", "en")}, "languages"),
    ],
)
def test_a_programme_declares_only_what_can_be_held_to(wrong, field):
    said = {"country": "FI", "languages": ("en",), **wrong}

    with pytest.raises(Invalid) as refused:
        programmes.create_programme(
            slug="north",
            name="North",
            organisation=organisation("north"),
            contact="n@example.org",
            by=TESTS,
            now=NOW,
            **said,
        )

    assert list(refused.value.fields) == [field]


def test_a_condition_on_record_is_a_disease_id():
    of = world()

    with pytest.raises(Invalid) as refused:
        enrol(of, record_condition="weak heart")

    assert list(refused.value.fields) == ["record_condition"]


def recorded(of, participant, **more: Any) -> ConsentEvent:
    return ledger.record_answers(
        **{
            "participant": participant,
            "answers": HEALTH,
            "form_version": of.version,
            "by": of.rosa,
            "capacity": "coordinator",
            "source": "paper",
            "now": NOW,
            "evidence_sha256": SCAN,
            **more,
        }
    )


@pytest.mark.parametrize(
    ("born", "holds_from", "says"),
    [
        (NOW.date() - timedelta(days=1), NOW - timedelta(days=2), "older than the person"),
        (date(1984, 2, 29), NOW - timedelta(days=1), "older than its form"),
    ],
    ids=["before birth", "before its form"],
)
def test_a_consent_holds_from_no_day_before_the_person_or_the_form(born, holds_from, says):
    of = world()
    petra = enrol(of, date_of_birth=born)

    with pytest.raises(Invalid, match=says):
        recorded(of, petra, holds_from=holds_from)

    assert not ConsentEvent.objects.exists()


def test_a_record_is_compared_with_the_evidence_that_it_names():
    of = world()
    petra = enrol(of)
    row = recorded(of, petra)
    compare: dict[str, Any] = {"participant": petra, "targets": (str(row.uuid),), "by": of.sam, "now": NOW}

    with pytest.raises(Conflict, match="other evidence"):
        ledger.verify_record(**compare, evidence_sha256="cd" * 32)
    with pytest.raises(Invalid, match="not named"):
        ledger.verify_record(**compare, evidence_sha256="the scan")
    before = use_of(petra)
    ledger.verify_record(**compare, evidence_sha256=SCAN)

    assert (before, use_of(petra)) == (None, "DUO:0000006")
    with pytest.raises(Invalid, match="not named"):
        recorded(of, petra, evidence_sha256="AB")


def test_a_form_for_adults_is_certified_by_adults_from_their_birthday_on():
    of = world()
    birthday = NOW.date().replace(year=NOW.year - 18)
    adult, child = (
        enrol(of, person("adult"), date_of_birth=birthday),
        enrol(of, person("child"), date_of_birth=birthday + timedelta(days=1)),
    )
    row = recorded(of, child)

    answer(adult, of, HEALTH)
    with pytest.raises(Conflict, match="for people from 18 years"):
        answer(child, of, HEALTH)
    with pytest.raises(Conflict, match="for people from 18 years"):
        ledger.affirm(participant=child, form_version=of.version, by=child.account, now=NOW)
    with pytest.raises(Conflict, match="for people from 18 years"):
        ledger.verify_record(
            participant=child, targets=(str(row.uuid),), evidence_sha256=SCAN, by=of.sam, now=NOW + timedelta(days=9)
        )

    assert (use_of(adult), use_of(child)) == ("DUO:0000006", None)


def test_a_no_holds_whatever_the_age():
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, EVERYTHING)
    content = adult_content("2")
    content["form"]["lawful_ages"] = {"min": 18, "max": 30}
    version = publish(of.programme, content, of.rosa, of.sam, NOW)
    said: dict[str, Any] = {
        "participant": petra,
        "form_version": version,
        "by": petra.account,
        "capacity": "self",
        "source": "portal",
        "now": NOW,
    }

    with pytest.raises(Conflict, match="for people up to 30 years"):
        ledger.record_answers(**said, answers={"audio": "yes"})
    ledger.record_answers(**said, answers={"research_scope": "this_study"})

    assert use_of(petra) is None
