"""Roles: who may be what, on which kind of object, in one table.

A role is one object permission (django-guardian) on an organisation, dataset, committee or programme, or, for the one that
concerns the whole installation, a plain permission of the account. Pages, API, tests and documentation read
this table; `governance.policies` is the only module that asks guardian.
"""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """The kind of object that a role is held on."""

    INSTALLATION = "installation"
    ORGANISATION = "organisation"
    DATASET = "dataset"
    COMMITTEE = "committee"
    PROGRAMME = "programme"


class Role(StrEnum):
    """The name of a role; also the codename of its permission."""

    ADMINISTRATOR = "administrator"
    SIGNING_OFFICIAL = "signing_official"
    STEWARD = "steward"
    CHAIR = "chair"
    MEMBER = "member"
    REPRESENTATIVE = "representative"
    SECRETARY = "secretary"
    COORDINATOR = "coordinator"
    HOST_OPERATOR = "host_operator"


@dataclass(frozen=True, slots=True)
class RoleRule:
    """What a role is: its scope, what it is called, and whether it asks for a second factor at sign-in."""

    role: Role
    scope: Scope
    label: str
    does: str
    second_factor: bool = True


ROLES: tuple[RoleRule, ...] = (
    RoleRule(Role.ADMINISTRATOR, Scope.INSTALLATION, "Administrator", "runs the installation; judges nothing"),
    RoleRule(Role.SIGNING_OFFICIAL, Scope.ORGANISATION, "Signing official", "vouches for the organisation's people"),
    RoleRule(Role.STEWARD, Scope.ORGANISATION, "Data steward", "describes and labels the organisation's datasets"),
    RoleRule(Role.CHAIR, Scope.COMMITTEE, "Chair", "leads the committee, votes and decides"),
    RoleRule(Role.MEMBER, Scope.COMMITTEE, "Member", "votes on cases"),
    RoleRule(Role.REPRESENTATIVE, Scope.COMMITTEE, "Participant representative", "votes for those whose data it is"),
    RoleRule(Role.SECRETARY, Scope.COMMITTEE, "Secretary", "runs the committee's queue; does not vote"),
    RoleRule(Role.COORDINATOR, Scope.PROGRAMME, "Coordinator", "invites participants and publishes forms"),
    RoleRule(Role.HOST_OPERATOR, Scope.ORGANISATION, "Host operator", "runs the organisation's data hosts"),
)
RULES: dict[Role, RoleRule] = {rule.role: rule for rule in ROLES}
VOTING: frozenset[Role] = frozenset({Role.CHAIR, Role.MEMBER, Role.REPRESENTATIVE})
SEATS: frozenset[Role] = VOTING | {Role.SECRETARY}
