"""Token Status Lists: giving out indexes, and the signed list that says which visas still stand."""

import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from access.domain.status_list import STATUS_LIST_TYPE, index_for, pack, status_claims
from access.domain.visas import MAX_LIFE
from access.models import StatusList, Visa
from governance import keys
from governance.domain.errors import NotThere

TTL = 60
# A list is signed anew at least this often, so that what a host fetches is fresh; it may be relied on a little longer.
SIGNED_ANEW_AFTER = timedelta(seconds=30)
RELIABLE_FOR = timedelta(seconds=TTL * 3)
# How many places a process takes ahead, and for how long it gives them: the list stands until the last visa on it has ended.
AHEAD = 256
AHEAD_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ListPlace:
    """The place of one visa: its list, and its index there."""

    list_id: int
    number: int
    index: int

    @property
    def uri(self) -> str:
        """Where the list is served."""
        return f"{settings.BASE_URL}status/{self.number}"


@dataclass(frozen=True, slots=True)
class _Built:
    key: tuple[int, str]
    signed_at: datetime
    token: str


_built: dict[int, _Built] = {}


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Block:
    """Places that this process has taken ahead, so that minting does not wait for other processes at the list's row."""

    places: list[ListPlace] = field(default_factory=list)
    taken: datetime = _LONG_AGO


_ahead = _Block()
_giving = threading.Lock()


def reserve(count: int, *, now: datetime) -> list[ListPlace]:
    """Give out places that were never given before and that nobody can guess.

    From the block that this process took ahead; where that has not as many, exactly these are taken, and taken back with the
    transaction around it.
    """
    with _giving:
        if timedelta() <= now - _ahead.taken < AHEAD_FOR and len(_ahead.places) >= count:
            given, _ahead.places = _ahead.places[:count], _ahead.places[count:]
            return given
    return _take(count, now) if count else []


def take_ahead(count: int, *, now: datetime) -> None:
    """See that this process has so many places to give, so that minting waits for no other process at the list's row.

    What is left of them when they grow old, or when the process ends, is never given. Inside a transaction nothing is taken
    ahead: it would be taken back with it, and be given nevertheless.
    """
    if connection.in_atomic_block:
        return
    with _giving:
        if not timedelta() <= now - _ahead.taken < AHEAD_FOR:
            _ahead.places, _ahead.taken = [], now
        if len(_ahead.places) < count:
            _ahead.places += _take(max(count, AHEAD), now)


def forget() -> None:
    """Give nothing more of the block: another database stands behind it."""
    with _giving:
        _ahead.places = []


@transaction.atomic
def _take(count: int, now: datetime) -> list[ListPlace]:
    """The next places, under the lock of the list; a full list is followed by a new one."""
    places: list[ListPlace] = []
    current = _locked(_newest_number(), now)
    while len(places) < count:
        taken = min(count - len(places), current.size - current.counter)
        key = keys.unwrap(current.permutation_key_encrypted)
        places += [
            ListPlace(current.pk, current.number, index_for(current.counter + step, key, current.size))
            for step in range(taken)
        ]
        current.counter += taken
        current.last_exp = max(current.last_exp or now, now + MAX_LIFE + AHEAD_FOR)
        current.save(update_fields=["counter", "last_exp"])
        if len(places) < count:
            current = _locked(current.number + 1, now)
    return places


def signed_list(number: int) -> str:
    """The signed status list of that number; `NotThere` once its last visa has ended.

    Whoever revokes a visa gives its list's row one more revision, so that a signed list is kept only while that stands; which
    visas are revoked is read when it is signed anew.
    """
    row = StatusList.objects.filter(number=number).first()
    now = timezone.now()
    if row is None or row.last_exp is None or row.last_exp < now:
        raise NotThere("there is no such status list")
    revoked = Visa.objects.filter(status_list=row, revoked_at__isnull=False)
    key = (row.revision, keys.active(keys.Use.STATUS).kid)
    built = _built.get(number)
    # A list is not older than allowed, nor of a time to come: the clock may have been set back.
    fresh = built is not None and timedelta(0) <= now - built.signed_at <= SIGNED_ANEW_AFTER
    if built is None or built.key != key or not fresh:
        claims = status_claims(
            uri=f"{settings.BASE_URL}status/{number}",
            packed=pack(revoked.values_list("index", flat=True), row.size),
            issued=int(now.timestamp()),
            expires=int((now + RELIABLE_FOR).timestamp()),
            ttl=TTL,
        )
        claims = {"iss": settings.BASE_URL, **claims}
        built = _Built(key, now, keys.sign(claims, typ=STATUS_LIST_TYPE, use=keys.Use.STATUS))
        _built[number] = built
    return built.token


def _newest_number() -> int:
    return StatusList.objects.order_by("-number").values_list("number", flat=True).first() or 1


def _locked(number: int, now: datetime) -> StatusList:
    """The list of that number, made where it is not there yet, locked until the transaction ends."""
    StatusList.objects.get_or_create(
        number=number,
        defaults={"permutation_key_encrypted": keys.wrap(secrets.token_bytes(32)), "opened_at": now},
    )
    return StatusList.objects.select_for_update(no_key=True).get(number=number)
