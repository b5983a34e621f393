"""Tables of the access side: requests, cases, decisions, grants, obligations, visas, hosts' acknowledgements, OAuth clients."""

from access.models.cases import Case, CaseMessage, Line, Recusal, Vote
from access.models.clients import Client, RememberedConsent, SpentCode
from access.models.grants import FeedSealer, Grant, GrantChange, GrantPerson, HostAcknowledgement, HostFeed
from access.models.obligations import Evidence, Obligation
from access.models.requests import Collaborator, Request, RequestSubmission
from access.models.terms import TermsAcceptance, TermsVersion
from access.models.visas import PassportIntent, StatusList, Visa

__all__ = [
    "Case",
    "CaseMessage",
    "Client",
    "Collaborator",
    "Evidence",
    "FeedSealer",
    "Grant",
    "GrantChange",
    "GrantPerson",
    "HostAcknowledgement",
    "HostFeed",
    "Line",
    "Obligation",
    "PassportIntent",
    "Recusal",
    "RememberedConsent",
    "Request",
    "RequestSubmission",
    "SpentCode",
    "StatusList",
    "TermsAcceptance",
    "TermsVersion",
    "Visa",
    "Vote",
]
