"""A file that is entered chunk by chunk, and participants who withdraw beside it: how both are followed."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar, overload

from django.db import connection
from django.utils import timezone

from consent.models import ConsentState, Participant, Programme
from consent.services import ledger

Line = TypeVar("Line")
Result = TypeVar("Result")


class Interrupted(Sequence[Line]):
    """Lines, of which the reading calls something before one of them."""

    def __init__(self, lines: list[Line], before: int, call: Callable[[], object]) -> None:
        self.lines, self.before, self.call = lines, before, call

    @overload
    def __getitem__(self, place: int) -> Line: ...
    @overload
    def __getitem__(self, place: slice) -> list[Line]: ...
    def __getitem__(self, place: int | slice) -> Line | list[Line]:
        return self.lines[place]

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[Line]:
        for place, line in enumerate(self.lines):
            if place == self.before:
                self.call()
            yield line


class Followed(Interrupted[Line]):
    """Lines of which is known how far they were read."""

    def __init__(self, lines: list[Line]) -> None:
        super().__init__(lines, -1, lambda: None)
        self.read = 0

    def __iter__(self) -> Iterator[Line]:
        for self.read, line in enumerate(self.lines, start=1):  # noqa: B020  what was read is what is counted
            yield line


def withdraws(participant: Participant) -> float:
    """How long it takes, in seconds."""
    assert participant.account is not None
    begun = time.perf_counter()
    ledger.withdraw(participant=participant, axis="no_use", by=participant.account, capacity="self", now=timezone.now())
    return time.perf_counter() - begun


def crowd(programme: Programme, like: Participant, count: int) -> list[str]:
    """Many participants in whose names nothing has been said yet."""
    state = ConsentState.objects.get(participant=like)
    keys: list[str] = []
    while len(keys) < count:
        some = Participant.objects.bulk_create(
            Participant(programme=programme, enrolled_at=like.enrolled_at) for _ in range(min(5000, count - len(keys)))
        )
        ConsentState.objects.bulk_create(
            ConsentState(
                participant=one,
                profile_id=state.profile_id,
                effective=state.effective,
                events=0,
                last_hash=state.last_hash,
                changed_at=state.changed_at,
            )
            for one in some
        )
        keys += [one.pk for one in some]
    return keys


def placed(keys: list[str], leaving: list[Participant], at_once: int) -> list[int]:
    """Puts those who leave among the keys, evenly and each as the last of a chunk, and returns their places.

    Being the last, their chunk is entered as soon as they are read.
    """
    apart = len(keys) // len(leaving)
    for place, one in enumerate(leaving, start=1):
        keys.insert(place * apart // at_once * at_once - 1, one.pk)
    return [keys.index(one.pk) for one in leaving]


def beside(
    leaving: list[Participant], places: list[int], lines: Followed[Line], enter: Callable[[], Result]
) -> tuple[Result, float, list[float]]:
    """What entering the lines returns, its seconds, and those of each withdrawal while its chunk was being entered."""
    times: list[float] = []

    def leave() -> None:
        for place, one in zip(places, leaving, strict=True):
            while lines.read <= place:
                time.sleep(0.0005)
            times.append(withdraws(one))
        connection.close()

    thread = threading.Thread(target=leave)
    thread.start()
    begun = time.perf_counter()
    result = enter()
    took = time.perf_counter() - begun
    thread.join()
    return result, took, times


def longest(times: list[float]) -> str:
    """The five longest, in words."""
    found = ", ".join(f"{1000 * one:.0f}" for one in sorted(times)[-5:])
    return f"the longest withdrawals took {found} ms"
