"""What a host's operator removes by hand, and confirms."""

from datetime import timedelta

import pytest

from access.domain.acknowledgement import Standing
from access.hosts import page_selectors as host_pages
from access.hosts import services as hosts
from access.models import HostAcknowledgement
from consent.models import HostMemberId
from governance.domain.errors import NotAllowed
from governance.models import AuditEvent
from governance.services import hosts as registry
from tests.access import builders as access
from tests.access.granted import LATER, host
from tests.access.operated import Operated, confirm_path, operator, signed_in, text, withheld_at
from tests.acting import TESTS

pytestmark = pytest.mark.django_db
SOON = LATER + timedelta(seconds=4)


def test_a_host_that_does_not_enforce_is_closed_until_its_operator_confirms(of: Operated) -> None:
    of.leaves(1)

    with signed_in(of.hanna) as client:
        page = text(client.get("/hosts/arkiv"))

    assert "One grant is closed here until you confirm that you removed who is not in its cohort." in page
    assert f"{of.world.grant.number} is closed here since 18 November 2026, 10:00 UTC." in page
    assert "No visa is given out for this grant until you confirm" in page
    assert f"Confirm position 4 of {of.world.grant.number}" in page


def test_the_list_of_what_to_remove_holds_the_hosts_own_ids_and_nothing_else(of: Operated) -> None:
    of.leaves(1)
    of.leaves(2, LATER + timedelta(seconds=30))

    with signed_in(of.hanna) as client:
        answer = client.get(f"/hosts/arkiv/grants/{of.world.grant.number}/removed.txt")

    assert answer.content.decode() == "arkiv-1\narkiv-2\n"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")


def test_reading_the_list_is_being_told(of: Operated) -> None:
    of.leaves(1)

    with signed_in(of.hanna) as client:
        client.get(f"/hosts/arkiv/grants/{of.world.grant.number}/removed.txt")

    row = HostAcknowledgement.objects.get(host=of.world.download)
    assert host_pages.selectors.acknowledgement(row).standing(LATER + timedelta(minutes=2)) is Standing.TOLD


def test_a_host_that_reads_in_the_moment_of_the_change_was_told(of: Operated) -> None:
    of.leaves(1)
    row = HostAcknowledgement.objects.get(host=of.world.download)

    hosts.told(host=of.world.download, grant=of.world.grant, now=row.changed_at - timedelta(microseconds=1))
    before = HostAcknowledgement.objects.get(pk=row.pk).told_at
    hosts.told(host=of.world.download, grant=of.world.grant, now=row.changed_at)

    assert (before, HostAcknowledgement.objects.get(pk=row.pk).told_at) == (None, row.changed_at)


def test_only_who_left_since_the_confirmed_position_is_to_be_removed(of: Operated) -> None:
    of.leaves(0)
    hosts.confirm(host=of.world.download, grant=of.world.grant, position=4, by=TESTS, now=SOON)
    of.leaves(2, LATER + timedelta(minutes=5))

    with signed_in(of.hanna, LATER + timedelta(minutes=6)) as client:
        listed = client.get(f"/hosts/arkiv/grants/{of.world.grant.number}/removed.txt").content.decode()

    assert listed == "arkiv-2\n"


def test_a_member_whom_the_host_knows_by_no_id_is_counted(of: Operated) -> None:
    HostMemberId.objects.filter(host=of.world.download, own_id="arkiv-1").delete()
    of.leaves(1)

    with signed_in(of.hanna) as client:
        page = text(client.get(confirm_path(of)))

    assert "The records of 1 participant" in page
    assert "This host has no id of its own for 1 of them." in page


def test_the_operator_confirms_and_visas_are_given_out_again(of: Operated) -> None:
    of.leaves(1)
    closed = withheld_at(of.world, of.world.download, LATER)

    with signed_in(of.hanna) as client:
        answer = client.post(confirm_path(of), {"position": 4, "removed": "on"}, follow=True)

    event = AuditEvent.objects.get(kind="host.confirmed")
    assert closed == [("unconfirmed", "arkiv")]
    assert withheld_at(of.world, of.world.download, LATER + timedelta(minutes=2)) == []
    assert (event.actor, event.subject_id) == (of.hanna.subject, "arkiv")
    assert event.detail == {"grant": of.world.grant.number, "position": 4}
    assert "Visas for" in text(answer)
    assert "The one active grant here follows" in text(answer)


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"position": "4"}, "Tick this once it is done"),
        ({"removed": "on"}, "The position is missing"),
        ({"position": "x", "removed": "on"}, "The position is not a number"),
        ({"position": "99", "removed": "on"}, "Give a position from 0 to 4"),
        ({"position": "-1", "removed": "on"}, "Give a position from 0 to 4"),
    ],
)
def test_a_wrong_confirmation_is_marked_and_changes_nothing(of: Operated, sent: dict[str, str], says: str) -> None:
    of.leaves(1)

    with signed_in(of.hanna) as client:
        answer = client.post(confirm_path(of), sent)

    assert answer.status_code == 422
    assert says in text(answer)
    assert HostAcknowledgement.objects.get(host=of.world.download).confirmed_position == 0


def test_a_confirmation_of_what_was_read_does_not_cover_who_left_meanwhile(of: Operated) -> None:
    of.leaves(1)
    of.leaves(2, LATER + timedelta(seconds=30))

    with signed_in(of.hanna) as client:
        answer = client.post(confirm_path(of), {"position": 4, "removed": "on"}, follow=True)

    assert answer.redirect_chain == [(confirm_path(of), 302)]
    assert "somebody else left meanwhile" in text(answer)
    assert "arkiv-2" in text(answer)
    assert "arkiv-1" not in text(answer)


def test_nobody_confirms_for_a_host_that_they_do_not_operate(of: Operated) -> None:
    of.leaves(1)

    with pytest.raises(NotAllowed, match="only a host operator of this organisation"):
        hosts.confirm(host=of.world.download, grant=of.world.grant, position=4, by=of.world.access.ada, now=LATER)


def test_the_operator_of_a_deaf_host_confirms_for_it(of: Operated) -> None:
    of.leaves(0)

    with signed_in(of.hanna, LATER + timedelta(hours=2)) as client:
        asked = text(client.get(confirm_path(of, "harbour")))
        client.post(confirm_path(of, "harbour"), {"position": 4, "removed": "on"})
        page = text(client.get("/hosts/harbour"))

    assert "I checked that the host’s copy stands at this position" in asked
    assert "The one active grant here follows" in page


def test_a_host_that_came_later_confirms_an_earlier_change_too(of: Operated) -> None:
    of.leaves(0)
    late = host("attic", enforces=False)
    registry.serve_dataset(host=late, dataset=of.world.access.dataset, by=TESTS, now=LATER + timedelta(hours=1))

    with signed_in(operator("hal", late), LATER + timedelta(hours=1, minutes=1)) as client:
        page = text(client.get("/hosts/attic"))

    assert f"{of.world.grant.number} is closed here since 18 November 2026, 11:00 UTC." in page


def test_a_grant_without_anything_to_confirm_says_so(of: Operated) -> None:
    with signed_in(of.hanna) as client:
        page = text(client.get(confirm_path(of)))

    assert "Nothing waits for a confirmation here." in page
    assert "Confirm position" not in page


def test_a_person_of_another_committee_confirms_nothing(of: Operated) -> None:
    stranger = access.person("stranger")

    with signed_in(stranger) as client:
        assert client.post(confirm_path(of), {"position": 4, "removed": "on"}).status_code == 404
