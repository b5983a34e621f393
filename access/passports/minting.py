"""Minting: prepare, lint, record the intent, sign, look once more, deliver.

INVARIANT: no visa is signed whose intent began after the commit of what revoked it, and one that was in
flight then is on the status list. The three steps below are apart so that a test can let something happen
between them.
"""

import logging
import uuid
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypedDict

from django.conf import settings
from django.db import transaction

from access import seals
from access.domain.passport_tokens import MAX_VISAS, passport
from access.domain.signable import LintedVisa, LintRefused, linted_passport, linted_visa
from access.domain.visas import (
    MAX_LIFE,
    Ends,
    HostProfile,
    NotIssuable,
    SigningKeyFacts,
    StatusReference,
    VisaFacts,
    prepare,
)
from access.grants.evaluation import judge_or_set_aside, unjudged
from access.models import Client, Grant, PassportIntent, Visa
from access.passports import deliveries, selectors
from access.passports import held_selectors as reads
from access.passports import host_selectors as visa_hosts
from access.passports.host_selectors import Reach, Withheld
from access.passports.selectors import VisaCandidate, VisaChoice
from access.visas import status_lists
from access.visas.status_lists import ListPlace
from governance import keys
from governance.annotated import With
from governance.domain.errors import TooMany
from governance.domain.events import Kind, Subject
from governance.locks import share_those, shared
from governance.models import DataHost, SigningKey, User
from governance.record import audit

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Planned:
    """A visa that passed its lint and whose intent is recorded; only its signature is missing."""

    row: Visa
    token: LintedVisa


@dataclass(frozen=True, slots=True)
class Intended:
    """One intent: what will be signed, what is withheld, and from what. Without visas there is no row of it."""

    intent: PassportIntent | None
    planned: tuple[Planned, ...]
    withheld: tuple[Withheld, ...]
    stamps: tuple[Hashable, ...] = ()


@dataclass(frozen=True, slots=True)
class Minted:
    """What is delivered: signed visas (the latest end first) and, where one was asked for, the Passport
    around them.
    """

    visas: tuple[str, ...]
    withheld: tuple[Withheld, ...]
    passport_jwt: str = ""
    expires: datetime | None = None


def minted(intended: Intended, now: datetime) -> Minted:
    """The visas of an intent, signed and delivered, as UserInfo gives them."""
    visas = deliver(intended, sign(intended), now=now)
    return Minted(tuple(visas.values()), intended.withheld, expires=_first_end(intended, visas, now))


def mint_passport(*, person: User, client: Client | None, now: datetime, host: DataHost | None = None) -> Minted:
    """A Passport with the person's visas. Its `aud` names the host it was asked for, or the client's own.

    INVARIANT: it names one host at most, since each visa in it would open at every host that it named.
    """
    intended = record_intent(person=person, client=client, host=host, now=now)
    visas = deliver(intended, sign(intended), now=now)
    named = visa_hosts.reach(client, host).host
    expires, signer = _first_end(intended, visas, now), keys.active_signer(SigningKey.Use.TOKEN)
    header, claims = passport(
        issuer=settings.BASE_URL,
        subject=person.subject,
        token_id=str(intended.intent.pk if intended.intent else uuid.uuid4()),
        visas=list(visas.values()),
        now=now,
        expires=expires,
        kid=signer.facts.kid,
        audience=[named.audience] if named and named.passport_aud else [],
    )
    token = linted_passport(header, claims)
    if isinstance(token, LintRefused):
        raise RuntimeError(f"a passport broke its lint: {token.message}")
    return Minted(tuple(visas.values()), intended.withheld, signer.sign(token), expires)


def record_intent(
    *, person: User, client: Client | None, host: DataHost | None, now: datetime, most: int | None = None
) -> Intended:
    """Decide which visas there will be, and record them with their places on the status list before
    anything is signed.

    A grant that is behind its dataset is judged first, in a transaction of its own, and looked at again. `most` is how
    often the client may ask for the person by UserInfo within a minute: one more raises `TooMany`.
    """
    reach = visa_hosts.reach(client, host)
    # Before anything is locked, so that nobody waits at the list while this waits for the person.
    status_lists.take_ahead(MAX_VISAS, now=now)
    judged: set[int] = set()
    for last in (False, False, True):
        found = _intend(person, client, reach, now, judged=judged, last=last, most=most)
        if isinstance(found, Intended):
            return found
        for grant in found:
            judged.add(judge_or_set_aside(grant, now).pk)
    raise AssertionError("the last try decides")


