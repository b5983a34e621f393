"""Tables of the participant's side: programmes, forms, ledger, profiles, memberships, vault."""

from consent.models.cohorts import (
    CohortChange,
    DatasetPosition,
    Member,
    Membership,
    MembershipEnd,
    ProfileCount,
    ProfileCountDelta,
)
from consent.models.drafts import ConsentDraft
from consent.models.forms import Form, FormVersion
from consent.models.invitations import Invitation
from consent.models.ledger import ConsentEvent, ConsentProfile, ConsentState
from consent.models.programmes import Decider, Participant, Programme, ProgrammeUserPermission
from consent.models.vault import HostMemberId, VaultKey, VaultRecord

__all__ = [
    "CohortChange",
    "ConsentDraft",
    "ConsentEvent",
    "ConsentProfile",
    "ConsentState",
    "DatasetPosition",
    "Decider",
    "Form",
    "FormVersion",
    "HostMemberId",
    "Invitation",
    "Member",
    "Membership",
    "MembershipEnd",
    "Participant",
    "ProfileCount",
    "ProfileCountDelta",
    "Programme",
    "ProgrammeUserPermission",
    "VaultKey",
    "VaultRecord",
]
