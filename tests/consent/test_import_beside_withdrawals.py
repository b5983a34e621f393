"""A participant withdraws while memberships are imported: they wait for the chunk that they are in, never for the file.

`SIZE=full` imports a million lines and says how long the withdrawals beside them took.
"""

import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import DataError, connection
from django.utils import timezone

from consent.models import ConsentState, HostMemberId, Membership
from consent.services.membership_import import AT_ONCE, FileLine, LineOutcome, Stopped, import_memberships
from consent.services.verify import verify_ledger
from governance.models import DataHost
from tests.acting import TESTS
from tests.consent.beside import Followed, Interrupted, beside, crowd, longest, placed, withdraws
from tests.consent.builders import EVERYTHING, answer, dataset, enrol, person, world
from tests.consent.test_memberships import host
from tests.races import shared_database, together

FULL = os.environ.get("SIZE") == "full"
LINES = 1_000_000 if FULL else 10 * AT_ONCE
WITHDRAWALS = 500 if FULL else 5


def lines_of(keys: list[str]) -> list[FileLine]:
    return [FileLine(number=place, participant_id=key, dataset="hearts.1") for place, key in enumerate(keys, start=2)]


@pytest.mark.django_db(transaction=True)
def test_who_withdraws_waits_for_their_chunk_and_not_for_the_file(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        of = world()
        dataset("hearts", of.programme.organisation)
        petra = enrol(of, person("petra"))
        answer(petra, of, EVERYTHING)
        lines = lines_of([petra.pk, *crowd(of.programme, petra, AT_ONCE)])
        entered, withdrawn = threading.Event(), threading.Event()

        def wait() -> None:
            entered.set()
            assert withdrawn.wait(30), "the withdrawal waits for the file"

        def leave() -> None:
            entered.wait(30)
            withdraws(petra)
            withdrawn.set()

        results, left = together(
            lambda: import_memberships(
                programme=of.programme,
                lines=Interrupted(lines, AT_ONCE + 1, wait),
                by=TESTS,
                now=timezone.now(),
            ),
            leave,
        )

        assert left is None
        assert isinstance(results, list)
        assert {one.outcome for one in results} == {LineOutcome.ADDED}
        assert petra.members.get().profile_id == ConsentState.objects.get(participant=petra).profile_id
        assert ConsentState.objects.get(participant=petra).profile.excluded


@pytest.mark.django_db(transaction=True)
def test_withdrawals_beside_an_import_are_quick(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        of = world()
        dataset("hearts", of.programme.organisation)
        leaving = [enrol(of, person(f"p{number}")) for number in range(WITHDRAWALS)]
        keys = crowd(of.programme, leaving[0], LINES)
        places = placed(keys, leaving, AT_ONCE)
        lines = Followed(lines_of(keys))

        def enter() -> list[Any]:
            return import_memberships(programme=of.programme, lines=lines, by=TESTS, now=timezone.now())

        _results, took, times = beside(leaving, places, lines, enter)

        assert Membership.objects.count() == LINES + WITHDRAWALS
        assert {one.profile.excluded for one in ConsentState.objects.filter(participant__in=leaving)} == {True}
        if FULL:
            sys.stderr.write(f"{LINES} lines in {took:.0f} s; {longest(times)}\n")


@pytest.mark.django_db
def test_an_import_that_stops_half_way_says_what_it_did_and_can_be_read_again() -> None:
    of = world()
    dataset("hearts", of.programme.organisation)
    lines = lines_of(crowd(of.programme, enrol(of), 2 * AT_ONCE + 5))

    def fails_later(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        # Elsewhere than on PostgreSQL rows are inserted; there their keys are taken first.
        keys = sql.startswith("SELECT nextval") and params[0] == '"consent_membership"'
        if (keys or sql.startswith('INSERT INTO "consent_membership"')) and Membership.objects.count() >= AT_ONCE:
            raise DataError("what nobody foresaw")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fails_later), pytest.raises(Stopped, match=f"line {AT_ONCE + 2}") as stopped:
        import_memberships(programme=of.programme, lines=lines, by=TESTS, now=timezone.now())
    half = Membership.objects.count()
    again = import_memberships(programme=of.programme, lines=lines, by=TESTS, now=timezone.now())

    assert (half, len(stopped.value.results)) == (AT_ONCE, AT_ONCE)
    assert [one.outcome for one in again] == [LineOutcome.UNCHANGED] * AT_ONCE + [LineOutcome.ADDED] * (AT_ONCE + 5)
    assert not [problem for problem in verify_ledger(now=timezone.now()).problems if "membership" in problem.says]


@pytest.mark.django_db
def test_a_dry_run_over_several_chunks_says_what_the_run_then_does() -> None:
    of = world()
    hearts = dataset("hearts", of.programme.organisation)
    for name in ("harbour", "arkiv"):
        host(name, of.programme.organisation, hearts)
    keys = crowd(of.programme, enrol(of), AT_ONCE)
    said = [(key, "harbour", f"H{place}") for place, key in enumerate(keys)]
    # The same again, an id of the first chunk for somebody else, and for another host: all in the second chunk.
    said += [said[0], (keys[1], "harbour", "H0"), (keys[2], "arkiv", "H0")]
    lines = [FileLine(place, key, "", "hearts.1", name, own) for place, (key, name, own) in enumerate(said, start=2)]

    dry = import_memberships(programme=of.programme, lines=lines, by=TESTS, now=timezone.now(), dry_run=True)
    untouched = Membership.objects.count(), HostMemberId.objects.count()
    real = import_memberships(programme=of.programme, lines=lines, by=TESTS, now=timezone.now())

    assert untouched == (0, 0)
    assert dry == real
    assert [one.outcome for one in real[-3:]] == [LineOutcome.UNCHANGED, LineOutcome.REFUSED, LineOutcome.REFUSED]


@pytest.mark.django_db(transaction=True)
def test_an_import_without_new_ids_waits_for_no_other(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        of = world()
        hearts = dataset("hearts", of.programme.organisation)
        host("harbour", of.programme.organisation, hearts)
        known = [FileLine(2, enrol(of).pk, "", "hearts.1", "harbour", "H1")]
        other = [FileLine(2, enrol(of).pk, "", "hearts.1", "harbour", "H2")]
        import_memberships(programme=of.programme, lines=known, by=TESTS, now=timezone.now())
        locked: list[str] = []

        def watch(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
            if f'FROM "{DataHost._meta.db_table}"' in sql and "FOR NO KEY UPDATE" in sql:
                locked.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(watch):
            import_memberships(programme=of.programme, lines=known, by=TESTS, now=timezone.now())
            before = len(locked)
            import_memberships(programme=of.programme, lines=other, by=TESTS, now=timezone.now())

        assert before == 0
        assert len(locked) == (connection.vendor == "postgresql")
