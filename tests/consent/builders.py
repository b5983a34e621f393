"""Small worlds of the participant's side, made through the real services."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from consent.domain.shipped import sample_forms
from consent.models import ConsentEvent, ConsentState, Decider, FormVersion, Member, Participant, Programme
from consent.selectors.forms import content_of
from consent.services import forms, ledger, programmes
from governance.domain.roles import Role
from governance.models import Dataset, Organisation, User
from governance.services import committees, datasets, organisations, people, roles
from tests.accounts import second_factor
from tests.acting import TESTS
from tests.worlds import made_once

NOW = datetime(2026, 11, 18, 7, 12, tzinfo=UTC)
BORN = date(1984, 2, 29)

EVERYTHING: dict[str, Any] = {
    "take_part": "yes",
    "sample_storage": "yes",
    "research_scope": "any",
    "ancestry_research": "yes",
    "commercial_use": "yes",
    "repository": "yes",
    "open_summary": "yes",
    "record_access": "no",
    "results_wanted": {"actionable": "yes", "not_treatable": "no", "carrier": "not_sure"},
    "results_designate": "nobody",
    "recontact": ["studies", "results"],
    "audio": "no",
}
HEALTH = EVERYTHING | {"research_scope": "health", "ancestry_research": None, "commercial_use": "no"}


def person(username: str, now: datetime = NOW) -> User:
    """An account."""
    return people.create_person(
        username=username, email=f"{username}@example.org", name=username.title(), by=TESTS, now=now
    )


def organisation(slug: str = "lakeland", country: str = "FI") -> Organisation:
    """An organisation."""
    return organisations.create_organisation(
        slug=slug,
        name=f"{slug.title()} University",
        domain=f"{slug}.example",
        country=country,
        kind="not-for-profit",
        by=TESTS,
        now=NOW,
    )


def dataset(slug: str, of: Organisation) -> Dataset:
    """A controlled dataset for health research."""
    committee = of.committees.first() or committees.create_committee(
        slug=f"{of.slug}-dac",
        name=f"{of.slug} committee",
        organisation=of,
        code=of.slug[:3].upper(),
        contact="dac@example.org",
        by=TESTS,
        now=NOW,
    )
    return datasets.create_dataset(
        slug=slug,
        title=f"Dataset {slug}",
        organisation=of,
        committee=committee,
        country=of.country,
        accession=f"{slug}.1",
        data_use={"permission": "DUO:0000042", "diseases": [], "modifiers": [], "local": []},
        modes=["visit"],
        by=TESTS,
        now=NOW,
    )


@dataclass(frozen=True, slots=True)
class World:
    """A programme with two coordinators and the adult form in force."""

    programme: Programme
    rosa: User
    sam: User
    version: FormVersion


def adult_content(version: str = "1", without: Iterable[str] = ()) -> dict[str, Any]:
    """The shipped adult form with its translations, as another version, without some of its questions."""
    content = deepcopy(content_of(sample_forms()["model_adult_research"]))
    for part in (content["form"], *content["translations"]):
        part["version"] = version
    content["form"]["items"] = [item for item in content["form"]["items"] if item["key"] not in set(without)]
    for translation in content["translations"]:
        for key in without:
            translation["items"].pop(key)
    return content


def publish(programme: Programme, content: dict[str, Any], first: User, second: User, now: datetime) -> FormVersion:
    """Draft, propose and publish a form version by two people."""
    version = forms.draft(programme=programme, content=content, by=first, now=now)
    version = forms.propose(version=version, by=first, now=now)
    return forms.publish(version=version, by=second, now=now)


@made_once
def world(slug: str = "lakeland", now: datetime = NOW) -> World:
    """A programme that can ask people for their consent."""
    programme = programmes.create_programme(
        slug=slug,
        name=f"{slug.title()} Biobank",
        organisation=organisation(slug),
        country="FI",
        contact="rosa@example.org",
        contact_name="Rosa",
        time_zone="Europe/Helsinki",
        languages=("en", "fi", "es", "fr", "ar"),
        by=TESTS,
        now=now,
    )
    rosa, sam = second_factor(person(f"rosa-{slug}", now)), second_factor(person(f"sam-{slug}", now))
    for coordinator in (rosa, sam):
        roles.give_role(role=Role.COORDINATOR, on=programme, to=coordinator, by=TESTS, now=now)
    return World(programme, rosa, sam, publish(programme, adult_content(), rosa, sam, now))


def enrol(of: World, account: User | None = None, **vault: Any) -> Participant:
    """A participant of the world, linked to an account where one is given."""
    personal = {"name": "Petra Koskinen", "date_of_birth": BORN, "outside_id": "", **vault}
    return programmes.enrol(programme=of.programme, account=account, by=TESTS, now=NOW, **personal)


def place(programme: str, of: User | None = None) -> str:
    """The participant in addresses: the first in the programme who decides for themselves, or this account's."""
    own = Decider.objects.filter(participant__programme__slug=programme, capacity="self", until=None)
    return (own.filter(account=of) if of else own).order_by("pk").values_list("participant_id", flat=True)[0]


def answer(
    participant: Participant, of: World, answers: dict[str, Any], now: datetime = NOW, by: User | None = None
) -> ConsentEvent:
    """The participant signs these answers in the portal; `by` is their account, where it is known already."""
    by = by or participant.account
    assert by is not None
    return ledger.record_answers(
        participant=participant,
        answers=answers,
        form_version=of.version,
        by=by,
        capacity="self",
        source="portal",
        now=now,
    )


def use_of(participant: Participant) -> str | None:
    """The permission that stands in every dataset of the participant, and in the state."""
    state = ConsentState.objects.select_related("profile").get(participant=participant)
    members = Member.objects.filter(participant=participant).select_related("profile")
    assert {member.profile for member in members} <= {state.profile}
    use = state.profile.data_use
    return None if use is None else use["permission"]
