"""A GA4GH Passport Clearinghouse (AAI OIDC Profile and Passport 1.2.1) that any Python data host can import.

No framework: the standard library, `cryptography` and `requests`. Start with `Clearinghouse`; see README.md.
"""

from access.clearinghouse.config import (
    ClearinghouseConfig,
    ConfigError,
    ExpiryRule,
    Limits,
    Role,
    StatusPolicy,
    TrustedIssuer,
    config_from,
    duologue_issuer,
    load_config,
)
from access.clearinghouse.copies import OnDemand
from access.clearinghouse.decisions import REGISTERED_ACCESS
from access.clearinghouse.fetching import Fetched, Fetcher, FetchError, HttpFetcher
from access.clearinghouse.house import Clearinghouse
from access.clearinghouse.reasons import REASONS, Reason, Refused
from access.clearinghouse.results import (
    AcceptedVisa,
    Authorisation,
    CohortReference,
    Decision,
    Permitted,
    RefusedVisa,
    VerifiedPassport,
    VerifiedVisa,
    VisaSet,
)

__all__ = [
    "REASONS",
    "REGISTERED_ACCESS",
    "AcceptedVisa",
    "Authorisation",
    "Clearinghouse",
    "ClearinghouseConfig",
    "CohortReference",
    "ConfigError",
    "Decision",
    "ExpiryRule",
    "FetchError",
    "Fetched",
    "Fetcher",
    "HttpFetcher",
    "Limits",
    "OnDemand",
    "Permitted",
    "Reason",
    "Refused",
    "RefusedVisa",
    "Role",
    "StatusPolicy",
    "TrustedIssuer",
    "VerifiedPassport",
    "VerifiedVisa",
    "VisaSet",
    "config_from",
    "duologue_issuer",
    "load_config",
]
