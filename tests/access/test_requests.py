"""Requests: drafted by several people, submitted, returned, taken back."""

from datetime import timedelta
from typing import Any

import pytest

from access.cases import services as cases
from access.models import Case, Grant, Line, Request, RequestSubmission
from access.requests import collaborator_services as collaborators
from access.requests import selectors
from access.requests import services as requests
from governance.domain.errors import Conflict, Invalid, NotAllowed, NotThere
from governance.models import AuditEvent
from governance.services import datasets, organisations
from tests.access import builders
from tests.access.builders import HMB_IRB, NOW, PURPOSE
from tests.acting import TESTS

pytestmark = pytest.mark.django_db


def _save(request: Request, by: Any = None, **changes: Any) -> Request:
    given: dict[str, Any] = {
        "title": request.title,
        "lay_summary": request.lay_summary,
        "purpose": {key: value for key, value in request.purpose.items() if key in PURPOSE},
        "revision": request.revision,
        "by": by or request.applicant,
        "now": NOW,
    }
    return requests.save(request=request, **(given | changes))


def test_people_institution_and_kind_come_from_the_account() -> None:
    world = builders.world()

    request = builders.drafted(world)

    assert {key: request.purpose[key] for key in ("organisation_type", "institutions", "users")} == {
        "organisation_type": "not-for-profit",
        "institutions": ["05abc1234"],
        "users": [world.ada.subject],
    }
    assert request.origins == {
        "organisation_type": "signing_official",
        "institutions": "signing_official",
        "users": "account",
        "investigations": "declared",
        "diseases": "declared",
        "countries": "declared",
        "commercial": "declared",
        "clinical_care": "declared",
        "access_mode": "declared",
        "months": "declared",
        "ethics_approval": "declared",
    }


def test_nobody_types_the_facts_that_accounts_hold() -> None:
    world = builders.world()
    request = builders.drafted(world)

    with pytest.raises(Invalid) as refused:
        _save(request, purpose=PURPOSE | {"organisation_type": "not-for-profit"})

    assert refused.value.fields == {"organisation_type": "comes from your account"}


def test_with_several_people_the_organisation_is_the_widest_and_its_origin_the_weakest() -> None:
    world = builders.world()
    request = builders.drafted(world)
    carl = builders.person("carl")
    builders.belongs(builders.organisation("corvid", kind="for-profit"), carl, vouched_by="declared")

    collaborators.ask(request=request, name="carl", by=world.ada, now=NOW)
    collaborators.join(request=request, by=carl, now=NOW)

    request.refresh_from_db()
    assert request.purpose["organisation_type"] == "for-profit"
    assert request.origins["organisation_type"] == "account"
    assert request.purpose["users"] == sorted([world.ada.subject, carl.subject])


def test_an_ended_affiliation_leaves_the_kind_of_organisation_unknown() -> None:
    world = builders.world()
    affiliation = world.ada.affiliations.get()
    organisations.end_affiliation(affiliation=affiliation, by=TESTS, now=NOW)

    request = builders.drafted(world, now=NOW + timedelta(hours=1))

    assert request.purpose["organisation_type"] is None


def test_two_editors_never_overwrite_each_other() -> None:
    world = builders.world()
    request = builders.drafted(world)
    mine = _save(request, title="Mine")

    with pytest.raises(Conflict, match="somebody else saved"):
        _save(request, title="Theirs", revision=request.revision)

    request.refresh_from_db()
    assert (request.title, request.revision) == ("Mine", mine.revision)


def test_saving_the_same_again_changes_nothing() -> None:
    world = builders.world()
    request = builders.drafted(world)

    again = _save(request)

    assert again.revision == request.revision


