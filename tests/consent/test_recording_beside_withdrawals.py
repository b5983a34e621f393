"""A participant withdraws while answers of many are recorded: they wait for the chunk that they are in, never for the file.

`SIZE=full` records twenty thousand lines and says how long the withdrawals beside them took.
"""

import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from consent.models import ConsentEvent, ConsentState, Participant
from consent.services.batches import AT_ONCE, RecordedLine, SaidLine, record_many
from consent.services.recording import Saying
from consent.services.verify import verify_ledger
from tests.acting import TESTS
from tests.consent.beside import Followed, Interrupted, beside, crowd, longest, placed, withdraws
from tests.consent.builders import EVERYTHING, HEALTH, World, answer, enrol, person, world
from tests.races import shared_database, together

FULL = os.environ.get("SIZE") == "full"
LINES = 20_000 if FULL else 8 * AT_ONCE
WITHDRAWALS = 200 if FULL else 4


def signed(of: World, name: str) -> Participant:
    """A participant with an account of their own who has answered."""
    one = enrol(of, person(name))
    answer(one, of, EVERYTHING)
    return one


def lines_of(of: World, keys: list[str]) -> list[SaidLine]:
    saying = Saying(answers=HEALTH, form_version=of.version)
    return [SaidLine(place, key, saying) for place, key in enumerate(keys, start=2)]


def record(of: World, lines: Any) -> list[RecordedLine]:
    return record_many(
        programme=of.programme, lines=lines, by=TESTS, capacity="import", source="file", now=timezone.now()
    )


def excluded(participant: Participant) -> bool:
    return ConsentState.objects.get(participant=participant).profile.excluded


@pytest.mark.django_db(transaction=True)
def test_who_withdraws_waits_for_their_chunk_and_not_for_the_file(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        of = world()
        petra = signed(of, "petra")
        lines = lines_of(of, [petra.pk, *crowd(of.programme, enrol(of), 2 * AT_ONCE)])
        recorded, withdrawn = threading.Event(), threading.Event()

        def wait() -> None:
            recorded.set()
            assert withdrawn.wait(30), "the withdrawal waits for the file"

        def leave() -> list[RecordedLine]:
            recorded.wait(30)
            withdraws(petra)
            withdrawn.set()
            return []

        results, left = together(lambda: record(of, Interrupted(lines, AT_ONCE + 1, wait)), leave)

        assert left == []
        assert isinstance(results, list)
        assert {one.says for one in results} == {""}
        assert list(petra.events.order_by("sequence").values_list("kind", flat=True))[-2:] == ["answered", "withdrawn"]
        assert excluded(petra)


@pytest.mark.django_db(transaction=True)
def test_who_is_in_a_chunk_withdraws_as_soon_as_it_is_recorded(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        of = world()
        petra = signed(of, "petra")
        lines = lines_of(of, [petra.pk, *(enrol(of).pk for _ in range(AT_ONCE - 1))])
        locked = threading.Event()
        waited: list[bool] = []

        def leave() -> None:
            locked.wait(30)
            withdraws(petra)
            connection.close()

        leaver = threading.Thread(target=leave)

        def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if sql.startswith('INSERT INTO "consent_consentevent"'):
                locked.set()
                leaver.join(0.5)
                waited.append(leaver.is_alive())
            return execute(sql, params, many, context)

        leaver.start()
        with connection.execute_wrapper(watch):
            record(of, lines)
        leaver.join(30)

        assert waited == [True]
        assert not leaver.is_alive()
        assert excluded(petra)
        assert verify_ledger(now=timezone.now()).problems == []


@pytest.mark.only_on("postgresql")  # SQLite has one writer at a time
@pytest.mark.django_db(transaction=True)
def test_who_is_in_another_chunk_waits_for_nobody(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        of = world()
        petra = signed(of, "petra")
        lines = lines_of(of, [*crowd(of.programme, enrol(of), AT_ONCE), petra.pk])
        alive: list[bool] = []

        def leave() -> None:
            withdraws(petra)
            connection.close()

        def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            # While the first chunk is recorded.
            if sql.startswith('INSERT INTO "consent_consentevent"') and not alive:
                leaver = threading.Thread(target=leave)
                leaver.start()
                leaver.join(30)
                alive.append(leaver.is_alive())
            return execute(sql, params, many, context)

        with connection.execute_wrapper(watch):
            record(of, lines)

        assert alive == [False]
        assert excluded(petra)


@pytest.mark.django_db(transaction=True)
def test_withdrawals_beside_a_recording_are_quick(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        of = world()
        leaving = [signed(of, f"p{number}") for number in range(WITHDRAWALS)]
        keys = crowd(of.programme, enrol(of), LINES)
        places = placed(keys, leaving, AT_ONCE)
        lines = Followed(lines_of(of, keys))

        results, took, times = beside(leaving, places, lines, lambda: record(of, lines))

        assert {one.says for one in results} == {""}
        assert ConsentEvent.objects.filter(kind="withdrawn").count() == WITHDRAWALS
        assert {excluded(one) for one in leaving} == {True}
        if FULL:
            chunk = 1000 * took / (len(keys) / AT_ONCE)
            sys.stderr.write(f"{len(keys)} lines in {took:.0f} s, {chunk:.0f} ms a chunk; {longest(times)}\n")
