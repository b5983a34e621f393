"""The facts of a purpose and where each comes from; and what the matcher says to them.

Organisation type, institutions and people are read from the accounts of those who work on the request, never
typed. Everything else is declared by the applicant.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from access.models import Request
from governance.domain.errors import Invalid
from governance.duo.canonical_json import canonical_bytes
from governance.duo.data_use import parse_data_use
from governance.duo.decision import Decision
from governance.duo.matcher import match
from governance.duo.ontology import Ontologies
from governance.duo.purpose import KEYS, Purpose, parse_purpose, to_json
from governance.duo.reading import InvalidUse
from governance.models import Affiliation, Dataset, Organisation, User
from governance.selectors.affiliations import current_affiliations
from governance.selectors.ontology import active_ontologies

FROM_ACCOUNTS = ("organisation_type", "institutions", "users")
DECLARED = tuple(key for key in KEYS if key not in FROM_ACCOUNTS)

# From the weakest voucher to the strongest: a fact that rests on several accounts is as good as its weakest.
_VOUCHERS = (
    Affiliation.VouchedBy.DECLARED,
    Affiliation.VouchedBy.PROVIDER,
    Affiliation.VouchedBy.REGISTRY,
    Affiliation.VouchedBy.SIGNING_OFFICIAL,
)


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What the accounts say, and the origin of each fact."""

    values: Mapping[str, Any]
    origins: Mapping[str, str]


def people_confirmed(request: Request) -> list[User]:
    """The applicant and the collaborators who confirmed their part."""
    rows = request.collaborators.filter(confirmed_at__isnull=False).select_related("person").order_by("person_id")
    return [request.applicant, *(row.person for row in rows if row.person is not None)]


def facts_of(people: Iterable[User], now: datetime) -> AccountFacts:
    """Organisation type (the widest), institutions and people, as the accounts have them now.

    Where somebody has no current affiliation the organisation type is unknown, which is never permit.
    """
    people = list(people)
    rows = list(current_affiliations(now).filter(person__in=people).select_related("organisation"))
    kinds = {row.organisation.kind for row in rows}
    complete = {row.person_id for row in rows} == {person.pk for person in people}
    kind: str | None = None
    if Organisation.Kind.FOR_PROFIT in kinds:
        kind = Organisation.Kind.FOR_PROFIT.value
    elif kinds and complete:
        kind = Organisation.Kind.NOT_FOR_PROFIT.value
    vouched = min((_VOUCHERS.index(row.vouched_by) for row in rows), default=0)
    origin = "account" if vouched == 0 else _VOUCHERS[vouched].value
    values = {
        "organisation_type": kind,
        "institutions": sorted({row.organisation.ror for row in rows if row.organisation.ror}),
        "users": sorted(person.subject for person in people),
    }
    return AccountFacts(values, {"organisation_type": origin, "institutions": origin, "users": "account"})


def with_facts(
    declared: Mapping[str, Any], people: Iterable[User], now: datetime
) -> tuple[dict[str, Any], dict[str, str]]:
    """The whole purpose in its JSON form, and the origin of every fact that it states.

    Raises `Invalid` with the field that the matcher cannot read, or that is not for the applicant to state.
    """
    foreign = next((key for key in declared if key not in DECLARED), None)
    if foreign in FROM_ACCOUNTS:
        raise Invalid(f"{foreign} is read from the accounts: leave it out", {foreign: "comes from your account"})
    facts = facts_of(people, now)
    try:
        purpose = to_json(parse_purpose({**declared, **facts.values}))
    except InvalidUse as wrong:
        field = wrong.field.removeprefix("purpose.").split("[")[0].split(".")[0]
        part = wrong.field.rpartition(".")[2] if field == "ethics_approval" else field
        named = {"reference": "ethics_reference", "valid_until": "ethics_until"}.get(part, field)
        raise Invalid(f"the purpose is not valid: {wrong}", {named: wrong.message}) from wrong
    stated = {key: "declared" for key in DECLARED if purpose[key] not in (None, [])}
    return purpose, {**stated, **facts.origins}


def read(purpose: Mapping[str, Any]) -> Purpose:
    """The stored purpose as the matcher takes it."""
    return _read(canonical_bytes(purpose))


@lru_cache(maxsize=20_000)
def _read(purpose: bytes) -> Purpose:
    return parse_purpose(json.loads(purpose))


@lru_cache(maxsize=50_000)
def _answer(label: bytes, purpose: bytes, at: date, ontologies: Ontologies) -> Decision:
    return match(parse_data_use(json.loads(label)), _read(purpose), at, ontologies)


def match_label(
    dataset: Dataset, purpose: Mapping[str, Any], at: date, ontologies: Ontologies | None = None
) -> Decision:
    """The matcher's answer on the label of a dataset that is asked for; the same question is answered from memory.

    INVARIANT: such a label is settled: no request is submitted before it is, and it is never unsettled. Callers that ask for
    many datasets hand in the ontologies that judge now.
    """
    assert dataset.data_use is not None, "a dataset without label is not submitted"
    label, asked = canonical_bytes(dataset.data_use), canonical_bytes(purpose)
    return _answer(label, asked, at, ontologies or active_ontologies())


def snapshot_of(dataset: Dataset, purpose: Mapping[str, Any], at: date, version: int) -> dict[str, Any]:
    """What a decision was computed from, so that it can be computed again to the same bytes."""
    return {
        "data_use": dataset.data_use,
        "purpose": dict(purpose),
        "at": at.isoformat(),
        "request_version": version,
    }
