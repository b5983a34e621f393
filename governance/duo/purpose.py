"""A purpose: what a request wants to do with data, as facts. Free text never comes here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from governance.duo import terms
from governance.duo.countries import problem as country_problem
from governance.duo.institutions import ror
from governance.duo.local_terms import local_term
from governance.duo.ontologies.curies import compact
from governance.duo.reading import InvalidUse, day, flag, mapping, text, texts, unique, whole
from governance.duo.terms import COL, MOR, OTHER, PUB, RTN, TermKind


class OrganisationType(StrEnum):
    NOT_FOR_PROFIT = "not-for-profit"
    FOR_PROFIT = "for-profit"


class AccessMode(StrEnum):
    """How the data are reached: copied, visited inside a secure place, or left where only results leave."""

    DOWNLOAD = "download"
    VISIT = "visit"
    FEDERATED = "federated"


REIDENTIFICATION = "re-identification"
SENSITIVE = (
    "vulnerable population",
    "stigmatising illness",
    "illegal behaviour",
    "sexual health",
    "psychological traits",
    "non-health social science",
    "AI model release",
    REIDENTIFICATION,
)
"""The flags that have a rule of their own; any other string gives review too."""

UNDERTAKEN = (PUB, COL, RTN, MOR)
"""The obligations of the ontology that a requester can undertake, beside local ones."""


@dataclass(frozen=True, slots=True)
class EthicsApproval:
    reference: str
    valid_until: date


@dataclass(frozen=True, slots=True)
class Purpose:
    """The facts of a request; None where a fact is not known. Lists are sorted, each value once.

    Made by `parse_purpose`. `diseases` are ids as given, all to be covered; `months` is the wanted duration.
    """

    investigations: tuple[str, ...] = ()
    diseases: tuple[str, ...] = ()
    genetic: bool | None = None
    clinical_care: bool = False
    organisation_type: OrganisationType | None = None
    commercial: bool | None = None
    countries: tuple[str, ...] = ()
    institutions: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    project: str | None = None
    research_types: tuple[str, ...] = ()
    ethics_approval: EthicsApproval | None = None
    months: int | None = None
    agrees: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    access_mode: AccessMode | None = None


Reader = Callable[[str, str], str]
Choice = TypeVar("Choice", bound=StrEnum)
KEYS = tuple(field.name for field in fields(Purpose))


def parse_purpose(obj: object, path: str = "purpose") -> Purpose:
    """Reads a purpose from its JSON form, or refuses it with `Invalid`; no list and an empty one are one."""
    given = mapping(obj, path, KEYS)
    return Purpose(
        investigations=_each(given, "investigations", path, _investigation),
        diseases=_each(given, "diseases", path, lambda disease, _: compact(disease)),
        genetic=_flag_or_null(given, "genetic", path),
        clinical_care=flag(given["clinical_care"], f"{path}.clinical_care") if "clinical_care" in given else False,
        organisation_type=_choice(OrganisationType, given, "organisation_type", path),
        commercial=_flag_or_null(given, "commercial", path),
        countries=_each(given, "countries", path, _country),
        institutions=_each(given, "institutions", path, lambda institution, _: ror(institution)),
        users=_each(given, "users", path, lambda user, _: user),
        project=text(given["project"], f"{path}.project") if given.get("project") is not None else None,
        research_types=_each(given, "research_types", path, lambda kind, _: compact(kind)),
        ethics_approval=_ethics_approval(given.get("ethics_approval"), f"{path}.ethics_approval"),
        months=whole(given["months"], f"{path}.months") if given.get("months") is not None else None,
        agrees=_each(given, "agrees", path, _undertaking),
        sensitive=_each(given, "sensitive", path, lambda kind, _: kind),
        access_mode=_choice(AccessMode, given, "access_mode", path),
    )


def to_json(purpose: Purpose) -> dict[str, Any]:
    """The JSON form, every key present; what `parse_purpose` reads back as the same value."""
    found: dict[str, Any] = {key: getattr(purpose, key) for key in KEYS}
    approval = purpose.ethics_approval
    found["ethics_approval"] = approval and {
        "reference": approval.reference,
        "valid_until": approval.valid_until.isoformat(),
    }
    return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}


def _each(given: Mapping[str, Any], key: str, path: str, read: Reader) -> tuple[str, ...]:
    values = texts(given.get(key), f"{path}.{key}")
    return unique([read(value, f"{path}.{key}[{index}]") for index, value in enumerate(values)])


def _flag_or_null(given: Mapping[str, Any], key: str, path: str) -> bool | None:
    value = given.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise InvalidUse(f"{path}.{key}", "must be true, false or null")


def _choice(kind: type[Choice], given: Mapping[str, Any], key: str, path: str) -> Choice | None:
    value = given.get(key)
    if value is None:
        return None
    if isinstance(value, str) and value in set(kind):
        return kind(value)
    raise InvalidUse(f"{path}.{key}", f"must be one of {', '.join(kind)}, or null")


def _investigation(written: str, path: str) -> str:
    if written == OTHER:
        return OTHER
    term = terms.find(written)
    if term is None:
        raise InvalidUse(path, f"unknown investigation {written!r}: use a DUO investigation, or {OTHER!r}")
    if term.kind is not TermKind.INVESTIGATION:
        raise InvalidUse(path, f"{term.id} ({term.label}) is no investigation: its kind is {term.kind.value}")
    return term.id


def _country(written: str, path: str) -> str:
    code = written.strip().upper()
    wrong = country_problem(code, groups=False)
    if wrong:
        raise InvalidUse(path, wrong)
    return code


def _undertaking(written: str, path: str) -> str:
    term = terms.find(written)
    if term is None:
        return local_term(written, path)
    if term.id not in UNDERTAKEN:
        raise InvalidUse(
            path,
            f"{term.shorthand or term.id} is nothing to undertake: use PUB, COL, RTN, MOR or a local term",
        )
    return term.id


def _ethics_approval(value: object, path: str) -> EthicsApproval | None:
    if value is None:
        return None
    given = mapping(value, path, ("reference", "valid_until"))
    reference = text(given.get("reference"), f"{path}.reference")
    return EthicsApproval(reference, day(given.get("valid_until"), f"{path}.valid_until"))
