"""One visa: everything about it that can be judged without looking at other visas."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from access.clearinghouse import claims as strict
from access.clearinghouse.config import Role, StatusPolicy, TrustedIssuer
from access.clearinghouse.evidence import Evidence
from access.clearinghouse.jws import ParsedToken, parse, verify_signature
from access.clearinghouse.linking import read_identities
from access.clearinghouse.reasons import Reason, Refused
from access.clearinghouse.results import CohortReference, VerifiedVisa
from access.clearinghouse.status import read_reference
from access.domain.token_kinds import VISA_CLAIM, TokenKind, why_not
from access.domain.visa_conditions import form_fault
from access.domain.visas import By, VisaFormat, VisaType

MAX_URL_CHARACTERS = 255
MAX_TEXT_CHARACTERS = 8192
# A visa access token older than this needs polling (PC-9), which this clearinghouse does not do (so PC-10 and
# PC-11 hold for it: it never polls).
MAX_VISA_TOKEN_AGE = 3600
_AUTHORITIES = frozenset(level.value for level in By)
_URL_TYPES = frozenset(
    {VisaType.ACCEPTED_TERMS.value, VisaType.RESEARCHER_STATUS.value, VisaType.CONTROLLED_ACCESS.value}
)
_KINDS = {VisaFormat.DOCUMENT: TokenKind.VISA_DOCUMENT, VisaFormat.ACCESS_TOKEN: TokenKind.VISA_ACCESS_TOKEN}
_COHORT = re.compile(r"([A-Za-z0-9_-]{1,64})\?at=(0|[1-9][0-9]{0,17})")


def check_visa(token: object, evidence: Evidence, *, now: int) -> VerifiedVisa | Refused:
    """Verify one visa: shape, kind, issuer, key, signature, times, object, source and status, in this order.

    MUST enforced here: PC-5 (all JWT checks), PC-7 and PC-8 (only allow-listed key documents), PC-9, PC-14
    (source and issuer trusted), PC-16, PC-17, PC-18, PC-20 (form of conditions), PC-23, PC-24, PC-29. The
    conditions themselves need the other visas: see `passport_check`.
    """
    parsed = parse(token, max_characters=evidence.config.limits.visa_characters)
    if isinstance(parsed, Refused):
        return parsed
    iss, sub = strict.text(parsed.claims, "iss"), strict.text(parsed.claims, "sub")
    kind = _format(parsed)
    for value in (kind, iss, sub):
        if isinstance(value, Refused):
            return value
    issuer = evidence.trusted(iss, Role.VISA_ISSUER)
    if issuer is None:
        return Refused(Reason.ISSUER_UNTRUSTED, f"{iss!r:.80}")
    if kind not in issuer.formats:
        return Refused(Reason.TYPE_WRONG, "the issuer is not trusted for visas of this format")
    key = evidence.visa_key(issuer, parsed, now=now)
    fault = key if isinstance(key, Refused) else verify_signature(parsed, key)
    if fault:
        return fault
    visa = _verified(parsed, issuer, VisaFormat(kind), evidence, now=now)
    if isinstance(visa, Refused):
        return visa
    return _status_fault(parsed, issuer, evidence, now=now) or visa


def _format(parsed: ParsedToken) -> VisaFormat | Refused:
    reasons = [why_not(kind, parsed.header, parsed.claims) for kind in _KINDS.values()]
    for visa_format, reason in zip(_KINDS, reasons, strict=True):
        if reason is None:
            return visa_format
    return Refused(Reason.TYPE_WRONG, reasons[0] or "")


def _verified(
    parsed: ParsedToken, issuer: TrustedIssuer, visa_format: VisaFormat, evidence: Evidence, *, now: int
) -> VerifiedVisa | Refused:
    leeway = evidence.config.limits.leeway
    times = strict.times(parsed.claims, now=now, leeway=leeway, max_life=issuer.max_life)
    if isinstance(times, Refused):
        return times
    if visa_format is VisaFormat.ACCESS_TOKEN and now - times.issued_at > MAX_VISA_TOKEN_AGE:
        return Refused(Reason.VISA_TOKEN_TOO_OLD)
    if "aud" in parsed.claims:
        return Refused(Reason.VISA_HAS_AUDIENCE)
    token_id = strict.optional_text(parsed.claims, "jti")
    cohort = _cohort(parsed.claims, issuer)
    visa = parsed.claims[VISA_CLAIM]
    fault = _object_fault(visa) or _trust_fault(visa, issuer)
    for value in (token_id, cohort, fault):
        if isinstance(value, Refused):
            return value
    if visa["asserted"] > now + leeway:
        return Refused(Reason.ASSERTED_IN_FUTURE)
    if visa["asserted"] > times.issued_at:
        return Refused(Reason.ASSERTED_AFTER_ISSUE)
    unfit = _cohort_fault(visa, limited=cohort is not None, issuer=issuer, evidence=evidence)
    if unfit:
        return unfit
    return VerifiedVisa(
        issuer=issuer.iss,
        subject=parsed.claims["sub"],
        format=visa_format,
        type=visa["type"],
        value=visa["value"],
        source=visa["source"],
        by=visa.get("by"),
        asserted=visa["asserted"],
        issued_at=times.issued_at,
        expires_at=times.expires_at,
        token_id=token_id if isinstance(token_id, str) else None,
        cohort=cohort if isinstance(cohort, CohortReference) else None,
        conditions=visa.get("conditions", []),
        visa_object=visa,
    )


def _object_fault(visa: object) -> Refused | None:
    """Check the visa object's form; members that are not known are ignored (PC-16)."""
    if not isinstance(visa, dict):
        return Refused(Reason.VISA_OBJECT_MALFORMED, "not an object")
    for name in ("type", "value", "source"):
        if isinstance(strict.text(visa, name, longest=MAX_TEXT_CHARACTERS), Refused):
            return Refused(Reason.VISA_OBJECT_MALFORMED, name)
    if isinstance(strict.moment(visa, "asserted"), Refused):
        return Refused(Reason.VISA_OBJECT_MALFORMED, "asserted")
    if "by" in visa and (not isinstance(visa["by"], str) or visa["by"] not in _AUTHORITIES):
        return Refused(Reason.VISA_OBJECT_MALFORMED, "by")
    if len(visa["source"]) > MAX_URL_CHARACTERS:
        return Refused(Reason.URL_CLAIM_TOO_LONG, "source")
    if visa["type"] in _URL_TYPES and len(visa["value"]) > MAX_URL_CHARACTERS:
        return Refused(Reason.URL_CLAIM_TOO_LONG, "value")
    fault = form_fault(visa["conditions"]) if "conditions" in visa else None
    if fault:
        return Refused(Reason.CONDITIONS_MALFORMED, fault)
    return _value_fault(visa["type"], visa["value"])


