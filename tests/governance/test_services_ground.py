"""The ground: people, organisations, committees, datasets and hosts, made with what is wrong refused by name."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from governance.domain.errors import Conflict, Invalid
from governance.models import AuditEvent, Dataset, DatasetVersion, HostedDataset, OutboxMessage, User
from governance.selectors import datasets as selectors
from governance.services import committees, datasets, hosts, organisations, people
from tests.access.builders import GRU, HMB_IRB, NOW, committee, dataset, organisation, person
from tests.acting import TESTS

pytestmark = pytest.mark.django_db


def recorded(kind: str) -> list[tuple[str, dict[str, Any]]]:
    return list(AuditEvent.objects.filter(kind=kind).order_by("id").values_list("subject_id", "detail"))


# --- People and organisations --------------------------------------------------------------------------------
def test_an_account_has_an_opaque_subject_and_no_password_that_opens_it() -> None:
    made = people.create_person(username="ada", email="ada@example.org", name="Ada", by=TESTS, now=NOW)

    assert (len(made.subject), str(made), made.has_usable_password()) == (32, made.subject, False)
    assert recorded("person.created") == [(made.subject, {})]


def test_a_user_name_that_is_taken_is_refused() -> None:
    person("ada")

    with pytest.raises(Conflict, match="the user name ada is taken"):
        person("ada")

    assert User.objects.filter(username="ada").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", "charity"), ("slug", "Not a slug"), ("country", "Finland"), ("country", "UK"), ("country", "EU")],
)
def test_an_organisation_that_no_column_takes_is_refused(field: str, value: str) -> None:
    row = {"slug": "lake", "name": "Lake", "domain": "lake.example", "country": "FI", "kind": "not-for-profit"}

    with pytest.raises((ValidationError, Invalid), match=field):
        organisations.create_organisation(**{**row, field: value}, by=TESTS, now=NOW)

    assert recorded("organisation.created") == []


def test_an_affiliation_ends_after_it_begins_and_only_once() -> None:
    ada, lake = person("ada"), organisation("lakeland")
    row: dict[str, Any] = {
        "person": ada,
        "organisation": lake,
        "role": "faculty",
        "vouched_by": "declared",
        "by": TESTS,
    }
    with pytest.raises(Invalid, match="ends before it begins"):
        organisations.record_affiliation(**row, until=NOW, now=NOW)

    belongs = organisations.record_affiliation(**row, until=NOW + timedelta(days=1), now=NOW)
    organisations.end_affiliation(affiliation=belongs, by=TESTS, now=NOW + timedelta(hours=1))
    organisations.end_affiliation(affiliation=belongs, by=TESTS, now=NOW + timedelta(hours=2))

    belongs.refresh_from_db()
    assert belongs.ended_at == NOW + timedelta(hours=1)
    assert recorded("affiliation.ended") == [(ada.subject, {"organisation": "lakeland"})]
    assert OutboxMessage.objects.filter(kind="affiliation.ended").count() == 1


# --- Committees ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("field", "value"), [("quorum", 0), ("rule", "dictate"), ("contact", "nobody"), ("code", "MUCH-TOO-LONG")]
)
def test_a_committee_with_an_impossible_policy_is_refused(field: str, value: Any) -> None:
    lake = organisation("lakeland")
    row = {"slug": "dac", "name": "DAC", "code": "DAC", "contact": "dac@example.org"} | {field: value}

    with pytest.raises((ValidationError, Invalid)):
        committees.create_committee(organisation=lake, by=TESTS, now=NOW, **row)

    assert recorded("committee.created") == []


# --- Datasets ------------------------------------------------------------------------------------------------
def test_a_dataset_begins_with_a_version_whose_address_is_permanent() -> None:
    made = dataset("hearts", committee("lakeland", organisation("lakeland")))

    version = made.versions.get()
    assert (version.number, version.accession) == (1, "HEARTS-0001")
    assert selectors.permanent_url(version) == selectors.visa_value(version)
    assert selectors.permanent_url(version).endswith("/datasets/HEARTS-0001")


@pytest.mark.parametrize(
    ("accession", "visa_value", "says"),
    [
        ("HEARTS-0001", "", "the accession HEARTS-0001 is taken"),
        ("OTHER-1", "HEARTS-0001", "hosts know HEARTS-0001 by this name already"),
        ("OTHER-1", "https://elsewhere.example/HEARTS-0001", "hosts know HEARTS-0001 by this name already"),
        ("OTHER-1", "EGAD1", "hosts know HEARTS-0002 by this name already"),
        ("OTHER-1", "https://elsewhere.example/EGAD1", "hosts know HEARTS-0002 by this name already"),
        ("EGAD1", "", "hosts know HEARTS-0002 by this name already"),
        ("OTHER-1", f"{settings.BASE_URL}datasets/HEARTS-0001", "by its permanent address already"),
    ],
)
@pytest.mark.parametrize("known_as", ["EGAD1", "https://ega.example/datasets/EGAD1"])
def test_no_dataset_is_named_so_that_its_visas_would_open_another(
    known_as: str, accession: str, visa_value: str, says: str
) -> None:
    hearts, other = (dataset(slug, committee(slug, organisation(slug))) for slug in ("hearts", "bones"))
    datasets.add_version(dataset=hearts, accession="HEARTS-0002", visa_value=known_as, by=TESTS, now=NOW)

    with pytest.raises((Conflict, Invalid), match=says):
        datasets.add_version(dataset=other, accession=accession, visa_value=visa_value, by=TESTS, now=NOW)

    free = datasets.add_version(dataset=other, accession="OTHER-1", visa_value="EGAD11", by=TESTS, now=NOW)
    assert selectors.visa_value(free) == "EGAD11"


def test_a_committee_of_another_organisation_never_answers_for_a_dataset() -> None:
    foreign, lake = committee("foreign", organisation("foreign")), organisation("lakeland")

    with pytest.raises(Invalid, match="belongs to another organisation") as wrong:
        datasets.create_dataset(
            slug="x", title="X", organisation=lake, committee=foreign, country="FI", accession="X-1", data_use=GRU,
            modes=["visit"], by=TESTS, now=NOW,
        )  # fmt: skip

    assert (wrong.value.fields, Dataset.objects.count()) == (
        {"committee": "choose a committee of your organisation"},
        0,
    )


def test_an_accession_is_never_given_twice() -> None:
    lake = committee("lakeland", organisation("lakeland"))
    hearts = dataset("hearts", lake)

    with pytest.raises(Conflict, match="HEARTS-0001 is taken"):
        datasets.add_version(dataset=hearts, accession="HEARTS-0001", by=TESTS, now=NOW)
    second = datasets.add_version(dataset=hearts, accession="HEARTS-0002", by=TESTS, now=NOW)

    assert (second.number, DatasetVersion.objects.count()) == (2, 2)


@pytest.mark.parametrize(
    ("data_use", "field"),
    [
        ({"permission": "EVERYTHING"}, "permission"),
        ({"permission": "GRU", "modifiers": ["NONSENSE"]}, "modifiers[0]"),
        ({"permission": "DS"}, "diseases"),
        ({"permission": "GRU", "surprise": 1}, "surprise"),
    ],
)
def test_a_label_that_the_matcher_cannot_read_is_refused_by_field(data_use: dict[str, Any], field: str) -> None:
    hearts = dataset("hearts", committee("lakeland", organisation("lakeland")))

    with pytest.raises(Invalid, match="the data use is not valid") as wrong:
        datasets.label_dataset(dataset=hearts, data_use=data_use, evidence="form 3", by=TESTS, now=NOW)

    hearts.refresh_from_db()
    assert any(field.split("[")[0] in named for named in wrong.value.fields), wrong.value.fields
    assert hearts.data_use == GRU
    assert recorded("dataset.labelled") == []


def test_a_changed_label_is_announced() -> None:
    hearts = dataset("hearts", committee("lakeland", organisation("lakeland")))

    datasets.label_dataset(dataset=hearts, data_use=HMB_IRB, evidence="form 3", by=TESTS, now=NOW)

    hearts.refresh_from_db()
    assert hearts.data_use == HMB_IRB
    assert [subject for subject, _detail in recorded("dataset.labelled")] == ["hearts"]
    assert OutboxMessage.objects.get(kind="dataset.labelled").payload["dataset"] == hearts.pk


def test_an_unknown_way_of_access_is_refused() -> None:
    lake = committee("lakeland", organisation("lakeland"))

    with pytest.raises(Invalid, match="unknown access mode 'fax'"):
        datasets.create_dataset(
            slug="x", title="X", organisation=lake.organisation, committee=lake, country="FI", accession="X-1",
            data_use=GRU, modes=["visit", "fax"], by=TESTS, now=NOW,
        )  # fmt: skip

    assert Dataset.objects.count() == 0


# --- Hosts ---------------------------------------------------------------------------------------------------
def host(**changed: Any) -> Any:
    row: dict[str, Any] = {
        "slug": "harbour", "name": "Harbour", "country": "FI", "modes": ["visit"], "by": TESTS, "now": NOW,
        "base_url": "https://harbour.example", "audience": "https://harbour.example",
    }  # fmt: skip
    return hosts.register_host(**{**row, "organisation": organisation("computing"), **changed})


def test_a_host_that_reads_no_feed_cannot_say_that_it_enforces_cohorts() -> None:
    with pytest.raises(Invalid, match="must read its feeds"):
        host(enforces_cohorts=True, polls=False)

    assert recorded("host.registered") == []


def test_a_host_with_an_unknown_way_of_access_is_refused() -> None:
    with pytest.raises(Invalid, match="unknown access mode 'fax'"):
        host(modes=["fax"])


@pytest.mark.parametrize(("code", "hint"), [("UK", "write 'GB'"), ("EU", "name each country"), ("ZZ", "alpha-2")])
def test_a_host_in_no_country_is_refused(code: str, hint: str) -> None:
    with pytest.raises(Invalid, match=hint):
        host(country=code)


def test_serving_a_dataset_twice_is_recorded_once() -> None:
    harbour, hearts = host(), dataset("hearts", committee("lakeland", organisation("lakeland")))

    for _ in range(2):
        hosts.serve_dataset(host=harbour, dataset=hearts, by=TESTS, now=NOW)

    assert HostedDataset.objects.count() == 1
    assert recorded("host.serves") == [("harbour", {"dataset": "hearts"})]
