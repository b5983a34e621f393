"""What the detail of each kind of event holds: checked when one is recorded, since a row of the log cannot be mended later.

A shape is written `name: type`, with `?` behind the name where it may be left out. Types: `text`, `number`, `flag` (true or
false), `hash` (64 hex characters, with or without `sha256:`, or "" for none), `texts`, `numbers`,
`value` (any JSON); `number?` may be null.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from governance.domain.events import Kind

_HASH = re.compile(r"(sha256:)?[0-9a-f]{64}|")


def _number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _listed(value: Any, kind: Callable[[Any], bool]) -> bool:
    return isinstance(value, list | tuple) and all(map(kind, value))


def _text(value: Any) -> bool:
    return isinstance(value, str)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "text": _text,
    "number": _number,
    "number?": lambda value: value is None or _number(value),
    "flag": lambda value: isinstance(value, bool),
    "hash": lambda value: isinstance(value, str) and _HASH.fullmatch(value) is not None,
    "texts": lambda value: _listed(value, _text),
    "numbers": lambda value: _listed(value, _number),
    "value": lambda value: True,
}
_GRANT = "grant: number, seal: hash"
_JOB = "job: text"
_SEAL = "seal: hash"
_VERSION = "sha256?: hash"

SHAPES: Mapping[Kind, str] = {
    Kind.PERSON_CREATED: "",
    Kind.ACCOUNT_CLOSED: "because: text",
    Kind.SECOND_FACTOR_REMOVED: "",
    Kind.ORGANISATION_CREATED: "",
    Kind.AFFILIATION_RECORDED: "organisation: text, role: text, vouched_by: text, until: text",
    Kind.AFFILIATION_ENDED: "organisation: text",
    Kind.ROLE_GIVEN: "role: text, to: text",
    Kind.ROLE_TAKEN: "role: text, of: text",
    Kind.COMMITTEE_CREATED: f"organisation: text, {_SEAL}",
    Kind.DATASET_CREATED: "accession: text, version: hash, id?: number, data_use?: hash, dataset?: hash",
    Kind.DATASET_LABELLED: "dataset: number, data_use: value, evidence: text",
    Kind.DATASETS_IMPORTED: "format: text, sha256: hash, committee: text, imported: number, proposed: number, root: hash",
    Kind.PROPOSAL_SETTLED: "state: text, diseases: texts",
    Kind.HOST_REGISTERED: _SEAL,
    Kind.HOST_SERVES: "dataset: text",
    Kind.HOST_CHANGED: f"host: number, {_SEAL}, changed: texts",
    Kind.HOST_CLOSED: f"host: number, {_SEAL}, because: text",
    Kind.ONTOLOGY_IMPORTED: "name: text, version: text, terms: number",
    Kind.ONTOLOGY_ACTIVATED: "name: text, version: text, hub: flag, retired: texts",
    Kind.KEY_CREATED: "use: text, alg: text, public: hash",
    Kind.KEY_ACTIVATED: "use: text",
    Kind.KEY_RETIRED: "use: text",
    Kind.KEY_REVOKED: "kid: text, use: text, active: flag",
    Kind.KEYS_REWRAPPED: "keys: number",
    Kind.FILE_STORED: f"type: text, size: number, {_SEAL}",
    Kind.FILE_ERASED: f"because: text, {_SEAL}",
    Kind.JOB_STARTED: f"{_JOB}, total: number",
    Kind.JOB_CANCELLED: f"{_JOB}, done: number, total: number",
    Kind.JOB_RETRIED: f"{_JOB}, done: number, total: number",
    Kind.JOB_ENDED: f"{_JOB}, outcome: text, done: number, total: number",
    Kind.PROGRAMME_CREATED: "",
    Kind.FORM_DRAFTED: _VERSION,
    Kind.FORM_PROPOSED: _VERSION,
    Kind.FORM_PUBLISHED: _VERSION,
    Kind.FORM_RETIRED: _VERSION,
    Kind.PARTICIPANT_ENROLLED: "programme: text, account: text",
    Kind.DECIDER_GIVEN: "decider: number, account: text, capacity: text, role: text",
    Kind.DECIDER_ENDED: "decider: number",
    Kind.IDENTITY_ERASED: "",
    Kind.INVITATION_MADE: "programme: text, invitation: number",
    Kind.INVITATION_USED: "invitation: number, moved_from_another_account: flag",
    Kind.INVITATION_REFUSED: "invitation?: number",
    Kind.CONSENT_RECORDED: "event: text, kind: text, capacity: text, hash: hash",
    Kind.CONSENTS_RECORDED: "batch: text, events: number, root: hash",
    Kind.CONSENT_WITHDRAWN: "event: text, kind: text, capacity: text, hash: hash, axes: value",
    Kind.LEDGER_NOT_WHOLE: "sequence: number",
    Kind.LEDGER_WHOLE: "sequence: number",
    Kind.MEMBERSHIPS_IMPORTED: "memberships: number, host_ids: number, first: number, last: number, root: hash",
    Kind.MEMBERSHIP_BEGUN: "dataset: number, membership: number",
    Kind.MEMBERSHIP_ENDED: "dataset: number, membership: number",
    Kind.COHORT_CHANGED: "dataset: number, changes: number",
    Kind.REQUEST_DRAFTED: _SEAL,
    Kind.REQUEST_CHANGED: (
        f"revision: number, {_SEAL}, fields?: texts, added?: text, removed?: text, asked?: number, confirmed?: text,"
        " declined?: number, left?: text"
    ),
    Kind.COLLABORATOR_ASKED: "collaborator: number",
    Kind.REQUEST_SUBMITTED: f"version: number, datasets: texts, {_SEAL}, submission: hash",
    Kind.REQUEST_RETURNED: _SEAL,
    Kind.REQUEST_WITHDRAWN: _SEAL,
    Kind.REQUEST_CLOSED: _SEAL,
    Kind.TERMS_PUBLISHED: f"committee: text, sha256: hash, {_SEAL}",
    Kind.TERMS_ACCEPTED: "sha256: hash, committee: text, person: text",
    Kind.CASE_OPENED: "request: text, committee: text",
    Kind.CASE_MESSAGE: f"message: number, from_committee: flag, {_SEAL}",
    Kind.MEMBER_RECUSED: f"person: text, because: text, voted?: flag, {_SEAL}",
    Kind.VOTE_CAST: f"choice: text, version: number, vote: number, {_SEAL}",
    Kind.LINE_OPENED: f"version: number, {_SEAL}",
    Kind.LINE_TAKEN: _SEAL,
    Kind.LINE_RETURNED: _SEAL,
    Kind.LINE_ANSWERED: f"version: number, state: text, {_SEAL}",
    Kind.LINE_DECIDED: f"decision: text, months?: number, judged?: texts, term?: text, inputs: text, because: texts, {_SEAL}",
    Kind.LINE_WITHDRAWN: _SEAL,
    Kind.GRANT_MADE: f"{_GRANT}, epoch: number, cohort: number?, people: texts, follows?: text",
    Kind.GRANT_ACTIVATED: _GRANT,
    Kind.GRANT_SHRUNK: f"{_GRANT}, left: number, position: number",
    Kind.GRANT_JOINED: f"{_GRANT}, joined: number, position: number?",
    Kind.GRANT_SUSPENDED: f"{_GRANT}, because: text, note?: text",
    Kind.GRANT_RESUMED: _GRANT,
    Kind.GRANT_ENDED: f"{_GRANT}, reason: text",
    Kind.GRANT_PERSON_ENDED: f"{_GRANT}, person: text",
    Kind.OBLIGATION_MOVED: f"{_GRANT}, term: text, action: text, state: text, due: text, evidence?: number, shown?: hash",
    Kind.VISAS_INTENDED: "client: text, host: text, grants: numbers, visas: number, root: hash",
    Kind.VISAS_REVOKED: "grant?: number, kid?: text, count: number, because: text",
    Kind.CLIENT_REGISTERED: f"host: text, grants: texts, scopes: texts, public: flag, {_SEAL}",
    Kind.CLIENT_EXPIRED: _SEAL,
    Kind.CLIENT_CONSENT_REMEMBERED: "scopes: texts",
    Kind.CLIENT_CONSENT_FORGOTTEN: "",
    Kind.TOKEN_GIVEN: "client: text",
    Kind.HOST_CONFIRMED: "grant: text, position: number",
}


@dataclass(frozen=True, slots=True)
class DetailField:
    """One entry of a detail: its name, its type, and whether it may be left out."""

    name: str
    type: str
    optional: bool


@cache
def fields_of(kind: Kind) -> tuple[DetailField, ...]:
    """The fields that a detail of this kind has. Raises KeyError for a kind without a shape."""
    found = []
    for part in filter(None, SHAPES[kind].split(", ")):
        name, _, typ = part.partition(": ")
        assert typ in _TYPES, f"{kind} has a field of an unknown type {typ}"
        found.append(DetailField(name.removesuffix("?"), typ, name.endswith("?")))
    return tuple(found)


def faults(kind: Kind, detail: Mapping[str, Any]) -> list[str]:
    """What is wrong with a detail, each in words; empty where it has the shape of its kind."""
    fields = {one.name: one for one in fields_of(kind)}
    found = [f"{name} is no field of {kind}" for name in detail if name not in fields]
    found += [f"{name} is missing" for name, one in fields.items() if name not in detail and not one.optional]
    found += [
        f"{name} is no {one.type}"
        for name, one in fields.items()
        if name in detail and not _TYPES[one.type](detail[name])
    ]
    return found
