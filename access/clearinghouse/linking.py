"""LinkedIdentities: which visas of a list are about the same person (Passport 1.2.1; PC-15)."""

from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from access.clearinghouse.results import Identity, VerifiedVisa
from access.domain.visas import VisaType

MAX_IDENTITIES = 50


def read_identities(value: str) -> tuple[Identity, ...] | None:
    """Read `sub,iss;sub,iss`; None when it does not have that form.

    Both parts are URI-encoded, and issuers differ in how much they encode: they are compared decoded, never
    as sent.
    """
    pairs = value.split(";")
    if len(pairs) > MAX_IDENTITIES:
        return None
    identities = []
    for pair in pairs:
        parts = [_decoded(part) for part in pair.split(",")]
        if len(parts) != 2 or not parts[0] or not parts[1]:
            return None
        identities.append((parts[0], parts[1]))
    return tuple(identities)


def _decoded(part: str) -> str | None:
    """Decode once; a stray percent sign, a blank or bytes that are no UTF-8 make the part unreadable."""
    plain = part.replace("%", "")
    if any(char.isspace() for char in plain):
        return None
    for place in (place for place, char in enumerate(part) if char == "%"):
        digits = part[place + 1 : place + 3]
        if len(digits) != 2 or not all(char in "0123456789abcdefABCDEF" for char in digits):
            return None
    try:
        return unquote_to_bytes(part).decode("utf-8")
    except UnicodeDecodeError:
        return None


def linked_identities(
    holder: Identity, visas: Iterable[VerifiedVisa], *, same: Iterable[Identity] = ()
) -> dict[Identity, tuple[VerifiedVisa, ...]]:
    """Return every identity that is the holder's, each with the LinkedIdentities visas that show it.

    `same` are identities that the host's configuration makes the holder's. A link visa says that its own
    identity and all that it lists are one person; links are followed from the holder on, so a chain of
    trusted visas counts and a link between two strangers does not. Link visas that carry conditions are not
    used (PC-21's caution).
    """
    known: dict[Identity, tuple[VerifiedVisa, ...]] = {holder: (), **dict.fromkeys(same, ())}
    links = [
        (visa, {visa.identity, *(read_identities(visa.value) or ())})
        for visa in visas
        if visa.type == VisaType.LINKED_IDENTITIES.value and not visa.conditions
    ]
    grown = True
    while grown:
        grown = False
        for visa, identities in links:
            reached = [known[identity] for identity in identities if identity in known]
            if not reached:
                continue
            shown_by = (*min(reached, key=len), visa)
            for identity in identities - known.keys():
                known[identity] = shown_by
                grown = True
    return known
