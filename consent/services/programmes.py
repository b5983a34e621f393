"""Programmes that ask for consent, and the people who take part in them."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from consent import vault
from consent.models import Participant, Programme
from consent.services import deciders, states
from consent.services.coordinators import require_coordinator
from governance import policies
from governance.domain.errors import Conflict, Invalid, NotAllowed
from governance.domain.events import Kind, Subject
from governance.duo.countries import problem as country_problem
from governance.face.time_zones import check_zone
from governance.models import Organisation, User
from governance.record import audit
from governance.record.actors import By

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_CONDITION = re.compile(r"[A-Za-z][A-Za-z0-9_.]*:[A-Za-z0-9][A-Za-z0-9_.-]*")


@transaction.atomic
def create_programme(
    *,
    slug: str,
    name: str,
    organisation: Organisation,
    country: str,
    contact: str,
    by: By,
    now: datetime,
    time_zone: str = "UTC",
    languages: tuple[str, ...] = ("en",),
    about: str = "",
    contact_name: str = "",
) -> Programme:
    """Make a programme with a lookup key of its own. Only an administrator, or the system at start."""
    if isinstance(by, User) and not policies.is_administrator(by):
        raise NotAllowed("only an administrator makes programmes: ask one of them")
    if Programme.objects.filter(slug=slug).exists():
        raise Conflict(f"the programme {slug!r} exists: choose another short name")
    check_zone(time_zone)
    _check_country(country)
    _check_languages(languages)
    programme = Programme.objects.create(
        slug=slug,
        name=name,
        organisation=organisation,
        country=country,
        contact=contact,
        contact_name=contact_name,
        about=about,
        time_zone=time_zone,
        languages=list(languages),
        lookup_key_encrypted=vault.new_lookup_key(),
        created_at=now,
    )
    audit.record(Kind.PROGRAMME_CREATED, by=by, about=Subject("programme", slug), now=now)
    return programme


def _check_country(code: str) -> None:
    wrong = country_problem(code, groups=False)
    if wrong:
        raise Invalid(f"the programme's country is not clear: {wrong}", {"country": wrong})


def _check_languages(codes: tuple[str, ...]) -> None:
    """Each is a language code that a form's text can be in, named once; forms are held to all of them."""
    wrong = [code for code in codes if not _LANGUAGE.fullmatch(code)]
    if wrong or not codes or len(set(codes)) != len(codes):
        message = "give each language once, as a code such as fi"
        raise Invalid(f"the programme's languages are not clear: {', '.join(codes) or 'none'}", {"languages": message})


@transaction.atomic
def enrol(
    *,
    programme: Programme,
    by: By,
    now: datetime,
    name: str = "",
    date_of_birth: date | None = None,
    email: str = "",
    phone: str = "",
    outside_id: str = "",
    record_condition: str = "",
    account: User | None = None,
) -> Participant:
    """Take a person into a programme under a random id; what is personal goes to the vault, and nowhere else.

    `account` links an account at once and is for the system alone (a demo world): people are linked by an
    invitation. An outside id that is already known in the programme is refused.
    """
    require_coordinator(by, programme)
    if account is not None and isinstance(by, User):
        raise NotAllowed("an account is linked by the person themselves: make an invitation")
    if date_of_birth is not None and date_of_birth > now.astimezone(ZoneInfo(programme.time_zone)).date():
        raise Invalid("the date of birth is in the future", {"date_of_birth": "give a day in the past"})
    if record_condition and not _CONDITION.fullmatch(record_condition):
        message = "give the id of a disease, such as MONDO:0004992"
        raise Invalid(f"{record_condition!r} is no disease id", {"record_condition": message})
    if outside_id and vault.find_by_outside_ids(programme, [outside_id]):
        raise Conflict("this outside id is already enrolled in the programme: use the participant that has it")
    participant = Participant.objects.create(programme=programme, record_condition=record_condition, enrolled_at=now)
    identity = vault.Identity(name, date_of_birth, email, phone, outside_id)
    vault.create(participant=participant, identity=identity, now=now)
    states.begin(participant=participant, now=now)
    audit.record(
        Kind.PARTICIPANT_ENROLLED,
        by=by,
        about=Subject("participant", participant.pk),
        now=now,
        detail={"programme": programme.slug, "account": account.subject if account else ""},
    )
    if account is not None:
        deciders.link(participant=participant, account=account, by=by, now=now)
    return participant