@pytest.mark.parametrize(
    ("purpose", "field"),
    [
        ({"countries": ["UK"]}, "countries"),
        ({"months": 0}, "months"),
        ({"access_mode": "by post"}, "access_mode"),
        ({"ethics_approval": {"reference": "X", "valid_until": "soon"}}, "ethics_until"),
        ({"ethics_approval": {"reference": "", "valid_until": "2027-01-01"}}, "ethics_reference"),
        ({"agrees": ["HMB"]}, "agrees"),
    ],
)
def test_a_fact_that_cannot_be_read_names_its_field(purpose: dict[str, Any], field: str) -> None:
    request = builders.drafted(builders.world())

    with pytest.raises(Invalid) as refused:
        _save(request, purpose=PURPOSE | purpose)

    assert list(refused.value.fields) == [field]


def test_an_empty_draft_says_everything_that_is_missing() -> None:
    world = builders.world()

    request = requests.create_draft(by=world.ada, now=NOW)

    assert set(selectors.problems(request)) == {
        "title", "lay_summary", "investigations", "countries", "access_mode", "months", "datasets"
    }  # fmt: skip


def test_a_request_without_accepted_terms_is_not_submitted() -> None:
    world = builders.world()
    request = builders.drafted(world)
    builders.terms_of(world.committee, "New words.")

    with pytest.raises(Invalid) as refused:
        requests.submit(request=request, by=world.ada, now=NOW)

    assert refused.value.fields == {"terms": "Accept the terms: Terms of use"}


def test_submitting_opens_one_case_for_each_committee_with_the_matchers_answer() -> None:
    world = builders.world(data_use=HMB_IRB)
    vega = builders.organisation("vega")
    other = builders.committee("vega", vega)
    kidneys = builders.dataset("kidneys", other, {"permission": "POA"})
    request = builders.drafted(world)
    request = requests.add_dataset(request=request, dataset=kidneys, by=world.ada, now=NOW)

    request = requests.submit(request=request, by=world.ada, now=NOW)

    lines = Line.objects.filter(case__request=request).order_by("case__number")
    assert [
        (line.case.number, line.state, line.decision["verdict"], line.snapshot["request_version"]) for line in lines
    ] == [("LAK-2026-001", "pending", "permit", 1), ("VEG-2026-001", "pending", "deny", 1)]
    assert lines[0].snapshot["data_use"] == HMB_IRB
    assert lines[0].decision["inputs"].startswith("sha256:")
    submission = RequestSubmission.objects.get(request=request)
    assert (submission.version, list(submission.terms.all())) == (1, [world.terms])
    assert submission.purpose == request.purpose


def test_case_numbers_of_a_committee_count_up() -> None:
    world = builders.world()
    builders.submitted(world)

    builders.submitted(world, diseases=["MONDO:0005021"])

    assert sorted(Case.objects.values_list("number", flat=True)) == ["LAK-2026-001", "LAK-2026-002"]


def test_the_same_question_is_not_asked_twice_at_a_time() -> None:
    world = builders.world()
    first = builders.submitted(world)
    second = builders.drafted(world)

    with pytest.raises(Invalid) as refused:
        requests.submit(request=second, by=world.ada, now=NOW)
    requests.withdraw(request=first, by=world.ada, now=NOW)
    after = requests.submit(request=second, by=world.ada, now=NOW)

    assert refused.value.fields == {"datasets": f"Your request {first.number} asks for this already"}
    assert after.state == "submitted"


def test_a_colleague_who_has_not_confirmed_holds_the_submission_up() -> None:
    world = builders.world()
    request = builders.drafted(world)
    builders.person("carl")
    collaborators.ask(request=request, name="carl@example.org", by=world.ada, now=NOW)

    with pytest.raises(Invalid) as refused:
        requests.submit(request=request, by=world.ada, now=NOW)

    assert refused.value.fields == {"collaborators": "carl@example.org has not confirmed yet: wait, or leave them out"}


