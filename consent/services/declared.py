"""What a programme, a form or a record declares, held to it where it is used.

A form is published in every language that its programme declares. A consent holds from a day on which the person
lived and the form existed, and is certified by people of the ages for which the form is lawful. A second person
compares a record with the very evidence that it names. A no and a withdrawal are never refused for any of this.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from consent.domain.due import midnight, years_later
from consent.domain.forms import FormText
from consent.models import ConsentEvent, FormVersion, Programme
from consent.selectors.forms import form_of
from governance.domain.errors import Conflict, Invalid

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """What is known of who a record is about: born when, if known, and in which zone their days begin."""

    born: date | None
    zone: ZoneInfo


def refuse_missing_languages(text: FormText, programme: Programme) -> None:
    """Raise Invalid naming each language that the programme declares and the form has no text in."""
    missing = [one for one in programme.languages if one not in text.languages]
    if missing:
        fields = {f"translations.{one}": f"add the text in {one}" for one in missing}
        raise Invalid(f"the programme declares {', '.join(missing)}, and the form has no text in it", fields)


def refuse_impossible_day(version: FormVersion, person: KnownPerson, holds_from: datetime) -> None:
    """Raise Invalid where a consent would hold from before the person was born, or before its form was published."""
    born, zone = person.born, person.zone
    if born is not None and holds_from < midnight(born, zone):
        raise Invalid("the consent is older than the person", {"holds_from": "give a day after the date of birth"})
    published = version.published_at
    if published is not None and holds_from.astimezone(zone).date() < published.astimezone(zone).date():
        message = "choose the version that was signed, or give the day on which it was"
        raise Invalid("the consent is older than its form", {"holds_from": message})


def unlawful_age(form: FormText, person: KnownPerson, at: datetime) -> str:
    """Why the person cannot certify this form, where they are known to be outside the ages that it declares; else ""."""
    least, most = form.ages
    born, zone = person.born, person.zone
    if born is None:
        return ""
    if at < midnight(years_later(born, least), zone):
        return f"this form is for people from {least} years"
    if most is not None and at >= midnight(years_later(born, most + 1), zone):
        return f"this form is for people up to {most} years"
    return ""


def refuse_unlawful_age(form: FormText, person: KnownPerson, at: datetime) -> None:
    """Raise Conflict where the person is known to be outside the ages that the form declares lawful."""
    why = unlawful_age(form, person, at)
    if why:
        raise Conflict(f"{why}: it cannot be certified for this person")


def refuse_malformed_evidence(evidence_sha256: str) -> None:
    """Raise Invalid unless the evidence is named by a SHA-256, or not at all."""
    if evidence_sha256 and not _SHA256.fullmatch(evidence_sha256):
        raise Invalid("the evidence is not named", {"evidence": "give its SHA-256 as 64 hexadecimal digits"})


def refuse_other_evidence(rows: Iterable[ConsentEvent], evidence_sha256: str) -> None:
    """Raise Conflict where a record names other evidence than the one with which it is compared."""
    for row in rows:
        if row.evidence_sha256 and row.evidence_sha256 != evidence_sha256:
            raise Conflict(f"event {row.sequence} was recorded on other evidence: compare it with that")


def refuse_unlawful_records(rows: Iterable[ConsentEvent], person: KnownPerson) -> None:
    """Raise Conflict where a record that is to open something was made outside the ages of its form."""
    for row in rows:
        if row.form_version is not None:
            refuse_unlawful_age(form_of(row.form_version), person, row.holds_from)
