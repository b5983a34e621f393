"""Whether somebody acts for a programme."""

from consent.models import Programme
from governance import policies
from governance.domain.roles import Role
from governance.models import User
from governance.record.actors import By


def require_coordinator(by: By, programme: Programme) -> None:
    """Raise NotAllowed unless a person who acts is a coordinator of the programme; the system always may."""
    if isinstance(by, User):
        policies.require(by, Role.COORDINATOR, programme)