def _value_fault(visa_type: str, value: str) -> Refused | None:
    """Check the types whose value is taken apart; all others are opaque strings (PC-17, PC-18)."""
    readers: Mapping[str, Callable[[str], object]] = {
        VisaType.AFFILIATION_AND_ROLE.value: split_affiliation,
        VisaType.LINKED_IDENTITIES.value: read_identities,
    }
    reader = readers.get(visa_type)
    return Refused(Reason.VALUE_MALFORMED) if reader and reader(value) is None else None


def split_affiliation(value: str) -> tuple[str, str] | None:
    """Split an affiliation at its first `@` into role and organisation; None means deny (PC-17)."""
    role, at, organisation = value.partition("@")
    return (role, organisation) if at and role and organisation else None


def _trust_fault(visa: Mapping[str, Any], issuer: TrustedIssuer) -> Refused | None:
    visa_type, by = visa["type"], visa.get("by")
    if visa_type not in {kind.value for kind in VisaType}:
        return Refused(Reason.VISA_TYPE_UNSUPPORTED, f"{visa_type!r:.60}")
    if visa_type not in issuer.types:
        return Refused(Reason.VISA_TYPE_UNTRUSTED, visa_type)
    if not issuer.trusts_source(visa_type, visa["source"]):
        return Refused(Reason.SOURCE_UNTRUSTED, f"{visa['source']!r:.120}")
    if not issuer.accepts_authority(visa_type, by):
        return Refused(Reason.BY_NOT_ACCEPTED, by or "unknown")
    return None


def _cohort(claims: Mapping[str, Any], issuer: TrustedIssuer) -> CohortReference | Refused | None:
    """Read the `cohort` claim; one that cannot be read refuses the visa, because it was meant as a limit."""
    if "cohort" not in claims:
        return None
    url, feed = claims["cohort"], issuer.cohorts
    if not isinstance(url, str) or feed is None or not url.startswith(feed):
        return Refused(Reason.COHORT_MALFORMED)
    match = _COHORT.fullmatch(url[len(feed) :])
    return CohortReference(url, match[1], int(match[2])) if match else Refused(Reason.COHORT_MALFORMED)


def _cohort_fault(
    visa: Mapping[str, Any], *, limited: bool, issuer: TrustedIssuer, evidence: Evidence
) -> Refused | None:
    """Refuse a limit that this host would not keep, and a visa without one that was not minted for this host.

    Bare visas name no host; where several serve one dataset, this is how the visas of one open nothing at the other.
    """
    if not evidence.config.enforces_cohorts:
        return Refused(Reason.COHORT_NOT_ENFORCED) if limited else None
    if limited or issuer.cohorts is None or visa["type"] != VisaType.CONTROLLED_ACCESS.value:
        return None
    return None if evidence.is_label_only(visa["value"]) else Refused(Reason.COHORT_MISSING)


def _status_fault(parsed: ParsedToken, issuer: TrustedIssuer, evidence: Evidence, *, now: int) -> Refused | None:
    if issuer.status is StatusPolicy.IGNORED:
        return None
    reference = read_reference(parsed.claims)
    if isinstance(reference, Refused):
        return reference
    if reference is None:
        return Refused(Reason.STATUS_MISSING) if issuer.status is StatusPolicy.REQUIRED else None
    status_list = evidence.status_list(issuer, reference.uri, now=now)
    return status_list if isinstance(status_list, Refused) else status_list.check(reference.idx, now=now)
