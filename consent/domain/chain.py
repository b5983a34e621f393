"""The participant's chain: each event's hash covers its content and the hash of the event before it.

A changed, dropped or reordered event breaks the chain at that place. What the ledger may not hold (a name, a
reason) enters as a commitment: a hash under a secret salt, which tells nothing without the vault and proves
the words with it.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from consent.domain.events import Event, to_json
from governance.duo.canonical_json import canonical_bytes

_SHORTEST_SALT = 16


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """Whether a chain is whole; if not, why, and at which sequence number."""

    whole: bool
    reason: str = ""
    sequence: int | None = None


def event_hash(event: Event) -> str:
    """SHA-256 over the event's canonical content, the previous event's hash included."""
    return hashlib.sha256(canonical_bytes(to_json(event))).hexdigest()


def commitment(salt: bytes, words: tuple[tuple[str, str], ...]) -> str:
    """A salted commitment to the words beside an answer: HMAC-SHA-256 under the subject's own salt."""
    if len(salt) < _SHORTEST_SALT:
        raise ValueError(f"the salt is shorter than {_SHORTEST_SALT} bytes; draw a new one")
    return hmac.new(salt, canonical_bytes([list(pair) for pair in words]), hashlib.sha256).hexdigest()


def check_chain(events: Iterable[Event], head: str = "") -> ChainCheck:
    """Whether these are all of one participant's events, in their order, unchanged since they were written.

    `head` is the stored hash of the last event, which no later event vouches for.
    """
    previous: Event | None = None
    for number, event in enumerate(sorted(events, key=lambda one: one.sequence), start=1):
        wrong = _wrong(event, previous, number)
        if wrong:
            return ChainCheck(False, wrong, event.sequence)
        previous = event
    if head and (previous is None or not hmac.compare_digest(head, event_hash(previous))):
        reason = "the stored hash of the last event does not fit: it was changed, or later ones are missing"
        return ChainCheck(False, reason, previous.sequence if previous else None)
    return ChainCheck(True)


def _wrong(event: Event, previous: Event | None, number: int) -> str:
    if event.sequence != number:
        return f"event {number} is missing or there twice"
    if previous is None:
        return "the first event names a previous one" if event.previous_hash else ""
    if event.participant != previous.participant:
        return "the event belongs to another participant"
    if event.recorded_at < previous.recorded_at:
        return "the event was recorded before the one that it follows"
    if not hmac.compare_digest(event.previous_hash, event_hash(previous)):
        return "the hash of the previous event does not fit: that one was changed, or this one put after another"
    return ""