def test_a_colleague_edits_but_does_not_submit_and_strangers_see_nothing() -> None:
    world = builders.world()
    request = builders.drafted(world)
    carl, zoe = builders.person("carl"), builders.person("zoe")
    collaborators.ask(request=request, name="carl", by=world.ada, now=NOW)
    collaborators.join(request=request, by=carl, now=NOW)
    request.refresh_from_db()

    edited = _save(request, by=carl, title="Edited by a colleague")
    with pytest.raises(NotAllowed, match="only the applicant can submit this request"):
        requests.submit(request=request, by=carl, now=NOW)
    with pytest.raises(NotThere):
        _save(request, by=zoe, title="Foreign")

    assert edited.title == "Edited by a colleague"
    assert not selectors.visible_to(zoe).exists()


def test_a_dataset_whose_label_is_not_settled_waits() -> None:
    world = builders.world()
    request = builders.drafted(world)
    unsettled = builders.dataset("livers", world.committee)
    unsettled.data_use = None
    unsettled.save()
    requests.add_dataset(request=request, dataset=unsettled, by=world.ada, now=NOW)

    with pytest.raises(Invalid) as refused:
        requests.submit(request=request, by=world.ada, now=NOW)

    assert list(refused.value.fields) == ["datasets"]


def test_withdrawing_takes_back_every_line_that_is_not_decided() -> None:
    world = builders.world()
    request = builders.submitted(world)

    withdrawn = requests.withdraw(request=request, by=world.ada, now=NOW)

    assert (withdrawn.state, world.line().state) == ("withdrawn", "withdrawn")
    with pytest.raises(Conflict, match="withdrawn"):
        requests.withdraw(request=request, by=world.ada, now=NOW)


def test_taking_back_the_last_line_withdraws_the_request() -> None:
    world = builders.world()
    request = builders.submitted(world)

    requests.withdraw_line(line=world.line(), by=world.ada, now=NOW)

    request.refresh_from_db()
    assert (request.state, world.line().state) == ("withdrawn", "withdrawn")


def test_submitting_again_after_a_return_is_a_new_version_that_is_matched_anew() -> None:
    world = builders.world(data_use={"permission": "GRU", "local": ["visit-only"]})
    line = builders.in_review(world, access_mode="download")
    cases.vote(line=line, choice="change", reason="Visit.", by=world.member, now=NOW)
    cases.return_line(line=line, text="Please choose Visit.", by=world.chair, now=NOW)
    request = world.requests[-1]
    request.refresh_from_db()
    returned = request.state
    request = _save(request, purpose=PURPOSE | {"access_mode": "visit"})

    request = requests.submit(request=request, by=world.ada, now=NOW)

    again = world.line()
    assert returned == "returned"
    assert (request.state, request.version) == ("submitted", 2)
    assert (line.decision["verdict"], again.decision["verdict"]) == ("deny", "permit")
    assert (again.state, again.snapshot["request_version"]) == ("in_review", 2)
    assert [row.version for row in request.submissions.all()] == [2, 1]


def test_a_dataset_left_out_of_a_new_version_takes_its_line_back() -> None:
    world = builders.world()
    lungs = builders.dataset("lungs", world.committee)
    request = builders.drafted(world)
    requests.add_dataset(request=request, dataset=lungs, by=world.ada, now=NOW)
    requests.submit(request=request, by=world.ada, now=NOW)
    line = cases.take_into_review(line=world.line(), by=world.chair, now=NOW)
    cases.return_line(line=line, text="One is enough.", by=world.chair, now=NOW)
    requests.remove_dataset(request=request, version=lungs.versions.get(), by=world.ada, now=NOW)

    requests.submit(request=request, by=world.ada, now=NOW)

    states = dict(Line.objects.values_list("dataset_version__dataset__slug", "state"))
    assert states == {"hearts": "in_review", "lungs": "withdrawn"}


