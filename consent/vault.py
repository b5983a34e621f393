"""The vault: the one module that reads and writes personal data of participants.

Each participant's record is sealed under a key of their own; that key is wrapped by
`settings.VAULT_WRAPPING_KEYS` and stands apart from the record, so that destroying it erases the person
(consent.md, "The ledger"). Outside ids are found by a keyed hash whose key belongs to one programme, so that
no two programmes can be joined over them. Nothing here is ever printed: the values have no telling `repr`,
and errors name the participant's random id alone.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db.models import F

from consent.models import Participant, Programme, VaultKey, VaultRecord
from governance.domain.errors import NotNow, NotThere
from governance.returning import update_each


@dataclass(frozen=True, slots=True, repr=False)
class Words:
    """What a person typed beside an answer, such as a designate's name: the ledger holds its commitment alone."""

    item: str
    salt: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """Everything personal that a programme holds of one participant.

    `words` is keyed by the ledger's commitment.
    """

    name: str = ""
    date_of_birth: date | None = None
    email: str = ""
    phone: str = ""
    outside_id: str = ""
    words: Mapping[str, Words] = field(default_factory=dict)


def normal_outside_id(text: str) -> str:
    """An outside id as it is compared: without blanks around it, letters in one case."""
    return text.strip().casefold()


# --- Keys ---------------------------------------------------------------------------------------------------
@lru_cache(maxsize=4)
def _wrapper_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _wrapper() -> MultiFernet:
    return _wrapper_of(tuple(settings.VAULT_WRAPPING_KEYS))


def _unwrap(wrapped: str, what: str) -> bytes:
    try:
        return _wrapper().decrypt(wrapped.encode())
    except InvalidToken:
        raise NotNow(
            f"{what} cannot be unwrapped: check that its key is still among the vault's wrapping keys"
        ) from None


def new_lookup_key() -> str:
    """A fresh key for the hashes of a programme's outside ids, wrapped."""
    return _wrapper().encrypt(secrets.token_bytes(32)).decode()


def lookup_hash(programme: Programme, value: str) -> str:
    """HMAC-SHA256 of a value under the programme's own key, as hexadecimal; equal values of two programmes differ."""
    key = _unwrap(programme.lookup_key_encrypted, f"the lookup key of programme {programme.slug}")
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


def outside_id_hash(programme: Programme, outside_id: str) -> str:
    """What an outside id is found by; "" for none."""
    normal = normal_outside_id(outside_id)
    return lookup_hash(programme, f"outside-id:{normal}") if normal else ""


def installation_hashes(value: str) -> list[str]:
    """HMAC-SHA256 of a value under each wrapping key, the current one first: for codes that name no programme yet."""
    return [
        hmac.new(key.encode(), f"duologue-code:{value}".encode(), hashlib.sha256).hexdigest()
        for key in settings.VAULT_WRAPPING_KEYS
    ]


# --- Records ------------------------------------------------------------------------------------------------
def _sealer(participant: Participant) -> Fernet:
    found = VaultKey.objects.filter(participant=participant).first()
    if found is None:
        raise NotThere(f"participant {participant.pk} has no key in the vault: their identity was erased")
    return Fernet(_unwrap(found.wrapped, f"the vault key of participant {participant.pk}"))


def _as_json(identity: Identity) -> bytes:
    words = {
        commitment: {"item": part.item, "salt": part.salt, "fields": dict(part.fields)}
        for commitment, part in identity.words.items()
    }
    born = identity.date_of_birth.isoformat() if identity.date_of_birth else None
    whole = {
        "name": identity.name,
        "date_of_birth": born,
        "email": identity.email,
        "phone": identity.phone,
        "outside_id": identity.outside_id,
        "words": words,
    }
    return json.dumps(whole, ensure_ascii=False).encode()


def _from_json(raw: bytes) -> Identity:
    whole: dict[str, Any] = json.loads(raw)
    words = {key: Words(part["item"], part["salt"], part["fields"]) for key, part in whole["words"].items()}
    born = date.fromisoformat(whole["date_of_birth"]) if whole["date_of_birth"] else None
    return Identity(whole["name"], born, whole["email"], whole["phone"], whole["outside_id"], words)


def create(*, participant: Participant, identity: Identity, now: datetime) -> None:
    """Give a new participant a key and a record. Called inside the transaction that enrols them."""
    key = Fernet.generate_key()
    VaultKey.objects.create(participant_id=participant.pk, wrapped=_wrapper().encrypt(key).decode())
    VaultRecord.objects.create(
        participant_id=participant.pk,
        sealed=Fernet(key).encrypt(_as_json(identity)).decode(),
        outside_id_hash=outside_id_hash(participant.programme, identity.outside_id),
        changed_at=now,
    )


