"""What pages show of the record, to whom, and in which words and time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consent.domain.chain import event_hash
from consent.domain.events import from_json
from consent.selectors.participants import deciding_for
from consent.services import ledger
from tests.consent.builders import (
    EVERYTHING,
    HEALTH,
    NOW,
    adult_content,
    answer,
    enrol,
    person,
    place,
    publish,
    world,
)
from tests.markup import flat

pytestmark = pytest.mark.django_db
PAGES = [
    ("consent_start", ()),
    ("consent_question", ("take_part",)),
    ("consent_review", ()),
    ("consent_confirm", ()),
    ("consent_stop", ()),
    ("consent_rejoin", ()),
    ("consent_history", ()),
    ("consent_form", ("model_adult_research", 1)),
]


@pytest.mark.parametrize(("name", "more"), PAGES, ids=[name for name, _more in PAGES])
def test_a_strangers_page_looks_like_one_that_is_not_there(client, name, more):
    of = world()
    enrol(of, person("petra"))
    anonymous = client.get(reverse(name, args=[place("lakeland"), *more]))
    client.force_login(person("stranger"))

    theirs = client.get(reverse(name, args=[place("lakeland"), *more]))
    nothing = client.get(reverse(name, args=["0" * 32, *more]))

    assert (anonymous.status_code, theirs.status_code, nothing.status_code) == (302, 404, 404)


def test_a_receipt_of_someone_else_is_not_there(client):
    of = world()
    petra, tomas = enrol(of, person("petra")), enrol(of, person("tomas"))
    row = answer(petra, of, HEALTH)
    client.force_login(tomas.account)

    assert client.get(reverse("consent_receipt", args=[place("lakeland"), row.uuid])).status_code == 404


def test_who_signed_an_older_form_reads_the_text_that_they_signed(client):
    of = world()
    petra, tomas = enrol(of, person("petra")), enrol(of, person("tomas"))
    answer(petra, of, HEALTH)
    content = adult_content("2")
    [take_part] = [item for item in content["form"]["items"] if item["key"] == "take_part"]
    take_part["question"] = "Do you want to be part of this?"
    publish(of.programme, content, of.rosa, of.sam, NOW + timedelta(days=1))
    url = reverse("consent_form", args=[place("lakeland"), "model_adult_research", 1])

    client.force_login(petra.account)
    signed = client.get(url).content.decode()
    client.force_login(tomas.account)
    never_signed = client.get(url)

    assert "Do you want to join this study and have your genome read?" in signed
    assert "as you signed it" in signed
    assert never_signed.status_code == 404


def test_the_history_shows_everything_also_after_a_withdrawal(client):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, HEALTH)
    answer(petra, of, {"audio": "yes"}, NOW + timedelta(days=1))
    ledger.withdraw(participant=petra, axis="no_use", by=petra.account, capacity="self", now=NOW + timedelta(days=2))
    client.force_login(petra.account)

    page = client.get(reverse("consent_history", args=[place("lakeland")]))

    assert [one.happening.sentence for one in page.context["moments"]] == [
        "You stopped the use of your data.",
        "You answered “Sound recording” with: Yes.",
        "You signed the form.",
    ]


def test_one_account_sees_its_programmes_together(client):
    of, other = world(), world("costa")
    account = person("petra")
    answer(enrol(of, account), of, HEALTH)
    enrol(other, account)
    client.force_login(account)

    page = client.get(reverse("my_data")).content.decode()

    assert "Hello Petra." in page
    assert "Your consent to Lakeland Biobank is in force." in page
    assert "Costa Biobank asks for your consent; you have not answered yet." in page


@pytest.mark.parametrize(("said", "sign"), [("yes", ""), ("no", "DUO:0000046"), ("not_sure", "DUO:0000046")])
def test_the_sign_of_a_limit_stands_beside_no_answer_that_denies_it(client, said, sign):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, {**HEALTH, "commercial_use": said})
    client.force_login(petra.account)

    [section] = client.get(reverse("my_data")).context["sections"]
    review = client.get(reverse("consent_review", args=[place("lakeland")])).context["lines"]

    agreed = {line.item: line.term for line in section.overview.agreed}
    assert (agreed["commercial_use"], agreed["open_summary"]) == (sign, "open-summaries")
    assert {line.item.key: line.term for line in review} == agreed


def test_who_signed_nothing_while_a_form_is_in_force_is_asked_for_it(client):
    of = world()
    petra = enrol(of, person("petra"))
    client.force_login(petra.account)

    [section] = client.get(reverse("my_data")).context["sections"]

    assert (section.overview.version, section.overview.current) == (None, of.version)
    assert (section.overview.newer_form, section.overview.agreed, section.overview.signed_at) == (False, (), None)


def test_programmes_stand_in_the_order_of_their_names(client):
    account = person("petra")
    for slug in ("costa", "azul", "birch"):
        enrol(world(slug), account)

    names = [one.participant.programme.slug for one in deciding_for(account)]

    assert names == ["azul", "birch", "costa"]


def test_everything_held_is_one_file(client):
    of = world()
    petra = enrol(of, person("petra"), outside_id="LB-001")
    row = answer(petra, of, HEALTH)
    client.force_login(petra.account)

    answer_ = client.get(reverse("my_data_everything"))

    held = answer_.json()
    assert answer_["Content-Disposition"].startswith("attachment")
    [programme] = held["programmes"]
    assert programme["identity"]["outside_id"] == "LB-001"
    assert programme["events"][0]["id"] == str(row.uuid)
    assert programme["stands_now"]["profile"]["data_use"]["permission"] == "DUO:0000006"
    assert held["account"]["user_name"] == "petra"


def test_a_long_history_costs_my_data_no_more_queries(client):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, HEALTH)
    client.force_login(petra.account)
    client.get(reverse("my_data"))
    with CaptureQueriesContext(connection) as short:
        client.get(reverse("my_data"))

    for number in range(12):
        answer(petra, of, {"audio": "yes"}, NOW + timedelta(days=number + 1))
    with CaptureQueriesContext(connection) as long:
        client.get(reverse("my_data"))

    assert len(long) == len(short) <= 25


def test_the_form_is_read_in_the_language_of_the_page(client):
    of = world()
    petra = enrol(of, person("petra"))
    client.force_login(petra.account)
    client.cookies["django_language"] = "ar"

    page = client.get(reverse("consent_question", args=[place("lakeland"), "take_part"]))

    arabic = of.version.content["translations"][0]
    assert arabic["language"] == "ar"
    assert arabic["items"]["take_part"]["question"] in page.content.decode()
    assert '<html lang="ar" dir="rtl"' in flat(page.content.decode())


def test_times_are_told_in_the_programmes_own_time_zone(client):
    of = world()
    petra = enrol(of, person("petra"))
    row = answer(petra, of, HEALTH, NOW.replace(hour=22, minute=30))
    client.force_login(petra.account)

    receipt = client.get(reverse("consent_receipt", args=[place("lakeland"), row.uuid])).content.decode()
    my_data = client.get(reverse("my_data")).content.decode()

    assert "19 November 2026, 00:30" in receipt
    assert "You signed it on 19 November 2026." in my_data


def test_a_programme_with_consents_cannot_be_deleted():
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, HEALTH)

    with pytest.raises(ProtectedError):
        of.programme.delete()
    with pytest.raises(ProtectedError):
        petra.delete()


def test_a_receipt_can_be_kept_as_a_file_that_proves_itself(client):
    of = world()
    petra, tomas = enrol(of, person("petra")), enrol(of, person("tomas"))
    row = answer(petra, of, HEALTH)
    url = reverse("consent_receipt_file", args=[place("lakeland"), row.uuid])
    client.force_login(petra.account)

    kept = client.get(url)

    held = kept.json()
    assert kept["Content-Disposition"] == 'attachment; filename="receipt-1.json"'
    assert event_hash(from_json(held["event"])) == held["sha256"] == row.hash
    assert held["form_sha256"] == of.version.sha256
    assert {
        "question": "May companies use your coded data for their own research?",
        "answer": "No",
        "note": "",
    } in held["answers"]
    client.force_login(tomas.account)
    assert client.get(url).status_code == 404


def test_an_answer_to_a_question_that_was_changed_is_told_as_one_without_effect(client):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, EVERYTHING)
    content = adult_content("2")
    [companies] = [item for item in content["form"]["items"] if item["key"] == "commercial_use"]
    companies["question"], companies["must_answer"] = "May companies use and sell your data?", False
    version = publish(of.programme, content, of.rosa, of.sam, NOW + timedelta(days=1))
    client.force_login(petra.account)

    ledger.record_answers(
        participant=petra,
        answers={"audio": "yes"},
        form_version=version,
        by=petra.account,
        capacity="self",
        source="portal",
        now=NOW + timedelta(days=2),
    )
    [section] = client.get(reverse("my_data")).context["sections"]

    assert [line.item for line in section.overview.agreed if line.silent] == ["commercial_use"]


def test_the_answers_of_several_programmes_stand_on_one_page(client):
    account = person("petra")
    for slug in ("azul", "birch"):
        of = world(slug)
        answer(enrol(of, account), of, HEALTH)
    client.force_login(account)

    page = client.get(reverse("my_answers"))

    assert [section.overview.programme.slug for section in page.context["sections"]] == ["azul", "birch"]
    assert page.content.decode().count("Companies") >= 2