def _returned_beside_another(world: builders.World) -> tuple[Request, Line, Line]:
    """A request of two datasets: hearts has the votes it needs, lungs was given back."""
    lungs = builders.dataset("lungs", world.committee)
    request = builders.drafted(world)
    requests.add_dataset(request=request, dataset=lungs, by=world.ada, now=NOW)
    requests.submit(request=request, by=world.ada, now=NOW)
    hearts = cases.take_into_review(line=world.line(), by=world.chair, now=NOW)
    for voter in (world.chair, world.member):
        cases.vote(line=hearts, choice="approve", reason="", by=voter, now=NOW)
    other = cases.take_into_review(line=world.case().lines.exclude(pk=hearts.pk).get(), by=world.chair, now=NOW)
    cases.return_line(line=other, text="Why lungs?", by=world.chair, now=NOW)
    return request, hearts, other


def test_nobody_decides_on_a_dataset_that_was_taken_out_of_a_returned_request() -> None:
    world = builders.world()
    request, hearts, other = _returned_beside_another(world)

    requests.remove_dataset(request=request, version=hearts.dataset_version, by=world.ada, now=NOW)

    with pytest.raises(Conflict, match="this line is withdrawn"):
        cases.approve(line=hearts, by=world.chair, now=NOW)
    assert not Grant.objects.exists()
    assert dict(Line.objects.values_list("pk", "state")) == {hearts.pk: "withdrawn", other.pk: "waiting_for_applicant"}
    assert AuditEvent.objects.filter(kind="line.withdrawn").count() == 1


def test_a_colleague_does_not_take_a_dataset_from_a_committee_that_judges_it() -> None:
    world = builders.world()
    lungs = builders.dataset("lungs", world.committee)
    request = builders.drafted(world)
    requests.add_dataset(request=request, dataset=lungs, by=world.ada, now=NOW)
    carl = builders.person("carl")
    collaborators.ask(request=request, name="carl", by=world.ada, now=NOW)
    collaborators.join(request=request, by=carl, now=NOW)
    requests.submit(request=request, by=world.ada, now=NOW)
    hearts = cases.take_into_review(line=world.line(), by=world.chair, now=NOW)
    cases.return_line(line=hearts, text="Why?", by=world.chair, now=NOW)

    with pytest.raises(NotAllowed, match="only the applicant can withdraw this line"):
        requests.remove_dataset(request=request, version=hearts.dataset_version, by=carl, now=NOW)

    assert world.line().state == "waiting_for_applicant"
    assert request.datasets.count() == 2


def test_a_request_whose_last_open_dataset_was_left_out_closes_when_it_is_submitted_again() -> None:
    world = builders.world()
    request, hearts, other = _returned_beside_another(world)
    cases.approve(line=hearts, by=world.chair, now=NOW)

    requests.remove_dataset(request=request, version=other.dataset_version, by=world.ada, now=NOW)
    again = requests.submit(request=request, by=world.ada, now=NOW)

    assert again.state == "closed"


def test_every_change_of_a_request_has_its_audit_event() -> None:
    world = builders.world()

    request = builders.submitted(world)
    requests.withdraw(request=request, by=world.ada, now=NOW)

    kinds = AuditEvent.objects.filter(subject_kind="request").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == [
        "request.drafted", "request.changed", "request.changed", "request.submitted", "request.withdrawn"
    ]  # fmt: skip


def test_a_closed_version_is_not_asked_for() -> None:
    world = builders.world()
    request = builders.drafted(world)
    version = world.dataset.versions.get()
    version.closed_at = NOW
    version.save()

    with pytest.raises(Invalid) as refused:
        requests.submit(request=request, by=world.ada, now=NOW)
    newer = datasets.add_version(dataset=world.dataset, accession="HEARTS-0002", by=TESTS, now=NOW)
    requests.remove_dataset(request=request, version=version, by=world.ada, now=NOW)
    requests.add_dataset(request=request, dataset=world.dataset, by=world.ada, now=NOW)

    assert list(refused.value.fields) == ["datasets"]
    assert list(request.datasets.all()) == [newer]
