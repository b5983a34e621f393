"""The participants' side of the demo world: programmes with their forms, people and what they said."""

import hashlib
import random
from datetime import date, timedelta
from typing import Any

from django.db.models import F

from access.demo import places
from access.demo.people import NAMES
from access.demo.state import World
from access.hosts import services as hosts
from access.models import HostAcknowledgement
from consent.domain.shipped import sample_forms
from consent.models import FormVersion, Participant, Programme
from consent.selectors.forms import content_of
from consent.services import forms, ledger, membership_import, programmes
from consent.services.membership_import import FileLine as MembershipLine
from governance.domain.actors import system
from governance.domain.errors import Conflict
from governance.domain.roles import Role
from governance.record import outbox
from governance.services import roles

SEED = 20261122
FORMS = {
    "lakeland": "model_adult_research",
    "costa-verde": "model_adult_research",
    "saimaa-clinic": "model_clinical_addon",
    "rehearsal": "model_adult_research",
}


def make_programmes(world: World) -> None:
    """Programmes with their forms: one draft, the others published by two people."""
    table = {
        "lakeland": ("Lakeland Biobank", "lakeland", "Europe/Helsinki", "Rosa Marín"),
        "costa-verde": ("Costa Verde Health Study", "costa-verde", "Europe/Madrid", "Mei Tanaka"),
        "saimaa-clinic": ("Saimaa Genome Clinic", "saimaa-clinic", "Europe/Helsinki", "Rosa Marín"),
        "rehearsal": ("Rehearsal", "rehearsal", "UTC", ""),
    }
    for slug, (name, organisation, zone, contact) in table.items():
        programme = programmes.create_programme(
            slug=slug,
            name=name,
            organisation=world.organisations[organisation],
            country=world.organisations[organisation].country,
            contact=f"{slug}@demo.example",
            contact_name=contact,
            time_zone=zone,
            languages=("en", "fi", "es", "fr", "ar"),
            by=system("demo"),
            now=world.ago(380),
        )
        world.programmes[slug] = programme
        for username in ("sam", "dana"):
            roles.give_role(
                role=Role.COORDINATOR, on=programme, to=world.people[username], by=system("demo"), now=world.ago(379)
            )
        world.versions[slug] = _published(world, programme, FORMS[slug])
    forms.draft(
        programme=world.programmes["lakeland"],
        content=content_of(sample_forms()["model_paediatric"]),
        by=world.people["sam"],
        now=world.ago(30),
    )


def _published(world: World, programme: Programme, form: str) -> FormVersion:
    content = content_of(sample_forms()[form])
    drafted = forms.draft(programme=programme, content=content, by=world.people["sam"], now=world.ago(370))
    proposed = forms.propose(version=drafted, by=world.people["sam"], now=world.ago(369))
    return forms.publish(version=proposed, by=world.people["dana"], now=world.ago(368))


HEALTH: dict[str, Any] = {
    "take_part": "yes", "sample_storage": "yes", "research_scope": "health", "commercial_use": "no",
    "repository": "yes", "open_summary": "not_sure", "record_access": "yes",
    "results_wanted": {"actionable": "yes", "not_treatable": "no", "carrier": "not_sure"},
    "results_designate": "nobody", "recontact": ["results"], "audio": "no",
}  # fmt: skip
ANY = HEALTH | {"research_scope": "any", "ancestry_research": "no", "commercial_use": "yes"}
CONDITION = HEALTH | {"research_scope": "my_condition"}
STUDY_ONLY = {key: value for key, value in HEALTH.items() if key not in ("commercial_use", "repository")} | {
    "research_scope": "this_study"
}
CLOSED = HEALTH | {"repository": "no"}
MIX = (HEALTH, HEALTH, HEALTH, ANY, ANY, CONDITION, STUDY_ONLY, CLOSED)