class _AskedBefore(TypedDict):
    asked: int | None


_Asking = With[User, _AskedBefore]


@transaction.atomic
def _intend(
    person: User,
    client: Client | None,
    reach: Reach,
    now: datetime,
    *,
    judged: Collection[int],
    last: bool,
    most: int | None,
) -> Intended | list[Grant]:
    """The intent, or the grants that must be judged before there can be one; at the last try these get no visa.

    The person, the host that is named and the grants are kept as they are until the intent is committed: whoever revokes
    waits for that, and finds it. Other mints keep them too, and wait for nobody.
    """
    counted = User.objects.filter(pk=person.pk).annotate(asked=deliveries.of_last_minute(person, client, now))
    row: _Asking = shared(counted)
    person = row
    if most is not None and (row.asked or 0) >= most:
        raise TooMany("this was asked too often: wait a minute, then try again")
    reach = _kept(reach)
    named = reads.held(person, _kept_as_they_are(person, reach, judged), now)
    behind = unjudged(named, now)
    if behind and not last:
        return behind
    ready = [one for one in named if one.grant not in behind]
    choice = selectors.choose(person=person, grants=ready, at=reach, now=now)
    busy = tuple(Withheld("busy", "the grant is being judged: ask again", grant.number) for grant in behind)
    choice = VisaChoice(choice.candidates, choice.withheld + busy)
    intent = PassportIntent(person=person, client=client, host=reach.host, at=now)
    if most is not None:
        intent.asked, intent.asked_since = 1, now
    return replace(_recorded(intent, choice, now), stamps=tuple(one.stamp for one in named))


def _kept(reach: Reach) -> Reach:
    """The same with the host as it is now, which it stays until the transaction ends."""
    if reach.host is None:
        return reach
    host = shared(DataHost.objects.filter(pk=reach.host.pk))
    return Reach(host, reach.open and host.closed_at is None)


def _kept_as_they_are(person: User, reach: Reach, judged: Collection[int]) -> list[int]:
    """The grants that name the person, locked; with them what judging has just ended, which is told as withheld."""
    naming = reads.naming(person, reach)
    if not judged:
        return share_those(naming)
    wanted = {*naming.values_list("pk", flat=True), *judged}
    return share_those(Grant.objects.filter(pk__in=wanted).order_by("pk"))


def _recorded(intent: PassportIntent, choice: VisaChoice, now: datetime) -> Intended:
    key = keys.active(SigningKey.Use.TOKEN)
    kept, surplus = _most(choice.candidates)
    planned: list[Planned] = []
    withheld = [*choice.withheld, *surplus]
    for candidate, place in zip(kept, status_lists.reserve(len(kept), now=now), strict=True):
        found = _plan(candidate, place, intent, key, now)
        if isinstance(found, Planned):
            planned.append(found)
        else:
            withheld.append(found)
    if not planned:
        return Intended(None, (), tuple(withheld))
    intent.save(force_insert=True)
    Visa.objects.bulk_create([one.row for one in planned])
    _record(intent, planned, now)
    return Intended(intent, tuple(planned), tuple(withheld))


def sign(intended: Intended) -> dict[str, str]:
    """Sign every planned visa, by its `jti`: outside any transaction, since signing takes its time."""
    if not intended.planned:
        return {}
    # All of them were planned for the key that was active then.
    signer = keys.signer(intended.planned[0].token.kid)
    return {one.row.jti: signer.sign(one.token) for one in intended.planned}


@transaction.atomic
def deliver(intended: Intended, signed: dict[str, str], *, now: datetime) -> dict[str, str]:
    """Look once more: what was revoked since the intent, or lost what it rests on, is discarded; the rest may be handed out."""
    if intended.intent is None:
        return {}
    if set(signed) == {one.row.jti for one in intended.planned} and deliveries.delivered(intended.intent, now):
        return signed
    fallen = deliveries.fallen_visas(now).filter(intent=intended.intent)
    standing = set(signed) - set(fallen.values_list("jti", flat=True))
    if standing and selectors.obstacle_of_person(User.objects.get(pk=intended.intent.person_id), now) is not None:
        standing = set()
    delivered = {jti: token for jti, token in signed.items() if jti in standing}
    moment = {"delivered_at": now} if delivered else {"discarded_at": now}
    PassportIntent.objects.filter(pk=intended.intent.pk).update(**moment)
    return delivered


