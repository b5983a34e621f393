"""Every kind of event is recorded by the service that it belongs to, and after all of it nothing is amiss."""

from collections.abc import Iterator

import pytest
import time_machine

from access.verification import verify
from consent.services.verify import verify_ledger
from governance.domain.events import Kind
from governance.models import AuditEvent
from tests.access.tour import AFTER, LATER, tour

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


def test_every_kind_of_event_is_recorded_on_a_tour_of_all_services() -> None:
    tour()

    recorded = set(AuditEvent.objects.values_list("kind", flat=True))
    assert set(Kind) - {Kind(kind) for kind in recorded} == set()


def test_nothing_is_found_where_everything_happened_and_much_has_ended() -> None:
    tour()

    assert [str(one) for one in verify.findings(now=AFTER)] == []
    assert verify_ledger(now=AFTER).problems == []
