"""What a Passport costs: UserInfo for a portal, with visas minted and given again, and the status list."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.core.cache import cache
from django.utils import timezone

from access.models import PassportIntent, StatusList, Visa
from benchmarks import _http
from benchmarks._figures import figure, moved
from benchmarks._floors import empty_view, same_writes, signatures
from benchmarks._measuring import Call
from benchmarks._worlds import Researcher, researcher
from governance import keys

HOUR = timedelta(hours=1)

TEN, HUNDRED = researcher(10, 25), researcher(100, 115)


def _nothing() -> None:
    """At commits that give nothing again there is nothing to forget."""


try:
    forget = moved("access.passports.given_again", "access.services.given_again").forget
except ModuleNotFoundError:
    forget = _nothing


def _minted(world: Researcher) -> Iterator[Call]:
    while True:
        forget()
        cache.clear()
        yield world.userinfo


def _visas(world: Researcher) -> int:
    return len(json.loads(world.userinfo())["ga4gh_passport_v1"])


@figure(
    "UserInfo, 10 grants and 25 visas, RS256",
    world=TEN,
    ms=40,
    queries=14,
    floors=(same_writes, signatures(25), empty_view),
)
def userinfo(world: Researcher) -> Iterator[Call]:
    """A portal asks for the first time in a while."""
    if _visas(world) != 25:
        raise RuntimeError(f"the world has {_visas(world)} visas, not 25")
    yield from _minted(world)


@figure("the same again within five minutes", world=TEN, ms=6, queries=4, floors=(empty_view,))
def userinfo_again(world: Researcher) -> Iterator[Call]:
    """A portal asks at each of its requests."""
    world.userinfo()
    while True:
        cache.clear()
        yield world.userinfo


@figure("UserInfo, 100 grants and 115 visas", world=HUNDRED, queries=14, floors=(same_writes, signatures(115)), times=3)
def userinfo_hundred(world: Researcher) -> Iterator[Call]:
    """As many statements as for one grant."""
    yield from _minted(world)


@dataclass
class Listed:
    """A status list with many revoked visas."""

    number: int

    def asked(self) -> bytes:
        return _http.get(f"/status/{self.number}")


def listed(size: str) -> Listed:
    """A list on which a hundred thousand visas (of the small size a thousand) are revoked."""
    moved("tests.governance.key_builders").standing_keys()
    now = timezone.now()
    person = moved("tests.access.builders").person("ada")
    key = keys.wrap(b"0" * 32)
    row = StatusList.objects.create(number=1, permutation_key_encrypted=key, opened_at=now, last_exp=now + HOUR)
    intent = PassportIntent.objects.create(person=person, at=now)
    many = 100_000 if size == "full" else 1_000
    common = {"intent": intent, "type": "AffiliationAndRole", "kid": "k", "status_list": row, "exp": now + HOUR}
    visas = (Visa(jti=f"{place}", index=place, revoked_at=now, **common) for place in range(many))
    Visa.objects.bulk_create(visas, batch_size=5_000)
    return Listed(row.number)


@figure("status list asked for, unchanged", world=listed, floors=(empty_view,))
def status_list(world: Listed) -> Iterator[Call]:
    """What hosts ask for each minute."""
    while True:
        yield world.asked
