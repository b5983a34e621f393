"""UserInfo's visas: minted, or given again where they would come out the same (passports.md, last paragraph).

Hosts ask UserInfo at each of their requests. Within five minutes a program gets the same visas again while everything that they
were made from is as it was, each stands unrevoked, and each has half of its life before it. The signed visas are kept in the
memory of this process alone, never in a table: no copy of the database opens anything. Another process mints its own.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from allauth.core.internal.ratelimit import parse_rates
from django.conf import settings

from access.models import Client, PassportIntent
from access.passports import deliveries
from access.passports import held_selectors as held
from access.passports import host_selectors as visa_hosts
from access.passports import minting as visas
from access.passports.minting import Intended, Minted
from governance.models import User

# Half of the shortest life of a visa: each has as much before it as behind it.
FOR = timedelta(minutes=5)
# Signed visas of a kilobyte each: about a thousand answers.
MOST_CHARACTERS = 32_000_000


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was given, from what, on which day where each committee is, and until when it may be given again."""

    intent: PassportIntent
    given: Minted
    stamps: tuple[Hashable, ...]
    days: frozenset[tuple[str, date]]
    until: datetime

    @property
    def size(self) -> int:
        return sum(map(len, self.given.visas))

    def holds(self, now: datetime) -> bool:
        """Whether it is neither too old nor of a time to come, and it is the same day everywhere."""
        today = all(now.astimezone(ZoneInfo(zone)).date() == day for zone, day in self.days)
        return self.intent.at <= now < self.until and today


@dataclass(slots=True)
class _Memory:
    """The answers of this process, by person and client; the one that was used least goes first."""

    answers: OrderedDict[tuple[int, int], _Answer] = field(default_factory=OrderedDict)
    size: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, key: tuple[int, int]) -> _Answer | None:
        with self.lock:
            if key in self.answers:
                self.answers.move_to_end(key)
            return self.answers.get(key)

    def keep(self, key: tuple[int, int], answer: _Answer | None) -> None:
        """Put an answer in place of the last one; None only takes that away."""
        with self.lock:
            last = self.answers.pop(key, None)
            self.size -= last.size if last else 0
            if answer is not None:
                self.answers[key] = answer
                self.size += answer.size
            while self.size > MOST_CHARACTERS:
                _key, oldest = self.answers.popitem(last=False)
                self.size -= oldest.size


_memory = _Memory()


def forget() -> None:
    """Give nothing of before again: another database stands behind this process."""
    with _memory.lock:
        _memory.answers.clear()
        _memory.size = 0


def visas_for(*, person: User, client: Client, now: datetime) -> Minted:
    """The person's visas for a client, as UserInfo gives them; `TooMany` where it asks too often."""
    key, most = (person.pk, client.pk), _most()
    answer = _memory.find(key)
    if answer is not None and answer.holds(now) and _is_as_it_was(answer, person, client, most, now):
        return answer.given
    intended = visas.record_intent(person=person, client=client, host=None, now=now, most=most)
    given = visas.minted(intended, now)
    _memory.keep(key, _kept(intended, given, now))
    return given


def _is_as_it_was(answer: _Answer, person: User, client: Client, most: int, now: datetime) -> bool:
    """Whether a mint would find what the last one found, and every visa stands; where so, it is counted as given once more."""
    found = held.stamps(person, visa_hosts.reach(client, None), now)
    return tuple(found) == answer.stamps and deliveries.given_again(answer.intent, person, most=most, now=now)


def _kept(intended: Intended, given: Minted, now: datetime) -> _Answer | None:
    """The answer to be given again: one from which nothing was withheld, since what withholds may end at any moment."""
    if intended.intent is None or intended.withheld or len(given.visas) < len(intended.planned) or not intended.stamps:
        return None
    grants = [one.row.grant for one in intended.planned if one.row.grant is not None]
    zones = {grant.line.case.committee.time_zone for grant in grants}
    return _Answer(
        intended.intent,
        given,
        intended.stamps,
        frozenset((zone, now.astimezone(ZoneInfo(zone)).date()) for zone in zones),
        now + FOR,
    )


def _most() -> int:
    """How often a program may ask for a person in a minute."""
    [rate] = parse_rates(settings.RATE_LIMITS["userinfo"])
    amount: int = rate.amount
    return amount
