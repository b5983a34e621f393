"""A no can be said although the ledger is not whole: it holds alone, an alarm stands, and what is mended is read again."""

from datetime import timedelta

import pytest
from django.urls import reverse

from consent.models import CohortChange, ConsentEvent, ConsentState, Member
from consent.services import ledger, memberships, mending
from consent.services.verify import verify_ledger
from governance import alarms
from governance.domain.errors import NotNow
from governance.models import AuditEvent
from tests.acting import TESTS
from tests.consent.builders import EVERYTHING, HEALTH, NOW, answer, dataset, enrol, person, use_of, world
from tests.consent.test_verify import without_triggers

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SAID, MENDED = NOW + 3 * HOUR, NOW + 5 * HOUR


@pytest.fixture
def of():
    return world()


@pytest.fixture
def petra(of):
    """Somebody whose data are in a dataset, with two events."""
    petra = enrol(of, person("petra"))
    memberships.add(participant=petra, dataset=dataset("hearts", of.programme.organisation), by=TESTS, now=NOW)
    answer(petra, of, HEALTH, NOW + HOUR)
    answer(petra, of, EVERYTHING, NOW + 2 * HOUR)
    return petra


def newest_taken_out() -> ConsentEvent:
    """The newest event is gone, as if somebody had deleted it past the platform; returns it."""
    without_triggers(ConsentEvent)
    row = ConsentEvent.objects.get(sequence=2)
    ConsentEvent.objects.filter(pk=row.pk).delete()
    return row


def first_changed() -> str:
    """Another actor stands at the first event, and nothing is kept beside the state; returns the right one."""
    without_triggers(ConsentEvent)
    right = ConsentEvent.objects.get(sequence=1).actor
    ConsentEvent.objects.filter(sequence=1).update(actor="somebody else")
    ConsentState.objects.update(carried={}, carried_sha256="")
    return right


def first_garbled() -> None:
    first_unreadable(["nothing", "of", "an", "event"])


def first_unreadable(content: object = "no list of answers") -> None:
    without_triggers(ConsentEvent)
    unreadable = content if isinstance(content, list) else {"answers": content}
    ConsentEvent.objects.filter(sequence=1).update(content=unreadable)
    ConsentState.objects.update(carried={}, carried_sha256="")


def withdraw(petra, axis: str = "no_use", now=SAID):
    return ledger.withdraw(participant=petra, axis=axis, by=petra.account, capacity="self", now=now)


def waiting() -> int:
    return alarms.counts()["ledgers_not_whole"]


@pytest.mark.parametrize("spoil", [newest_taken_out, first_changed, first_unreadable, first_garbled])
@pytest.mark.parametrize("axis", ["no_use", "no_contact", "no_collection"])
def test_a_no_is_taken_and_takes_the_data_out_of_every_cohort(petra, spoil, axis):
    before = ConsentState.objects.get(participant=petra).profile_id
    spoil()

    event = withdraw(petra, axis)

    state = ConsentState.objects.select_related("profile").get(participant=petra)
    change = CohortChange.objects.latest("pk")
    assert event.sequence == 3
    assert state.closed_axes == {axis}
    assert (state.profile.excluded, state.profile.outlets) == (True, [])
    assert Member.objects.get(participant=petra).profile_id == state.profile_id
    assert (change.before_id, change.after_id) == (before, state.profile_id)
    assert waiting() == 1
    assert [
        (one.kind, one.detail.get("sequence")) for one in AuditEvent.objects.filter(subject_id=petra.pk).order_by("id")
    ][-2:] == [("consent.withdrawn", None), ("ledger.not_whole", 3)]


@pytest.mark.parametrize("spoil", [newest_taken_out, first_changed, first_unreadable])
def test_nothing_else_is_added_before_it_is_mended(of, petra, spoil):
    spoil()

    for _ in ("before the no", "after it"):
        with pytest.raises(NotNow, match="not whole"):
            answer(petra, of, EVERYTHING, NOW + 4 * HOUR)
        with pytest.raises(NotNow, match="not whole"):
            ledger.affirm(participant=petra, form_version=of.version, by=petra.account, now=NOW + 4 * HOUR)
        withdraw(petra)
    with pytest.raises(NotNow, match="not whole"):
        ledger.rejoin(
            participant=petra, answers=EVERYTHING, form_version=of.version, by=petra.account, capacity="self",
            now=NOW + 4 * HOUR,
        )  # fmt: skip
    assert use_of(petra) is None


