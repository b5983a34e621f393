"""A data host in front of the small world: what it decides on visas that a test gives it."""

from typing import Any

from access.clearinghouse import Authorisation, Permitted, Reason, Refused
from tests.access.tokens import DATASET, FENCE, HOST, NOW, OTHER, house, other_visa, passport, visa

Json = dict[str, Any]
AFFILIATION = {"type": "AffiliationAndRole", "value": "faculty@med.example", "by": "so"}
OTHER_SUBJECT = "ada-77"
OTHER_GRANT = other_visa(sub=OTHER_SUBJECT, visa={"source": f"{OTHER}dac"})
ENCODED = f"{OTHER_SUBJECT},https%3A%2F%2Fother.example%2F"


def authorise(visas: list[str], **settings: Any) -> Authorisation:
    """The host's answer for DATASET to a Passport of these visas."""
    return house(**settings).authorise_passport(passport(visas), HOST, [DATASET], NOW)


def decide(visas: list[str], **settings: Any) -> Permitted | Refused:
    """The host's decision on DATASET."""
    return authorise(visas, **settings).decisions[DATASET]


def reason(verdict: object) -> Reason | None:
    """The reason of a refusal, None for anything else."""
    return verdict.reason if isinstance(verdict, Refused) else None


def conditional(*conditions: list[Json], **changes: Any) -> str:
    """A grant for DATASET with conditions."""
    return visa(visa={"conditions": list(conditions)}, **changes)


def fence_visa(**changes: Any) -> str:
    """An access-token visa of the issuer that is trusted for them."""
    header = {"typ": "at+jwt", "alg": "RS256", "kid": "fence-1"}
    settings = {"iss": FENCE, "scope": "openid ga4gh_passport_v1", "status": None, **changes}
    return visa(header=header, signer="fence", **settings)


def linking(value: str, **changes: Any) -> str:
    """A LinkedIdentities visa of ours."""
    said = {"type": "LinkedIdentities", "value": value, "by": "system"}
    return visa(jti="link", visa=said, **changes)
