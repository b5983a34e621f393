"""A steward settles what an import proposed: with a disease, or with a no."""

from datetime import UTC, datetime

import pytest

from governance.domain.errors import Conflict, Invalid, NotAllowed
from governance.domain.roles import Role
from governance.imports.files import read_content
from governance.models import AuditEvent, Dataset, DatasetProposal, OutboxMessage, User
from governance.selectors.ontology import active_ontologies
from governance.services import committees, organisations, people, roles
from governance.services.imports import import_datasets
from governance.services.proposals import settle_proposal
from tests.acting import TESTS

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
TABLE = b"name\tdata_use_restriction\nEpi\tDS-EP-IRB\n"


def person(username: str) -> User:
    return people.create_person(username=username, email=f"{username}@lake.example", name=username, by=TESTS, now=NOW)


@pytest.fixture
def dana() -> User:
    lake = organisations.create_organisation(
        slug="lake", name="Lake", domain="lake.example", country="FI", kind="not-for-profit", by=TESTS, now=NOW
    )
    dac = committees.create_committee(
        slug="lake-dac", name="Lake DAC", organisation=lake, code="LDC", contact="d@lake.example", by=TESTS, now=NOW
    )
    steward = person("dana")
    roles.give_role(role=Role.STEWARD, on=lake, to=steward, by=TESTS, now=NOW)
    file = read_content(TABLE, "dbgap", active_ontologies())
    import_datasets(file=file, organisation=lake, committee=dac, by=steward, now=NOW)
    return steward


def test_a_named_disease_becomes_the_label_with_its_evidence(dana: User) -> None:
    settled = settle_proposal(
        proposal=DatasetProposal.objects.get(),
        diseases=["MONDO:0005027"],
        by=dana,
        now=NOW,
        reason="consent form, page 3",
    )

    assert (settled.state, settled.settled_by, settled.reason) == ("accepted", dana, "consent form, page 3")
    assert Dataset.objects.get().data_use == {
        "permission": "DUO:0000007", "diseases": ["MONDO:0005027"], "modifiers": ["DUO:0000021"], "local": [],
    }  # fmt: skip
    labelled = AuditEvent.objects.get(kind="dataset.labelled")
    assert labelled.detail["evidence"] == "consent form, page 3"
    assert OutboxMessage.objects.filter(kind="dataset.labelled").count() == 1


def test_a_rejected_proposal_leaves_the_dataset_without_a_label(dana: User) -> None:
    settled = settle_proposal(
        proposal=DatasetProposal.objects.get(), diseases=None, by=dana, now=NOW, reason="nobody knows"
    )

    assert (settled.state, Dataset.objects.get().data_use) == ("rejected", None)
    assert AuditEvent.objects.get(kind="proposal.settled").detail == {"state": "rejected", "diseases": []}


def test_only_a_steward_of_the_organisation_settles(dana: User) -> None:
    stranger = person("carl")

    with pytest.raises(NotAllowed):
        settle_proposal(
            proposal=DatasetProposal.objects.get(), diseases=["MONDO:0005027"], by=stranger, now=NOW, reason="so"
        )

    assert DatasetProposal.objects.get().state == "open"


@pytest.mark.parametrize(
    ("diseases", "reason"),
    [(["MONDO:9999999"], "so"), ([], "so"), (["MONDO:0005027"], "  ")],
    ids=["unknown term", "no disease", "no evidence"],
)
def test_a_settlement_needs_known_diseases_and_a_reason(dana: User, diseases: list[str], reason: str) -> None:
    with pytest.raises(Invalid):
        settle_proposal(proposal=DatasetProposal.objects.get(), diseases=diseases, by=dana, now=NOW, reason=reason)

    assert (DatasetProposal.objects.get().state, Dataset.objects.get().data_use) == ("open", None)


def test_a_proposal_is_settled_once(dana: User) -> None:
    proposal = DatasetProposal.objects.get()
    settle_proposal(proposal=proposal, diseases=None, by=dana, now=NOW, reason="nobody knows")

    with pytest.raises(Conflict):
        settle_proposal(proposal=proposal, diseases=["MONDO:0005027"], by=dana, now=NOW, reason="found it")


def test_an_import_after_the_settlement_reports_what_stands(dana: User) -> None:
    file = read_content(TABLE, "dbgap", active_ontologies())
    place = Dataset.objects.get()
    settle_proposal(proposal=DatasetProposal.objects.get(), diseases=["MONDO:0005027"], by=dana, now=NOW, reason="form")

    [again] = import_datasets(file=file, organisation=place.organisation, committee=place.committee, by=dana, now=NOW)

    assert (again.report()["status"], again.report()["diseases"]) == ("imported", ["MONDO:0005027"])