def test_each_no_holds_beside_those_before_it(petra):
    withdraw(petra, "no_contact", NOW + 2 * HOUR)
    first_changed()

    withdraw(petra, "no_collection")
    withdraw(petra, "no_use", SAID + HOUR)

    state = ConsentState.objects.get(participant=petra)
    assert [(one["axis"], one["sequence"]) for one in state.effective["axes"]] == [
        ("no_contact", 3),
        ("no_collection", 4),
        ("no_use", 5),
    ]


def test_what_is_not_mended_stays_found_and_out(petra):
    newest_taken_out()
    withdraw(petra, "no_contact")

    assert mending.read_again(MENDED) == 0

    assert waiting() == 1
    assert use_of(petra) is None
    assert "event 2 is missing" in " ".join(one.says for one in verify_ledger(now=MENDED).problems)


def test_one_that_cannot_be_read_at_all_keeps_no_other_from_being_mended(of, petra):
    tomas = enrol(of, person("tomas"))
    answer(tomas, of, HEALTH, NOW + HOUR)
    right = ConsentEvent.objects.get(participant=tomas).content
    first_garbled()
    for one in (petra, tomas):
        withdraw(one, "no_contact")
    ConsentEvent.objects.filter(participant=tomas, sequence=1).update(content=right)

    assert mending.read_again(MENDED) == 1

    assert mending.not_whole() == [petra.pk]


def test_the_mended_ledger_is_read_again_and_holds_with_the_no_in_it(of, petra):
    row = newest_taken_out()
    withdraw(petra, "no_contact")
    row.save(force_insert=True)

    assert mending.read_again(MENDED) == 1

    assert waiting() == 0
    assert use_of(petra) == "DUO:0000042"
    assert ConsentState.objects.get(participant=petra).closed_axes == {"no_contact"}
    assert verify_ledger(now=MENDED).problems == []
    assert mending.read_again(MENDED) == 0
    answer(petra, of, HEALTH, MENDED + HOUR)
    assert use_of(petra) == "DUO:0000006"
    assert verify_ledger(now=MENDED + 2 * HOUR).problems == []


def test_after_mending_a_stop_of_the_use_is_still_one(of, petra):
    right = first_changed()
    withdraw(petra)
    ConsentEvent.objects.filter(sequence=1).update(actor=right)

    assert mending.read_again(MENDED) == 1

    assert use_of(petra) is None
    assert verify_ledger(now=MENDED).problems == []


def test_an_event_that_somebody_put_in_keeps_no_no_out(petra):
    [first, newest] = ConsentEvent.objects.order_by("sequence")
    ConsentEvent.objects.create(
        participant=petra, sequence=3, kind=newest.kind, holds_from=newest.holds_from, recorded_at=newest.recorded_at,
        actor=newest.actor, capacity=newest.capacity, source=newest.source, form_version=newest.form_version,
        content=first.content, previous_hash=newest.hash, hash="0" * 64,
    )  # fmt: skip

    assert withdraw(petra).sequence == 4
    assert use_of(petra) is None


def test_the_page_to_stop_works_and_leads_to_the_receipt(client, petra):
    newest_taken_out()
    client.force_login(petra.account)

    done = client.post(reverse("consent_stop", args=[petra.pk]), {"axes": ["no_use"]}, follow=True)

    assert done.status_code == 200
    assert "What stopped" in done.content.decode()
    for name in ("my_data", "consent_stop", "consent_history", "consent_start"):
        args = [] if name == "my_data" else [petra.pk]
        assert client.get(reverse(name, args=args)).status_code == 200, name


def test_whoever_takes_something_up_again_meanwhile_reads_that_stopping_works(client, petra):
    first_changed()
    withdraw(petra, "no_contact")
    client.force_login(petra.account)

    answered = client.post(reverse("consent_rejoin", args=[petra.pk]), {"axes": ["no_contact"]})

    assert answered.status_code == 503
    assert "Stopping the use of the data works all the same" in answered.content.decode()
