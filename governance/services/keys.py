"""The life of signing keys: next, active, retired, revoked.

A key is published as `next` before it signs anything, so that a host's copy of the key document knows it by
then; a retired key stays published until the last token it signed has ended. Revocation is one step for
everything.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from governance import keys
from governance.domain.errors import Conflict, NotThere
from governance.domain.events import Kind, Subject
from governance.duo.canonical_json import canonical_text, digest
from governance.files import services as files
from governance.models import SigningKey
from governance.record import audit
from governance.record.actors import By

Use, State = SigningKey.Use, SigningKey.State

SIGNS_FOR = timedelta(days=90)
# Twice the max-age of the key document: by then no host holds a copy without the key.
PUBLISHED_BEFORE = timedelta(minutes=10)
# The longest token lives one hour; clocks and forgotten rotations get a week.
KEPT_FOR = timedelta(days=7)
# After this no planned token is still waiting for its signature, and the private half is destroyed.
PRIVATE_KEPT_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did for one use: the keys it made, activated and retired, or why it did nothing."""

    use: str
    made: str = ""
    activated: str = ""
    retired: str = ""
    waits: str = ""


@transaction.atomic
def ensure(*, by: By, now: datetime) -> list[Rotation]:
    """Make sure that every use has an active and a next key. Doing it twice changes nothing."""
    return [done for use in Use.values if (done := _complete(use, by=by, now=now)) is not None]


@transaction.atomic
def rotate(*, use: str, by: By, now: datetime) -> Rotation:
    """Let the next key of a use take over now, unless a host may still hold a key document without it."""
    completed = _complete(use, by=by, now=now)
    if completed is not None and completed.activated:
        return completed
    old, new = _locked(use, State.ACTIVE), _locked(use, State.NEXT)
    assert old is not None, "made sure of above"
    assert new is not None, "made sure of above"
    usable = new.created_at + PUBLISHED_BEFORE
    if now < usable and new.created_at > old.created_at:
        return Rotation(use, waits=f"{new.kid} is too young: rotate again after {usable:%H:%M:%S} UTC")
    _retire(old, by=by, now=now)
    _activate(new, by=by, now=now)
    made = _make(use, by=by, now=now)
    return Rotation(use, made=made.kid, activated=new.kid, retired=old.kid)


def rotate_due(*, by: By, now: datetime) -> list[Rotation]:
    """What the schedule asks for: rotate what has signed long enough, destroy what is not needed. Run it daily."""
    done = ensure(by=by, now=now)
    due = SigningKey.objects.filter(state=State.ACTIVE, activated_at__lte=now - SIGNS_FOR).values_list("use", flat=True)
    done += [rotate(use=use, by=by, now=now) for use in due]
    SigningKey.objects.filter(state=State.RETIRED, retired_at__lte=now - PRIVATE_KEPT_FOR).exclude(
        private_encrypted=""
    ).update(private_encrypted="")
    return done


@transaction.atomic
def revoke(*, kid: str, by: By, now: datetime) -> Rotation:
    """Emergency: the key leaves every key document at once and its successor signs from now on.

    Everything that it signed is refused from this commit on; the announced event puts its visas on the
    status lists.
    """
    key = SigningKey.objects.select_for_update(no_key=True).filter(kid=kid).first()
    if key is None:
        raise NotThere(f"there is no key {kid}: `manage.py rotate_keys --list` names them all")
    if key.state == State.REVOKED:
        raise Conflict(f"the key {kid} is revoked already")
    was_active = key.state == State.ACTIVE
    key.state, key.revoked_at, key.published_until, key.private_encrypted = State.REVOKED, now, now, ""
    key.save(update_fields=["state", "revoked_at", "published_until", "private_encrypted"])
    keys.forget_parsed()
    audit.record(
        Kind.KEY_REVOKED,
        by=by,
        about=Subject("key", kid),
        now=now,
        detail={"kid": kid, "use": key.use, "active": was_active},
    )
    completed = _complete(key.use, by=by, now=now) or Rotation(key.use)
    return Rotation(key.use, made=completed.made, activated=completed.activated, retired=kid)


@transaction.atomic
def rewrap(*, by: By, now: datetime) -> int:
    """Encrypt every private half and every key of a file again under the first wrapping key: an old one can be taken away."""
    rows = list(SigningKey.objects.select_for_update(no_key=True).exclude(private_encrypted=""))
    for row in rows:
        row.private_encrypted = keys.rewrap(row.private_encrypted)
        row.save(update_fields=["private_encrypted"])
    wrapped = len(rows) + files.rewrap()
    audit.record(Kind.KEYS_REWRAPPED, by=by, about=Subject("keys", "all"), now=now, detail={"keys": wrapped})
    return wrapped


def _complete(use: str, *, by: By, now: datetime) -> Rotation | None:
    """Fill the places of active and next; None when both are taken."""
    active, following = _locked(use, State.ACTIVE), _locked(use, State.NEXT)
    if active is not None and following is not None:
        return None
    activated = ""
    if active is None:
        successor = following or _make(use, by=by, now=now)
        _activate(successor, by=by, now=now)
        activated, following = successor.kid, None
    made = _make(use, by=by, now=now) if following is None else following
    return Rotation(use, made=made.kid, activated=activated)


def _locked(use: str, state: str) -> SigningKey | None:
    return SigningKey.objects.select_for_update(no_key=True).filter(use=use, state=state).first()


def _make(use: str, *, by: By, now: datetime) -> SigningKey:
    kid = f"{use}-{now:%Y%m}-{secrets.token_hex(6)}"
    alg = keys.ALGORITHMS[Use(use)]
    public, private = keys.new_pair(kid, alg)
    key = SigningKey.objects.create(
        kid=kid, use=use, alg=alg, public_jwk=public, private_encrypted=private, created_at=now
    )
    detail = {"use": use, "alg": key.alg, "public": digest(canonical_text(public))}
    audit.record(Kind.KEY_CREATED, by=by, about=Subject("key", kid), now=now, detail=detail)
    return key


def _activate(key: SigningKey, *, by: By, now: datetime) -> None:
    key.state, key.activated_at, key.published_until = State.ACTIVE, now, now + SIGNS_FOR + KEPT_FOR
    key.save(update_fields=["state", "activated_at", "published_until"])
    audit.record(Kind.KEY_ACTIVATED, by=by, about=Subject("key", key.kid), now=now, detail={"use": key.use})


def _retire(key: SigningKey, *, by: By, now: datetime) -> None:
    key.state, key.retired_at, key.published_until = State.RETIRED, now, now + KEPT_FOR
    key.save(update_fields=["state", "retired_at", "published_until"])
    audit.record(Kind.KEY_RETIRED, by=by, about=Subject("key", key.kid), now=now, detail={"use": key.use})
