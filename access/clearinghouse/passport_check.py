"""A whole Passport, or a list of visas with a known holder: which visas count together."""

from collections.abc import Sequence

from access.clearinghouse import claims as strict
from access.clearinghouse.config import Role, TrustedIssuer
from access.clearinghouse.evidence import Evidence
from access.clearinghouse.jws import ParsedToken, decode_segment, parse, verify_signature
from access.clearinghouse.linking import linked_identities
from access.clearinghouse.reasons import Reason, Refused
from access.clearinghouse.results import (
    AcceptedVisa,
    Identity,
    RefusedVisa,
    VerifiedPassport,
    VerifiedVisa,
    VisaSet,
)
from access.clearinghouse.strict_json import read_object
from access.clearinghouse.visa_check import check_visa
from access.domain.token_kinds import PASSPORT_CLAIM, VISA_CLAIM, TokenKind, why_not
from access.domain.visa_conditions import Clause, matches_clause


def check_passport(token: object, evidence: Evidence, *, audience: str | None, now: int) -> VerifiedPassport | Refused:
    """Verify a Passport and every visa in it.

    A Passport that fails refuses the request (PC-12); a visa that fails is left out, and the others stand.

    `audience` is the name under which this request reached the host; without it any name of the configuration
    does.
    """
    config = evidence.config
    parsed = parse(token, max_characters=config.limits.passport_characters)
    if isinstance(parsed, Refused):
        return parsed
    wrong_kind = why_not(TokenKind.PASSPORT, parsed.header, parsed.claims)
    if wrong_kind:
        return Refused(Reason.TYPE_WRONG, wrong_kind)
    iss, sub = strict.text(parsed.claims, "iss"), strict.text(parsed.claims, "sub")
    if isinstance(iss, Refused):
        return iss
    if isinstance(sub, Refused):
        return sub
    issuer = evidence.trusted(iss, Role.BROKER)
    if issuer is None:
        return Refused(Reason.ISSUER_UNTRUSTED, f"{iss!r:.80}")
    key = evidence.issuer_key(issuer, parsed, now=now)
    fault = key if isinstance(key, Refused) else verify_signature(parsed, key)
    return fault or _verified(parsed, issuer, (sub, iss), evidence, audience=audience, now=now)


def _verified(
    parsed: ParsedToken,
    issuer: TrustedIssuer,
    holder: Identity,
    evidence: Evidence,
    *,
    audience: str | None,
    now: int,
) -> VerifiedPassport | Refused:
    limits = evidence.config.limits
    times = strict.times(parsed.claims, now=now, leeway=limits.leeway, max_life=issuer.max_life)
    if isinstance(times, Refused):
        return times
    named = strict.audience(parsed.claims)
    if isinstance(named, Refused):
        return named
    fault = _audience_fault(named, audience, evidence)
    if fault:
        return fault
    token_id = strict.optional_text(parsed.claims, "jti")
    if isinstance(token_id, Refused):
        return token_id
    tokens = parsed.claims[PASSPORT_CLAIM]
    if not isinstance(tokens, list) or not all(isinstance(visa, str) for visa in tokens):
        return Refused(Reason.VISA_LIST_MALFORMED)
    if len(tokens) > limits.visas:
        return Refused(Reason.TOO_MANY_VISAS, f"{len(tokens)}, at most {limits.visas}")
    visas = check_visas(tokens, holder, evidence, now=now, broker=issuer)
    return VerifiedPassport(
        issuer=issuer.iss,
        subject=holder[0],
        audience=named,
        issued_at=times.issued_at,
        expires_at=times.expires_at,
        token_id=token_id,
        visas=visas,
    )


def _audience_fault(named: Sequence[str], audience: str | None, evidence: Evidence) -> Refused | None:
    """A Passport for nobody in particular, or for another host, could be replayed here by that host's operator."""
    wanted = frozenset({audience}) if audience is not None else evidence.config.audiences
    if not named:
        return Refused(Reason.AUDIENCE_MISSING) if evidence.config.audience_required else None
    return None if wanted & set(named) else Refused(Reason.AUDIENCE_WRONG)


