"""A rehearsal: new people on the stage that the demo keeps for it, so that nobody else's work is touched.

The people are invited to the rehearsal programme and their data are in the rehearsal dataset, under samples that no run
before had. At the end they leave, their accounts close, and what they opened ends. Records stay: ledger and audit must.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from access.demo.consents import own_id
from access.demo.files import REHEARSAL_SAMPLES
from access.grants import services as grants
from access.grants.selectors import LIVE
from access.models import Client, Grant, Request
from access.passports import client_services as clients
from access.requests import services as requests
from consent import vault
from consent.models import Member, Membership, Participant, Programme
from consent.services import invitations, ledger, membership_import, memberships, programmes
from consent.services.membership_import import FileLine as MembershipLine
from governance import policies
from governance.domain.actors import system
from governance.domain.errors import Conflict, NotThere
from governance.domain.roles import Role
from governance.models import Committee, DataHost, Organisation, User
from governance.services import organisations, people, roles

PREFIX = "rehearsal-"
ACCESSION = "RHS-0001"
HOSTS = ("harbour", "arkiv")
BORN = date(1990, 6, 1)
PARTICIPANTS = 4
REDIRECT = "http://127.0.0.1:9/callback"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Who plays: user names, each participant's invitation, and the client that fetches passports."""

    run: str
    participants: list[dict[str, Any]]
    researcher: str
    chair: str
    member: str
    operator: str
    client_id: str
    client_secret: str
    redirect_uri: str

    def to_json(self) -> dict[str, Any]:
        """As the journey reads it."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def is_rehearsal_name(username: str) -> bool:
    """Whether this account was made for a rehearsal."""
    return username.startswith(PREFIX)


@transaction.atomic
def begin(*, now: datetime) -> Rehearsal:
    """Make the people of one run. They have consented to nothing yet."""
    run = secrets.token_hex(4)
    stage = Organisation.objects.get(slug="rehearsal")
    committee = Committee.objects.get(slug="rehearsal-dac")
    named = {part: _person(run, part, now) for part in ("researcher", "chair", "member", "operator")}
    organisations.record_affiliation(
        person=named["researcher"],
        organisation=Organisation.objects.get(slug="saimaa"),
        role="faculty",
        vouched_by="signing_official",
        until=now + timedelta(days=365),
        by=system("rehearsal"),
        now=now,
    )
    roles.give_role(role=Role.CHAIR, on=committee, to=named["chair"], by=system("rehearsal"), now=now)
    roles.give_role(role=Role.MEMBER, on=committee, to=named["member"], by=system("rehearsal"), now=now)
    operator_of = DataHost.objects.get(slug="arkiv").organisation
    roles.give_role(role=Role.HOST_OPERATOR, on=operator_of, to=named["operator"], by=system("rehearsal"), now=now)
    client, secret = clients.register_client(
        name=f"Rehearsal {run}", host=None, grants=[clients.AUTHORIZATION_CODE, clients.TOKEN_EXCHANGE],
        redirect_uris=[REDIRECT], scopes=["openid", "profile", "ga4gh_passport_v1"], by=system("rehearsal"), now=now,
        expires_at=now + timedelta(days=1),
    )  # fmt: skip
    return Rehearsal(
        run=run,
        participants=_participants(run, stage, now),
        researcher=named["researcher"].username,
        chair=named["chair"].username,
        member=named["member"].username,
        operator=named["operator"].username,
        client_id=client.client_id,
        client_secret=secret,
        redirect_uri=REDIRECT,
    )


def _person(run: str, part: str, now: datetime) -> User:
    return people.create_person(
        username=f"{PREFIX}{run}-{part}",
        email=f"{PREFIX}{run}-{part}@demo.example",
        name="" if part.startswith("participant") else f"Rehearsal {part}",
        by=system("rehearsal"),
        now=now,
    )


def _participants(run: str, stage: Organisation, now: datetime) -> list[dict[str, Any]]:
    programme = Programme.objects.get(slug="rehearsal")
    coordinator = policies.holders(Role.COORDINATOR, programme).order_by("pk")[0]
    first = Member.objects.filter(dataset__slug="rehearsal-genomes").count() + 1
    if first + PARTICIPANTS > REHEARSAL_SAMPLES:
        raise Conflict("the stage's samples are used up after a hundred rehearsals: make a new demo world")
    made, lines = [], []
    for number in range(PARTICIPANTS):
        participant = programmes.enrol(
            programme=programme, by=system("rehearsal"), now=now, name=f"Rehearsal {number + 1}", date_of_birth=BORN,
            outside_id=_outside_ids(run)[number],
        )  # fmt: skip
        invited = invitations.make(participant=participant, by=coordinator, now=now)
        lines += [
            MembershipLine(
                number=number,
                participant_id=participant.pk,
                dataset=ACCESSION,
                host=host,
                host_member_id=own_id(host, ACCESSION, first + number),
            )
            for host in HOSTS
        ]
        account = _person(run, f"participant-{number + 1}", now)
        made.append(
            {
                "username": account.username,
                "code": invited.code,
                "date_of_birth": BORN.isoformat(),
                "samples": {host: own_id(host, ACCESSION, first + number) for host in HOSTS},
            }
        )
    membership_import.import_memberships(programme=programme, lines=lines, by=system("rehearsal"), now=now)
    return made


def _outside_ids(run: str) -> list[str]:
    """What the participants of a run are found by, whether they came with their code or not."""
    return [f"{PREFIX}{run}-{number + 1}" for number in range(PARTICIPANTS)]


def end(*, run: str, now: datetime) -> None:
    """Close one run: requests and grants end, participants leave, roles and accounts go, the client ends."""
    accounts = list(User.objects.filter(username__startswith=f"{PREFIX}{run}-"))
    if not accounts:
        raise NotThere("there is no such rehearsal")
    _close_access(accounts, now)
    enrolled = vault.find_by_outside_ids(Programme.objects.get(slug="rehearsal"), _outside_ids(run))
    for participant in Participant.objects.filter(pk__in=enrolled.values()).select_related("programme"):
        # Who never came with their code has said nothing that they could take back.
        account = participant.account
        if account is not None:
            ledger.withdraw(
                participant=participant, axis=("no_contact", "no_collection", "no_use"), by=account,
                capacity="self", now=now,
            )  # fmt: skip
        for membership in Membership.objects.filter(participant=participant, end__isnull=True):
            memberships.end(participant=participant, dataset=membership.dataset, by=system("rehearsal"), now=now)
    for client in Client.objects.filter(name=f"Rehearsal {run}"):
        clients.expire_client(client=client, by=system("rehearsal"), now=now)
    committee, organisation = Committee.objects.get(slug="rehearsal-dac"), Organisation.objects.get(slug="harbour")
    for account in accounts:
        for role, on in (
            (Role.CHAIR, committee), (Role.MEMBER, committee), (Role.HOST_OPERATOR, organisation),
        ):  # fmt: skip
            if policies.holds(account, role, on):
                roles.take_role(role=role, on=on, of=account, by=system("rehearsal"), now=now)
    for account in accounts:
        people.close_account(person=account, because="rehearsed", by=system("rehearsal"), now=now)


def _close_access(accounts: list[User], now: datetime) -> None:
    for grant in Grant.objects.filter(line__case__request__applicant__in=accounts, state__in=LIVE):
        grants.end_grant(
            grant=grant, reason=Grant.End.CLOSED, note="the rehearsal is over", by=system("rehearsal"), now=now
        )
    for request in Request.objects.filter(applicant__in=accounts, state__in=["draft", "submitted", "returned"]):
        requests.withdraw(request=request, by=request.applicant, now=now)
