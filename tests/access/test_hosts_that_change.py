"""A data host is closed, or its settings change: what was made for it ends, and what it confirmed is asked for again."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from access.hosts import page_selectors as host_pages
from access.hosts.selectors import grants_at
from access.hosts.services import confirm
from access.models import HostAcknowledgement, Visa
from access.verification import verify as access_verify
from governance.domain.errors import Conflict, Invalid, NotAllowed
from governance.models import AuditEvent, DataHost
from governance.services import hosts, verify
from tests.access.granted import LATER, Granted, granted, propagate
from tests.access.operated import visas_at, withheld_at
from tests.acting import TESTS
from tests.consent import builders as consent

pytestmark = pytest.mark.django_db
SOON = LATER + timedelta(minutes=5)


@pytest.fixture
def of() -> Granted:
    """Harbour enforces cohorts and Arkiv does not; one participant of four was denied from the beginning."""
    return granted(others=[consent.EVERYTHING | {"repository": "no"}])


def close(host: DataHost, by=TESTS) -> DataHost:
    return hosts.close_host(host=host, because="left", by=by, now=LATER)


def change(host: DataHost, by=TESTS, **settings) -> DataHost:
    return hosts.change_host(host=host, by=by, now=LATER, **settings)


def standing(host: DataHost) -> int:
    return Visa.objects.filter(host=host, revoked_at=None).count()


def served(of: Granted, host: DataHost):
    """The grant as the host's page reads it."""
    return grants_at(host).get(pk=of.grant.pk)


def broken(now=SOON) -> list[object]:
    return [*verify.findings(), *access_verify.findings(now=now)]


def test_a_closed_host_has_no_visa_and_gets_none(of: Granted) -> None:
    visas_at(of, of.enforcing, LATER)
    before = standing(of.enforcing)

    close(of.enforcing)
    propagate()

    assert before > 1
    assert standing(of.enforcing) == 0
    assert visas_at(of, DataHost.objects.get(pk=of.enforcing.pk), SOON).visas == ()
    assert broken() == []


def test_visas_for_every_host_end_with_one_of_them() -> None:
    of = granted()
    change(of.enforcing, enforces_cohorts=False)
    propagate()
    visas_at(of, None, LATER)
    before = of.grant.visas.filter(revoked_at=None).count()

    close(of.download)
    propagate()

    assert (before, of.grant.visas.filter(revoked_at=None).count()) == (1, 0)


def test_a_host_is_closed_once_for_a_reason_that_names_nobody(of: Granted) -> None:
    close(of.download)
    close(of.download)

    [event] = AuditEvent.objects.filter(kind="host.closed")
    assert (event.subject_id, event.detail["because"]) == ("arkiv", "left")
    with pytest.raises(Invalid, match="not a code"):
        hosts.close_host(host=of.enforcing, because="Ada broke it", by=TESTS, now=LATER)
    with pytest.raises(Conflict, match="is closed"):
        change(of.download, audience="https://new.example")


def test_only_an_administrator_closes_or_changes_a_host(of: Granted) -> None:
    for act in (close, change):
        with pytest.raises(NotAllowed, match="only an administrator"):
            act(of.download, by=of.access.chair)


def test_a_host_that_stops_enforcing_removes_and_confirms_before_new_visas(of: Granted) -> None:
    confirm(host=of.enforcing, grant=of.grant, position=4, by=TESTS, now=LATER)
    visas_at(of, of.enforcing, LATER)
    at_first = [(one.position, one.revoked_at) for one in of.grant.visas.filter(host=of.enforcing)]

    harbour = change(of.enforcing, enforces_cohorts=False)
    propagate()

    assert at_first == [(4, None)]
    assert standing(harbour) == 0
    assert ("unconfirmed", "harbour") in withheld_at(of, harbour, SOON)
    assert list(host_pages.removal(harbour, served(of, harbour), SOON).ids) == ["harbour-3"]
    confirm(host=harbour, grant=of.grant, position=4, by=TESTS, now=SOON)
    assert [code for code, _host in withheld_at(of, harbour, SOON)] == []
    assert broken() == []


def test_a_host_that_begins_to_enforce_has_visas_that_name_cohorts(of: Granted) -> None:
    confirm(host=of.download, grant=of.grant, position=4, by=TESTS, now=LATER)
    visas_at(of, of.download, LATER)

    change(of.download, enforces_cohorts=True, polls=True)
    propagate()
    visas_at(of, DataHost.objects.get(pk=of.download.pk), SOON)

    rows = Visa.objects.filter(host=of.download, grant=of.grant).order_by("pk")
    assert [(one.position, one.revoked_at is None) for one in rows] == [(None, False), (4, True)]
    row = HostAcknowledgement.objects.get(host=of.download, grant=of.grant)
    assert (row.confirmed_position, row.confirmed_at) == (0, None)
    assert broken() == []


def test_other_settings_end_the_visas_and_leave_what_was_confirmed(of: Granted) -> None:
    confirm(host=of.enforcing, grant=of.grant, position=4, by=TESTS, now=LATER)
    visas_at(of, of.enforcing, LATER)

    change(of.enforcing, audience="https://quay.example", name="Quay")
    propagate()

    assert standing(of.enforcing) == 0
    assert HostAcknowledgement.objects.get(host=of.enforcing).confirmed_position == 4
    [event] = AuditEvent.objects.filter(kind="host.changed")
    assert event.detail["changed"] == ["audience", "name"]
    assert broken() == []


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"slug": "quay"}, "never changed"),
        ({"enforces_cohorts": True}, "must read its feeds"),
        ({"modes": ["by post"]}, "unknown access mode"),
        ({"audience": "https://harbour.example"}, "another host"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(of: Granted, settings, says: str) -> None:
    with pytest.raises((Invalid, Conflict), match=says):
        change(of.download, **settings)

    assert not AuditEvent.objects.filter(kind="host.changed").exists()


def test_giving_what_stands_changes_nothing(of: Granted) -> None:
    change(of.download, name="Arkiv", enforces_cohorts=False)

    assert not AuditEvent.objects.filter(kind="host.changed").exists()


def test_the_commands_do_it_before_they_return(of: Granted) -> None:
    visas_at(of, of.enforcing, LATER)
    out = StringIO()

    with time_machine.travel(SOON, tick=False):
        call_command("change_host", "harbour", "--enforces-cohorts", "no", stdout=out)
        left = standing(of.enforcing)
        call_command("close_host", "harbour", "--because", "left", stdout=out)

    host = DataHost.objects.get(slug="harbour")
    assert (left, host.enforces_cohorts, host.closed_at is not None) == (0, False, True)
    assert out.getvalue().splitlines() == ["harbour is changed", "harbour is closed"]
    for command in (["close_host", "nowhere", "--because", "left"], ["change_host", "nowhere"]):
        with pytest.raises(CommandError, match="choose among arkiv, harbour"):
            call_command(*command)
