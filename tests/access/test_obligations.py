"""What a grant demands: promised is not met; who shows, who accepts, what falls due, and that the log covers all of it."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from access.cases import services as cases
from access.face.sentences import promise
from access.grants import evaluation
from access.grants import obligation_services as services
from access.models import Evidence, Grant, Obligation
from access.verification import obligations as verification
from governance.domain.errors import Conflict, Invalid, NotAllowed, NotThere
from governance.files import services as files
from governance.models import AuditEvent, OutboxMessage, StoredFile
from tests.access import builders
from tests.access.builders import NOW, World
from tests.access.granted import propagate
from tests.accounts import signed_in
from tests.governance.files import contents

pytestmark = pytest.mark.django_db
LABEL: dict[str, Any] = {
    "permission": "HMB",
    "modifiers": ["PUB", "IRB", "RTN", {"term": "MOR", "until": "2027-03-01"}, {"term": "TS", "months": 24}],
    "local": ["no-reidentification"],
}
AGREES = ["PUB", "RTN", "MOR", "no-reidentification"]
PUB, IRB, RTN, MOR = "DUO:0000019", "DUO:0000021", "DUO:0000029", "DUO:0000024"
LATER = NOW + timedelta(hours=1)
LAST = date(2028, 11, 17)


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def of() -> World:
    """A world whose one grant demands a lot."""
    world = builders.world(LABEL)
    line = builders.voted(world, "approve", "approve", agrees=AGREES)
    cases.approve(line=line, by=world.chair, now=NOW)
    return world


def one(term: str = PUB) -> Obligation:
    return Obligation.objects.select_related("grant").get(term=term)


def offered(of: World) -> Obligation:
    services.offer(obligation=one(), words="A paper.", link="https://journal.example/1", by=of.ada, now=LATER)
    return one()


def test_a_grant_begins_with_what_its_decision_demands_and_the_days_by_which_it_is_due(of: World) -> None:
    rows = set(Obligation.objects.values_list("term", "state", "due"))

    assert rows == {
        (PUB, "promised", LAST),
        (RTN, "promised", LAST),
        (MOR, "promised", date(2027, 3, 1)),
        ("no-reidentification", "promised", None),
        (IRB, "met", date(2027, 12, 31)),
    }


def test_what_is_not_promised_is_outstanding(of: World) -> None:
    line = builders.voted(of, "approve", "approve", agrees=["MOR"], diseases=["MONDO:0005045"])
    grant = cases.approve(line=line, by=of.chair, now=NOW)

    assert dict(grant.demanded.filter(term__in=[PUB, MOR]).values_list("term", "state")) == {
        PUB: "outstanding",
        MOR: "promised",
    }


def test_rows_of_grants_from_before_are_what_they_would_begin_as(of: World) -> None:
    rows = list(Obligation.objects.values("grant", "place", "term", "parameter", "state", "due", "note"))
    Obligation.objects.all().delete()

    import_module("access.migrations.0016_obligations").write_the_rows(apps, None)

    assert list(Obligation.objects.values("grant", "place", "term", "parameter", "state", "due", "note")) == rows
    assert list(verification.findings()) == []


def test_what_was_promised_is_met_when_the_committee_accepts_what_was_shown(of: World) -> None:
    states = [one().state]
    offered(of)
    states.append(one().state)
    services.send_back(obligation=one(), note="Where is it?", by=of.chair, now=LATER)
    states.append(one().state)
    offered(of)
    services.accept(obligation=one(), by=of.chair, now=LATER)
    states.append(one().state)

    events = AuditEvent.objects.filter(kind="obligation.moved").order_by("pk")
    assert states == ["promised", "offered", "promised", "met"]
    assert [(event.actor, event.detail["action"]) for event in events] == [
        (of.ada.subject, "offer"),
        (of.chair.subject, "send back"),
        (of.ada.subject, "offer"),
        (of.chair.subject, "accept"),
    ]
    assert not any("paper" in str(event.detail) or "journal" in str(event.detail) for event in events)
    assert list(verification.findings()) == []


def test_nobody_accepts_what_they_promised_themselves_and_no_stranger_knows_of_it(of: World) -> None:
    obligation = offered(of)
    with pytest.raises(NotAllowed):
        services.accept(obligation=obligation, by=of.ada, now=LATER)
    with pytest.raises(NotAllowed):
        services.accept(obligation=obligation, by=of.member, now=LATER)
    with pytest.raises(NotThere):
        services.offer(obligation=obligation, words="A paper.", link="", by=builders.person("eve"), now=LATER)

    assert one().state == "offered"


def test_a_recused_chair_says_nothing_to_it(of: World) -> None:
    cases.recuse(case=of.case(), reason="A friend.", by=of.chair, now=LATER)

    with pytest.raises(NotAllowed):
        services.waive(obligation=one(), note="Not needed.", by=of.chair, now=LATER)


@pytest.mark.parametrize(
    ("act", "given"),
    [
        (services.offer, {"words": " ", "link": ""}),
        (services.offer, {"words": "x" * 2001, "link": ""}),
        (services.offer, {"words": "", "link": "javascript:alert(1)"}),
        (services.offer, {"words": "", "link": "http://journal.example/1"}),
        (services.offer, {"words": "", "link": 'https://journal.example/"onclick='}),
        (services.waive, {"note": " "}),
        (services.postpone, {"due": None}),
        (services.postpone, {"due": LAST}),
    ],
)
def test_what_shows_nothing_or_says_nothing_is_refused(
    of: World, act: Callable[..., Any], given: dict[str, Any]
) -> None:
    by = of.ada if act is services.offer else of.chair
    with pytest.raises(Invalid):
        act(obligation=one(), by=by, now=LATER, **given)

    assert not AuditEvent.objects.filter(kind="obligation.moved").exists()


def test_what_is_waived_says_why_and_nothing_follows(of: World) -> None:
    services.waive(obligation=one(), note="The study ended.", by=of.chair, now=LATER)

    with pytest.raises(Conflict):
        services.offer(obligation=one(), words="A paper.", link="", by=of.ada, now=LATER)
    assert (one().state, one().note) == ("waived", "The study ended.")


def test_what_was_due_by_a_day_is_overdue_when_it_is_over_where_the_committee_is(of: World) -> None:
    of.committee.__class__.objects.update(time_zone="Pacific/Auckland")  # half a day ahead of UTC
    Obligation.objects.filter(term=PUB).update(due=date(2026, 12, 1))
    moment = NOW.replace(month=12, day=1, hour=10, minute=59)

    before = services.follow_days(moment)
    after = services.follow_days(moment + timedelta(minutes=1))
    again = services.follow_days(moment + timedelta(minutes=2))

    assert (before, after, again) == (0, 1, 0)
    assert one().state == "overdue"
    services.offer(obligation=one(), words="A paper.", link="", by=of.ada, now=LATER)
    assert one().state == "offered"


def test_a_moratorium_is_over_and_an_ethics_approval_overdue_when_their_days_are(of: World) -> None:
    services.follow_days(NOW.replace(year=2028, month=1, day=2))

    assert dict(Obligation.objects.exclude(due=LAST).values_list("term", "state")) == {
        MOR: "lapsed",
        IRB: "overdue",
        "no-reidentification": "promised",
    }


def test_an_obligation_that_is_overdue_has_its_grant_judged_again(of: World) -> None:
    after = NOW.replace(year=2028, month=1, day=2)
    propagate(after)

    services.follow_days(after)
    marked = Grant.objects.get().state
    propagate(after)

    # The ethics approval must be met first, and nothing else looked at it.
    grant = Grant.objects.get()
    assert (marked, grant.state, grant.suspended_because) == ("active", "suspended", "obligation")
    assert grant.suspended_note == f"outstanding: {IRB}"


def test_a_promise_that_is_overdue_suspends_nothing_since_it_need_not_be_met_first(of: World) -> None:
    Obligation.objects.exclude(term=PUB).delete()
    Obligation.objects.update(due=date(2026, 12, 1))
    after = NOW.replace(month=12, day=3)
    propagate(after)

    services.follow_days(after)
    judged = OutboxMessage.objects.filter(kind=evaluation.FOLLOW_ONE, payload={"grant": one().grant_id})

    assert (one().state, judged.count()) == ("overdue", 1)
    propagate(after)
    assert Grant.objects.get().state == "active"


def test_a_moratorium_that_is_over_asks_for_no_judgement(of: World) -> None:
    Obligation.objects.exclude(term=MOR).delete()

    services.follow_days(NOW.replace(year=2028, month=1, day=2))

    assert one(MOR).state == "lapsed"
    assert not OutboxMessage.objects.filter(kind=evaluation.FOLLOW_ONE).exists()


def test_nothing_is_overdue_of_a_grant_that_never_began(of: World) -> None:
    Grant.objects.update(state="waiting", starts_at=None)

    assert services.follow_days(NOW.replace(year=2030)) == 0


def test_the_database_keeps_no_obligation_that_is_overdue_without_a_day_or_waived_without_a_reason(of: World) -> None:
    for wrong in ({"state": "overdue", "due": None}, {"state": "waived", "note": ""}, {"state": "done"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Obligation.objects.filter(term=PUB).update(**wrong)


def shown_file(of: World, content: bytes = contents.pdf()) -> Evidence:
    file = SimpleUploadedFile("../../Jane Doe's.svg\r\nX: y", content, content_type="image/svg+xml")
    return services.offer(obligation=one(), words="", link="", file=file, by=of.ada, now=LATER)


def test_a_file_is_read_by_who_may_see_the_obligation_as_an_attachment(of: World) -> None:
    shown = shown_file(of)
    path = f"/grants/{shown.obligation.grant.number}/obligations/{shown.obligation.place}/files/{shown.pk}"

    answers = {
        name: signed_in(person).get(path)
        for name, person in {"ada": of.ada, "chidi": of.chair, "eve": builders.person("eve")}.items()
    }

    assert {name: answer.status_code for name, answer in answers.items()} == {"ada": 200, "chidi": 200, "eve": 404}
    assert answers["chidi"].content == contents.pdf()
    assert answers["chidi"]["Content-Type"] == "application/pdf"
    name = f"{shown.obligation.grant.number}-{shown.obligation.place}-{shown.pk}.pdf"
    assert answers["chidi"]["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answers["chidi"]["X-Content-Type-Options"] == "nosniff"
    assert answers["chidi"]["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert list(verification.findings()) == []


def test_a_file_of_another_obligation_is_not_there(of: World) -> None:
    shown = shown_file(of)
    other = one(RTN)

    path = f"/grants/{other.grant.number}/obligations/{other.place}/files/{shown.pk}"

    assert signed_in(of.ada).get(path).status_code == 404


def test_who_showed_a_file_or_the_chair_erases_it_and_that_it_was_shown_stays(of: World) -> None:
    shown = shown_file(of)
    with pytest.raises(NotAllowed):
        services.erase_file(evidence=shown, by=of.member, now=LATER)
    path = f"/grants/{shown.obligation.grant.number}/obligations/{shown.obligation.place}"

    asked = signed_in(of.chair).get(f"{path}/files/{shown.pk}/erase").content.decode()
    signed_in(of.chair).post(f"{path}/files/{shown.pk}/erase")

    page = signed_in(of.ada).get(path).content.decode()
    assert "This cannot be undone." in asked
    assert f"<li>{promise(PUB)}</li>" in asked
    assert "A file, erased on" in page
    assert signed_in(of.ada).get(f"{path}/files/{shown.pk}").status_code == 404
    assert list(verification.findings()) == []


def test_a_file_that_somebody_else_shows_too_stays(of: World) -> None:
    shown = shown_file(of)
    obligation, bo = one(RTN), builders.person("bo")
    Evidence.objects.create(obligation=obligation, file=shown.file, by=bo, at=LATER)

    with pytest.raises(Conflict):
        services.erase_file(evidence=shown, by=of.ada, now=LATER)


def test_a_file_that_is_pointed_to_is_not_cleaned_away(of: World) -> None:
    shown_file(of)

    assert files.erase_unused(NOW + timedelta(days=30)) == 0


def test_no_more_is_taken_than_a_committee_can_look_through(of: World) -> None:
    for number in range(20):
        services.offer(obligation=one(), words=f"Paper {number}.", link="", by=of.ada, now=LATER)

    with pytest.raises(Conflict):
        shown_file(of)
    assert not StoredFile.objects.exists()


def test_a_file_is_given_on_the_page_and_what_is_refused_says_so_at_its_field(of: World) -> None:
    obligation, ada = one(), signed_in(of.ada)
    path = f"/grants/{obligation.grant.number}/obligations/{obligation.place}/offer"

    refused = ada.post(path, {"words": "", "link": "", "file": SimpleUploadedFile("a.pdf", b"<svg/>")})
    empty = ada.post(path, {"words": "", "link": "", "file": SimpleUploadedFile("a.pdf", b"")})
    taken = ada.post(path, {"words": "", "link": "", "file": SimpleUploadedFile("a.exe", contents.png())})

    assert (refused.status_code, empty.status_code, taken.status_code) == (422, 422, 302)
    assert "Give a PDF, a PNG or JPEG picture, or plain text." in refused.content.decode()
    assert StoredFile.objects.get().kind == "png"


def test_waiving_is_asked_first_and_a_reason_is_wanted(of: World) -> None:
    obligation, chidi = one(), signed_in(of.chair)
    path = f"/grants/{obligation.grant.number}/obligations/{obligation.place}/waive"

    asked = chidi.get(path)
    silent = chidi.post(path, {"note": ""})
    state = one().state
    chidi.post(path, {"note": "The study ended."})

    assert "This cannot be undone." in asked.content.decode()
    assert (silent.status_code, state, one().state) == (422, "promised", "waived")
    assert signed_in(of.ada).get(path).status_code == 302


def test_the_pages_tell_what_is_due_and_show_evidence_without_running_it(of: World) -> None:
    obligation = one()
    path = f"/grants/{obligation.grant.number}/obligations/{obligation.place}"
    ada, chidi = signed_in(of.ada), signed_in(of.chair)

    refused = ada.post(f"{path}/offer", {"words": "", "link": "ftp://x"})
    shown = ada.post(f"{path}/offer", {"words": "<b>A paper</b>", "link": "https://journal.example/1"})
    page = chidi.get(path).content.decode()
    of_grant = ada.get(f"/grants/{obligation.grant.number}").content.decode()

    assert (refused.status_code, shown.status_code) == (422, 302)
    assert "&lt;b&gt;A paper&lt;/b&gt;" in page
    assert 'href="https://journal.example/1"' in page
    assert "Accept what was shown" in page
    assert "Accept what was shown" not in ada.get(path).content.decode()
    assert path in of_grant
    assert "the committee looks at what was shown" in of_grant
    assert Evidence.objects.count() == 1