def make_participants(world: World) -> None:
    """People and what they said: two with names, the others on paper."""
    draw = random.Random(SEED)
    lakeland, costa = world.programmes["lakeland"], world.programmes["costa-verde"]
    petra = _enrol(world, lakeland, "petra", date(1978, 5, 14), 232, HEALTH)
    away = _enrol(world, costa, "petra", date(1978, 5, 14), 200, HEALTH)
    tomas = _enrol(world, lakeland, "tomas", date(1969, 11, 2), 230, ANY)
    unnamed = [_unnamed(world, lakeland, 225 - n * 0.5, draw.choice(MIX)) for n in range(44)]
    unnamed_costa = [_unnamed(world, costa, 190 - n * 0.5, draw.choice(MIX)) for n in range(24)]
    _members(world, "lakeland", "lakeland-hearts", [petra, tomas, *unnamed])
    _members(world, "lakeland", "lakeland-births", unnamed[:20])
    _members(world, "costa-verde", "costa-verde-diabetes", [away, *unnamed_costa])
    world.participants = {"petra": petra, "petra in Spain": away, "tomas": tomas}


def leave(world: World, who: str, *, days: float) -> None:
    """Somebody stops the use of their data; what follows happens in the seconds after."""
    participant, then = world.participants[who], world.ago(days)
    assert participant.account is not None, "who leaves signed in"
    ledger.withdraw(
        participant=participant, axis=("no_contact", "no_collection", "no_use"), by=participant.account,
        capacity="self", now=then,
    )  # fmt: skip
    outbox.drain(now=then + timedelta(seconds=1))
    for row in HostAcknowledgement.objects.filter(confirmed_position__lt=F("needs_position")).select_related("host"):
        if row.host.enforces_cohorts:
            hosts.told(host=row.host, grant=row.grant, now=then + timedelta(seconds=2))
            hosts.confirm(
                host=row.host,
                grant=row.grant,
                position=row.needs_position,
                by=system("demo"),
                now=then + timedelta(seconds=4),
            )


def _enrol(
    world: World, programme: Programme, username: str, born: date, days: float, answers: dict[str, Any]
) -> Participant:
    participant = programmes.enrol(
        programme=programme,
        by=system("demo"),
        now=world.ago(days + 3),
        name=NAMES[username].name,
        date_of_birth=born,
        email=f"{username}@demo.example",
        record_condition=places.HEART,
        account=world.people[username],
    )
    ledger.record_answers(
        participant=participant,
        answers=answers,
        form_version=world.versions[programme.slug],
        by=world.people[username],
        capacity="self",
        source="portal",
        now=world.ago(days),
    )
    return participant


def _unnamed(world: World, programme: Programme, days: float, answers: dict[str, Any]) -> Participant:
    """Somebody who signed on paper: one coordinator records it, a second compares it with the scan."""
    participant = programmes.enrol(
        programme=programme, by=system("demo"), now=world.ago(days + 2), record_condition=places.HEART
    )
    scan = hashlib.sha256(participant.pk.encode()).hexdigest()
    recorded = ledger.record_answers(
        participant=participant,
        answers=answers,
        form_version=world.versions[programme.slug],
        by=world.people["sam"],
        capacity="coordinator",
        source="paper",
        now=world.ago(days),
        evidence_sha256=scan,
    )
    ledger.verify_record(
        participant=participant,
        targets=(str(recorded.uuid),),
        evidence_sha256=scan,
        by=world.people["dana"],
        now=world.ago(days - 1),
    )
    return participant


def _members(world: World, programme: str, dataset: str, participants: list[Participant]) -> None:
    """Enter them with each host's own ids, as an import of a coordinator would."""
    accession = places.DATASETS[dataset]["accession"]
    serving = [slug for slug, row in places.HOSTS.items() if dataset in row["datasets"]]
    lines = [
        MembershipLine(
            number=number,
            participant_id=participant.pk,
            dataset=accession,
            host=host,
            host_member_id=own_id(host, accession, number),
        )
        for host in serving
        for number, participant in enumerate(participants, start=1)
    ]
    results = membership_import.import_memberships(
        programme=world.programmes[programme], lines=lines, by=system("demo"), now=world.ago(100)
    )
    refused = [result.reason for result in results if result.reason]
    if refused:
        raise Conflict(f"the demo's memberships were refused: {refused[0]}")


def own_id(host: str, accession: str, number: int) -> str:
    """A demo host's own id for a member: no two hosts share one, and none tells which is which at another."""
    drawn = hashlib.sha256(f"{host} {accession} {number}".encode()).hexdigest()
    return f"{places.HOSTS[host]['prefix']}-{accession}-{drawn[:6].upper()}"