def _plan(
    candidate: VisaCandidate, place: ListPlace, intent: PassportIntent, key: keys.KeyFacts, now: datetime
) -> Planned | Withheld:
    """One visa, prepared and linted, with the row that records it; or why there is none."""
    grant = candidate.grant.number if candidate.grant else ""
    at = candidate.host or intent.host
    host, typ = at.slug if at else "", candidate.typ or (at.visa_typ if at else None)
    plan = prepare(
        _facts(candidate, place, intent.person, key),
        profile=HostProfile(typ=typ) if typ else HostProfile(),
        key=SigningKeyFacts(kid=key.kid, alg=key.alg, jku=f"{settings.BASE_URL}.well-known/jwks.json"),
        now=now,
    )
    if isinstance(plan, NotIssuable):
        return Withheld(plan.obstacle.value, plan.message, grant, host)
    token, kind = linted_visa(plan.header, plan.claims), candidate.assertion.type.value
    if isinstance(token, LintRefused):
        logger.error("a %s visa of %s broke its lint: %s", kind, grant or "no grant", token.message)
        return Withheld("lint", "the visa would break the rules for visas: tell the operators", grant, host)
    row = Visa(
        intent=intent,
        grant=candidate.grant,
        # What is for every host alike ends with the right of any of them.
        host=candidate.host if candidate.grant else at,
        type=kind,
        jti=plan.claims["jti"],
        kid=key.kid,
        position=candidate.position,
        status_list_id=place.list_id,
        index=place.index,
        exp=datetime.fromtimestamp(plan.claims["exp"], UTC),
    )
    return Planned(row, token)


def _facts(candidate: VisaCandidate, place: ListPlace, person: User, key: keys.KeyFacts) -> VisaFacts:
    """What the visa is made from, with every moment that ends it."""
    return VisaFacts(
        issuer=settings.BASE_URL,
        subject=person.subject,
        token_id=str(uuid.uuid4()),
        assertion=candidate.assertion,
        ends=Ends(
            signing_key=key.ends,
            grant=candidate.grant_end,
            ethics=candidate.ethics_end,
            affiliation=candidate.affiliation_end,
        ),
        status=StatusReference(place.index, place.uri),
        cohort=candidate.cohort,
    )


def _most(candidates: Sequence[VisaCandidate]) -> tuple[list[VisaCandidate], list[Withheld]]:
    """At most 200: what says who the person is, then grants by latest end; the rest is withheld with a
    warning.
    """
    general = [one for one in candidates if one.grant is None][:MAX_VISAS]
    granted = [one for one in candidates if one.grant is not None]
    room = MAX_VISAS - len(general)
    surplus = [
        Withheld(
            "too_many",
            f"there is room for {MAX_VISAS} visas: ask for one host's",
            one.grant.number,
            one.host.slug if one.host else "",
        )
        for one in granted[room:]
        if one.grant is not None
    ]
    return [*granted[:room], *general], surplus


def _record(intent: PassportIntent, planned: Sequence[Planned], now: datetime) -> None:
    """One audit event for the whole passport, with a root over its rows."""
    audit.record(
        Kind.VISAS_INTENDED,
        by=intent.person,
        about=Subject("passport", str(intent.pk)),
        now=now,
        detail={
            "client": intent.client.client_id if intent.client else "",
            "host": intent.host.slug if intent.host else "",
            "grants": sorted({one.row.grant_id for one in planned if one.row.grant_id}),
            "visas": len(planned),
            "root": seals.of_visas(one.row for one in planned),
        },
    )


def _first_end(intended: Intended, delivered: dict[str, str], now: datetime) -> datetime:
    """When the first delivered visa ends: the answer around them ends then too, since some hosts drop it
    whole.
    """
    ends = [one.row.exp for one in intended.planned if one.row.jti in delivered]
    return min(ends, default=now + MAX_LIFE)
