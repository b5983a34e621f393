"""The status of a visa: its pointer, the list it points to, and what stands there (Token Status List)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from access.clearinghouse.reasons import Reason, Refused
from access.domain.status_list import StatusBits, StatusListError, VisaStatus, decode
from access.domain.visas import StatusReference

MAX_URI_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class StatusList:
    """A verified list, or the reason why what stood there is none: a broken list refuses until the next fetch."""

    bits: StatusBits | None = field(repr=False)
    expires_at: int | None = None
    fault: str = ""

    @classmethod
    def broken(cls, fault: str) -> Self:
        """Return the list that refuses every visa."""
        return cls(None, None, fault)

    def check(self, index: int, *, now: int) -> Refused | None:
        """Return None when the status at the index is valid; whatever is not known to be valid is refused."""
        if self.bits is None:
            return Refused(Reason.STATUS_LIST_INVALID, self.fault)
        if self.expires_at is not None and self.expires_at <= now:
            return Refused(Reason.STATUS_LIST_EXPIRED)
        try:
            status = self.bits.at(index)
        except StatusListError:
            return Refused(Reason.STATUS_INDEX_OUT_OF_RANGE)
        if status == VisaStatus.VALID:
            return None
        return Refused(Reason.STATUS_SUSPENDED if status == VisaStatus.SUSPENDED else Reason.STATUS_REVOKED)


def read_reference(claims: Mapping[str, Any]) -> StatusReference | Refused | None:
    """Return the visa's pointer into a status list, None when it has none, or why it cannot be read."""
    if "status" not in claims:
        return None
    status = claims["status"]
    pointer = status.get("status_list") if isinstance(status, dict) else None
    if not isinstance(pointer, dict):
        return Refused(Reason.STATUS_MALFORMED)
    index, uri = pointer.get("idx"), pointer.get("uri")
    if type(index) is not int or not isinstance(uri, str) or not 0 < len(uri) <= MAX_URI_CHARACTERS:
        return Refused(Reason.STATUS_MALFORMED)
    if index < 0:
        return Refused(Reason.STATUS_INDEX_OUT_OF_RANGE, "negative")
    return StatusReference(index, uri)


def read_status_claims(uri: str, claims: Mapping[str, Any]) -> StatusList:
    """Read the claims of a status list token whose signature holds. `sub` must be the address it was had from."""
    if claims.get("sub") != uri:
        return StatusList.broken("its sub is another address")
    expires = claims.get("exp")
    if expires is not None and type(expires) is not int:
        return StatusList.broken("its exp is no time")
    body = claims.get("status_list")
    if not isinstance(body, dict) or type(body.get("bits")) is not int or not isinstance(body.get("lst"), str):
        return StatusList.broken("its status_list lacks bits or lst")
    try:
        return StatusList(decode(body["lst"], body["bits"]), expires)
    except StatusListError as error:
        return StatusList.broken(str(error))
