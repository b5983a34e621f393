"""One event more is folded onto what was kept, gives what the whole ledger gives, and costs no more after a long history."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consent.models import CohortChange, ConsentEvent, ConsentState, Member, ProfileCountDelta
from consent.selectors.ledger import effective_at
from consent.services import memberships
from consent.services.verify import verify_ledger
from governance.domain.errors import NotNow
from governance.duo.canonical_json import canonical_bytes
from governance.models import AuditEvent, OutboxMessage
from tests.acting import TESTS
from tests.consent.builders import EVERYTHING, HEALTH, NOW, answer, dataset, enrol, person, use_of, world
from tests.consent.test_verify import without_triggers

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def of():
    return world()


@pytest.fixture
def petra(of):
    """A participant with data in two datasets."""
    petra = enrol(of, person("petra"))
    for slug in ("hearts", "lungs"):
        memberships.add(participant=petra, dataset=dataset(slug, of.programme.organisation), by=TESTS, now=NOW)
    return petra


def queries(petra, of, answers, now) -> list[str]:
    account = petra.account
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer(petra, of, answers, now, by=account)
    return [one["sql"] for one in captured if not one["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]


def test_a_change_in_two_datasets_takes_nine_queries_however_long_the_history(of, petra):
    answer(petra, of, EVERYTHING, NOW + HOUR)
    answer(petra, of, HEALTH, NOW + 2 * HOUR)
    early = queries(petra, of, EVERYTHING, NOW + 3 * HOUR)
    for number in range(4, 24):
        answer(petra, of, HEALTH if number % 2 else EVERYTHING, NOW + number * HOUR)

    late = queries(petra, of, EVERYTHING, NOW + 24 * HOUR)

    assert len(early) == len(late) == 9, late
    assert not [sql for sql in late if "formversion" in sql]
    assert verify_ledger(now=NOW + 30 * HOUR).problems == []


def test_the_rows_of_a_change_are_those_that_they_were(of, petra):
    answer(petra, of, EVERYTHING, NOW + HOUR)
    before = ConsentState.objects.get(participant=petra).profile_id
    rows = (CohortChange, ProfileCountDelta, AuditEvent, OutboxMessage)
    last = {model: model.objects.order_by("-pk").values_list("pk", flat=True)[0] for model in rows}

    answer(petra, of, HEALTH, NOW + 2 * HOUR)

    after = ConsentState.objects.get(participant=petra).profile_id
    datasets = sorted(Member.objects.filter(participant=petra).values_list("dataset", flat=True))
    fresh = {model: model.objects.filter(pk__gt=last[model]).order_by("pk") for model in rows}
    assert use_of(petra) == "DUO:0000006"
    assert list(fresh[CohortChange].values_list("dataset", "before", "after")) == [
        (one, before, after) for one in datasets
    ]
    assert list(fresh[ProfileCountDelta].values_list("dataset", "profile", "step")) == [
        step for one in datasets for step in ((one, before, -1), (one, after, 1))
    ]
    assert list(fresh[AuditEvent].values_list("kind", "subject_id")) == [
        ("consent.recorded", petra.pk),
        *(("cohort.changed", str(one)) for one in datasets),
    ]
    assert [one.payload for one in fresh[OutboxMessage]] == [
        {"subject": str(one), "dataset": one, "changes": 1} for one in datasets
    ]


def test_what_was_kept_and_changed_by_hand_is_not_believed(of, petra):
    answer(petra, of, EVERYTHING, NOW + HOUR)
    state = ConsentState.objects.get(participant=petra)
    state.carried["history"]["entries"] = []
    state.save()

    [problem] = verify_ledger(now=NOW + 2 * HOUR).problems
    assert "what is kept of the ledger" in problem.says

    answer(petra, of, {"audio": "no"}, NOW + 3 * HOUR)
    assert use_of(petra) == "DUO:0000042"
    assert verify_ledger(now=NOW + 4 * HOUR).problems == []


def test_a_state_from_before_anything_was_kept_is_made_from_the_whole_ledger(of, petra):
    answer(petra, of, EVERYTHING, NOW + HOUR)
    ConsentState.objects.update(carried={}, carried_sha256="")

    assert verify_ledger(now=NOW + 2 * HOUR).problems == []
    answer(petra, of, {"audio": "no"}, NOW + 3 * HOUR)

    state = ConsentState.objects.get(participant=petra)
    at = NOW + 3 * HOUR
    assert canonical_bytes(state.effective) == effective_at(petra, on=at, known=at).canonical()
    assert state.carried
    assert verify_ledger(now=NOW + 4 * HOUR).problems == []


def test_nothing_is_added_to_a_ledger_whose_newest_event_is_not_the_one_that_stands(of, petra):
    answer(petra, of, EVERYTHING, NOW + HOUR)
    answer(petra, of, HEALTH, NOW + 2 * HOUR)
    without_triggers(ConsentEvent)
    ConsentEvent.objects.filter(sequence=2).delete()

    with pytest.raises(NotNow, match="not whole"):
        answer(petra, of, EVERYTHING, NOW + 3 * HOUR)
    assert ConsentEvent.objects.count() == 1


def test_nothing_is_folded_from_a_chain_that_was_changed(of, petra):
    answer(petra, of, EVERYTHING, NOW + HOUR)
    answer(petra, of, HEALTH, NOW + 2 * HOUR)
    without_triggers(ConsentEvent)
    ConsentEvent.objects.filter(sequence=1).update(actor="somebody else")
    ConsentState.objects.update(carried={}, carried_sha256="")

    with pytest.raises(NotNow, match="not whole"):
        answer(petra, of, EVERYTHING, NOW + 3 * HOUR)
    assert ConsentEvent.objects.count() == 2