def check_visas(
    tokens: Sequence[object],
    holder: Identity,
    evidence: Evidence,
    *,
    now: int,
    broker: TrustedIssuer | None = None,
) -> VisaSet:
    """Sort the visas of one holder into those that count and those that do not, each with its reason.

    First every visa alone, then whose it is (PC-15), then its conditions (PC-19 to PC-22).
    """
    refused: list[RefusedVisa] = []
    verified: list[tuple[int, VerifiedVisa]] = []
    for position, token in enumerate(tokens):
        visa = check_visa(token, evidence, now=now)
        if isinstance(visa, Refused):
            refused.append(RefusedVisa(position, visa, _claimed_value(token)))
        else:
            verified.append((position, visa))
    same = {(holder[0], iss) for iss in broker.same_subjects_as} if broker else set()
    identities = linked_identities(holder, [visa for _, visa in verified], same=same)
    own = [(position, visa) for position, visa in verified if visa.identity in identities]
    refused += [
        RefusedVisa(position, Refused(Reason.IDENTITY_NOT_LINKED), visa.value)
        for position, visa in verified
        if visa.identity not in identities
    ]
    free = [AcceptedVisa(visa, identities[visa.identity]) for _, visa in own if not visa.conditions]
    accepted: list[tuple[int, AcceptedVisa]] = []
    for position, visa in own:
        support = condition_support(visa, free)
        if support is None:
            refused.append(RefusedVisa(position, Refused(Reason.CONDITIONS_NOT_MET), visa.value))
        else:
            accepted.append((position, AcceptedVisa(visa, _distinct(identities[visa.identity] + support))))
    refused.sort(key=lambda item: item.position)
    return VisaSet(holder, tuple(visa for _, visa in accepted), tuple(refused))


def condition_support(visa: VerifiedVisa, candidates: Sequence[AcceptedVisa]) -> tuple[VerifiedVisa, ...] | None:
    """Return the visas that meet the conditions, () where there are none, or None when nothing meets them.

    An alternative is met when each of its clauses matches one visa object in full (PC-21); candidates carry
    no conditions themselves. Of several ways the one that lasts longest is taken.
    """
    if not visa.conditions:
        return ()
    ways = [way for way in (_meet_all(clauses, candidates) for clauses in visa.conditions) if way is not None]
    return max(ways, key=_smallest_expiry, default=None)


def _meet_all(clauses: Sequence[Clause], candidates: Sequence[AcceptedVisa]) -> tuple[VerifiedVisa, ...] | None:
    used: tuple[VerifiedVisa, ...] = ()
    for clause in clauses:
        matching = [item for item in candidates if matches_clause(item.visa.visa_object, clause)]
        best = max(matching, key=lambda item: item.expires_at, default=None)
        if best is None:
            return None
        used += (best.visa, *best.support)
    return used


def _smallest_expiry(visas: Sequence[VerifiedVisa]) -> int:
    return min(visa.expires_at for visa in visas)


def _distinct(visas: Sequence[VerifiedVisa]) -> tuple[VerifiedVisa, ...]:
    return tuple(visa for place, visa in enumerate(visas) if visa not in visas[:place])


def _claimed_value(token: object) -> str | None:
    """Return the value that a refused visa claims, so that a refusal can name the reason for the very dataset."""
    payload = token.split(".")[1] if isinstance(token, str) and token.count(".") == 2 and len(token) < 20_000 else ""
    claims = read_object(decode_segment(payload) or b"")
    visa = claims.get(VISA_CLAIM) if isinstance(claims, dict) else None
    value = visa.get("value") if isinstance(visa, dict) else None
    return value if isinstance(value, str) and len(value) <= 255 else None
