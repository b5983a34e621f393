"""The device flow (RFC 8628): a program without a browser shows a code, which a person types in and answers."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from oauth2_provider.models import DeviceGrant
from oauthlib.oauth2.rfc8628 import grant_types

from access.models import Client
from governance.domain.errors import NotThere
from governance.models import User

Answers: Any = grant_types.DeviceCodeGrant  # its published types lack the answers
LIVES_FOR = timedelta(minutes=10)
INTERVAL = timedelta(seconds=5)
# No vowels, so that no word comes out; nothing that is read as something else. Eight signs are 34 bits for ten minutes.
SIGNS, LENGTH = "BCDFGHJKLMNPQRSTVWXZ", 8


@dataclass(frozen=True, slots=True)
class Started:
    """What the program gets: its own secret code, and the one for the person, in two groups of four."""

    device_code: str
    user_code: str
    expires_in: int = int(LIVES_FOR.total_seconds())
    interval: int = int(INTERVAL.total_seconds())


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll finds: a status of RFC 8628 (None for an unknown code), and the person and scopes of a yes."""

    status: str | None
    person: User | None = None
    scopes: tuple[str, ...] = ()


@transaction.atomic
def start(*, client: Client, scopes: Sequence[str], now: datetime) -> Started:
    """Begin: both codes are random; the program's is kept as a hash only."""
    device_code = secrets.token_urlsafe(32)
    user_code = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
    DeviceGrant.objects.filter(expires__lte=now).delete()
    row = DeviceGrant.objects.create(
        client_id=client.client_id,
        device_code=_sha256(device_code),
        user_code=user_code,
        scope=" ".join(scopes),
        interval=int(INTERVAL.total_seconds()),
        expires=now + LIVES_FOR,
    )
    # The wait runs between polls (RFC 8628 section 3.5): the first may come at once.
    DeviceGrant.objects.filter(pk=row.pk).update(last_checked=now - INTERVAL)
    return Started(device_code, f"{user_code[:4]}-{user_code[4:]}")


def waiting(*, user_code: str, now: datetime) -> tuple[Client, list[str]]:
    """The client and the scopes behind a code that waits for an answer; `NotThere` for any other code."""
    row = _waiting(user_code, now)
    return Client.objects.get(client_id=row.client_id), row.scope.split()


@transaction.atomic
def answer(*, user_code: str, allow: bool, scopes: Sequence[str], by: User, now: datetime) -> None:
    """The person's answer: yes to these of the scopes that were asked for, or no. A code is answered once."""
    row = _waiting(user_code, now, lock=True)
    row.user = by
    row.scope = " ".join(scope for scope in row.scope.split() if scope in scopes)
    row.status = DeviceGrant.AUTHORIZED if allow else DeviceGrant.DENIED
    row.save(update_fields=["user", "scope", "status"])


@transaction.atomic
def poll(*, client: Client, device_code: str, now: datetime) -> Polled:
    """What became of it. A yes is given once: the row is locked, then gone. Polling too fast doubles the wait."""
    row = (
        DeviceGrant.objects.select_for_update(no_key=True)
        .filter(device_code=_sha256(device_code), client_id=client.client_id)
        .first()
    )
    if row is None:
        return Polled(None)
    if row.expires <= now:
        row.delete()
        return Polled(Answers.DEVICE_CODE_EXPIRED)
    if row.status == DeviceGrant.AUTHORIZATION_PENDING:
        too_fast = now - row.last_checked < timedelta(seconds=row.interval)
        row.interval += int(INTERVAL.total_seconds()) if too_fast else 0
        row.save(update_fields=["interval", "last_checked"])
        status = Answers.DEVICE_CODE_SLOW_DOWN if too_fast else Answers.DEVICE_CODE_PENDING
        return Polled(status)
    row.delete()
    if row.status != DeviceGrant.AUTHORIZED or row.user is None or not row.user.is_active:
        return Polled(Answers.DEVICE_CODE_DENIED)
    return Polled(Answers.DEVICE_CODE_AUTHORIZED, row.user, tuple(row.scope.split()))


def _waiting(user_code: str, now: datetime, *, lock: bool = False) -> DeviceGrant:
    rows = DeviceGrant.objects.select_for_update(no_key=True) if lock else DeviceGrant.objects.all()
    plain = "".join(sign for sign in user_code.upper() if sign in SIGNS)
    row = rows.filter(user_code=plain, status=DeviceGrant.AUTHORIZATION_PENDING, expires__gt=now).first()
    if row is None or not Client.objects.get(client_id=row.client_id).is_usable(None):
        raise NotThere("no program waits with this code")
    return row


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