def read(participant: Participant) -> Identity:
    """The participant's record. Raises NotThere once their identity was erased."""
    sealer = _sealer(participant)
    record = VaultRecord.objects.get(participant=participant)
    return _from_json(sealer.decrypt(record.sealed.encode()))


def known(participant: Participant) -> Identity | None:
    """The participant's record, None once their identity was erased; in one query."""
    parts = sealed_parts("participant")
    rows = VaultRecord.objects.filter(participant=participant).values_list(*parts.values())
    wrapped, sealed = rows.first() or (None, None)
    return None if wrapped is None or not sealed else _opened(participant, wrapped, sealed)


def sealed_parts(participant: str) -> dict[str, F]:
    """What a query whose rows lead to a participant must bring along for `born_of`, by the name of that way."""
    return {
        "vault_wrapped": F(f"{participant}__vault_key__wrapped"),
        "vault_sealed": F(f"{participant}__vault_record__sealed"),
    }


def born_of(participant: Participant, *, wrapped: str | None, sealed: str | None) -> date | None:
    """The date of birth in a record that a query brought along; None where it is not known, or was erased."""
    return None if wrapped is None or not sealed else _opened(participant, wrapped, sealed).date_of_birth


def _opened(participant: Participant, wrapped: str, sealed: str) -> Identity:
    sealer = Fernet(_unwrap(wrapped, f"the vault key of participant {participant.pk}"))
    return _from_json(sealer.decrypt(sealed.encode()))


def write(*, participant: Participant, identity: Identity, now: datetime) -> None:
    """Replace the participant's record."""
    VaultRecord.objects.filter(participant=participant).update(
        sealed=_sealer(participant).encrypt(_as_json(identity)).decode(),
        outside_id_hash=outside_id_hash(participant.programme, identity.outside_id),
        changed_at=now,
    )


def keep_words(*, participant: Participant, words: Mapping[str, Words], now: datetime) -> None:
    """Add typed words under their commitments.

    Words of earlier events stay: a commitment of the ledger needs them.
    """
    if words:
        identity = read(participant)
        write(participant=participant, identity=replace(identity, words={**identity.words, **words}), now=now)


def keep_words_of(words: Mapping[str, Mapping[str, Words]], *, now: datetime) -> None:
    """The same for many participants, `{participant id: {commitment: words}}`, in two statements."""
    wanted = {participant: typed for participant, typed in words.items() if typed}
    if not wanted:
        return
    rows = VaultRecord.objects.filter(participant__in=wanted)
    sealed: dict[str, dict[str, Any]] = {}
    for participant, record, wrapped in rows.values_list("participant", "sealed", "participant__vault_key__wrapped"):
        sealer = Fernet(_unwrap(wrapped, f"the vault key of participant {participant}"))
        identity = _from_json(sealer.decrypt(record.encode()))
        identity = replace(identity, words={**identity.words, **wanted[participant]})
        sealed[participant] = {"sealed": sealer.encrypt(_as_json(identity)).decode(), "changed_at": now}
    update_each(VaultRecord, sealed)


def seal(participant: Participant, value: Any) -> str:
    """A JSON value sealed under the participant's key: drafts of answers, which may hold typed words."""
    return _sealer(participant).encrypt(json.dumps(value, ensure_ascii=False).encode()).decode()


def unseal(participant: Participant, sealed: str) -> Any:
    """The value that `seal` was given."""
    return json.loads(_sealer(participant).decrypt(sealed.encode()))


def is_erased(participant: Participant) -> bool:
    """Whether the participant's key was destroyed."""
    return not VaultKey.objects.filter(participant=participant).exists()


def erase(*, participant: Participant, now: datetime) -> None:
    """Destroy the participant's key, record and keyed hash.

    Nobody can bring them back; the ledger stays whole.
    """
    VaultKey.objects.filter(participant=participant).delete()
    VaultRecord.objects.filter(participant=participant).update(sealed="", outside_id_hash="", changed_at=now)


def find_by_outside_ids(programme: Programme, outside_ids: list[str]) -> dict[str, str]:
    """Participants of a programme by their outside ids: `{outside id as given: participant id}`, in one query."""
    given = {text: outside_id_hash(programme, text) for text in set(outside_ids) if text.strip()}
    rows = VaultRecord.objects.filter(
        participant__programme=programme, outside_id_hash__in=set(given.values())
    ).values_list("outside_id_hash", "participant_id")
    found = dict(rows)
    return {text: found[digest] for text, digest in given.items() if digest in found}
