"""A small world with participants, hosts and an active grant, made through the real services."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from access.cases import services as cases
from access.models import Grant, RequestSubmission
from consent.models import Participant
from consent.services import ledger, membership_import
from consent.services.membership_import import FileLine as MembershipLine
from governance.models import DataHost, User
from governance.record import outbox
from governance.services import hosts
from tests.access import builders as access
from tests.acting import TESTS
from tests.consent import builders as consent
from tests.worlds import made_once

NOW = access.NOW
LATER = NOW + timedelta(hours=1)


@dataclass
class Granted:
    """Everybody in it, and the grant as it was made."""

    access: access.World
    consent: consent.World
    participants: list[Participant]
    enforcing: DataHost
    download: DataHost
    grant: Grant

    def now(self) -> Grant:
        """The grant as it stands."""
        return Grant.objects.get(pk=self.grant.pk)

    def leaves(self, number: int, now: datetime = LATER) -> None:
        """A participant stops the use of their data; nothing is propagated yet."""
        participant = self.participants[number]
        assert participant.account is not None
        ledger.withdraw(participant=participant, axis="no_use", by=participant.account, capacity="self", now=now)

    def answers(self, number: int, answers: dict[str, Any], now: datetime = LATER) -> None:
        """A participant changes their answers; nothing is propagated yet."""
        consent.answer(self.participants[number], self.consent, answers, now)


def propagate(now: datetime = LATER) -> int:
    """What the worker does: carry out what is due."""
    return outbox.drain(now=now)


def another_grant(of: Granted, username: str) -> Grant:
    """A grant on the same dataset, of another researcher of the same institution."""
    person = access.person(username)
    access.belongs(of.access.university, person)
    request = access.submitted(of.access, by=person)
    line = cases.take_into_review(line=of.access.line(request), by=of.access.chair, now=NOW)
    for voter in (of.access.chair, of.access.member, of.access.representative):
        cases.vote(line=line, choice="approve", reason="Fits.", by=voter, now=NOW)
    made = cases.approve(line=line, by=of.access.chair, now=NOW, months=24)
    return Grant.objects.get(pk=made.pk)


def rests_on(grant: Grant, purpose: dict[str, Any]) -> None:
    """Let a grant rest on another purpose, as after a loss of data."""
    read = grant.submission
    fields = [field.attname for field in RequestSubmission._meta.concrete_fields if not field.primary_key]
    same = {name: getattr(read, name) for name in fields}
    newest = RequestSubmission.objects.filter(request=read.request_id).latest("version")
    other = RequestSubmission.objects.create(**same | {"version": newest.version + 1, "purpose": purpose})
    Grant.objects.filter(pk=grant.pk).update(submission=other)


def make_unreadable(grant: Grant) -> None:
    """Let nobody be able to judge a grant."""
    rests_on(grant, {"investigations": "all of them"})


def host(slug: str, *, enforces: bool) -> DataHost:
    """A data host; the one that enforces cohorts listens."""
    return hosts.register_host(
        slug=slug,
        name=slug.title(),
        organisation=access.organisation(f"{slug}-computing"),
        country="FI",
        modes=["visit", "download"],
        base_url=f"https://{slug}.example",
        audience=f"https://{slug}.example",
        enforces_cohorts=enforces,
        polls=enforces,
        by=TESTS,
        now=NOW,
    )


@made_once
def granted(
    data_use: dict[str, Any] | None = None,
    answers: dict[str, Any] | None = None,
    others: Sequence[dict[str, Any]] = (),
) -> Granted:
    """Three participants who agreed (and others with answers of their own), two hosts, one approved request."""
    of = access.world(data_use)
    asked = consent.world("karelia", now=NOW - timedelta(days=30))
    enforcing, download = host("harbour", enforces=True), host("arkiv", enforces=False)
    for one in (enforcing, download):
        hosts.serve_dataset(host=one, dataset=of.dataset, by=TESTS, now=NOW)
    participants = []
    given = [answers or consent.EVERYTHING] * 3 + list(others)
    for number, said in enumerate(given):
        account = consent.person(f"participant-{number}", NOW)
        participants.append(consent.enrol(asked, account, name=f"Person {number}"))
        consent.answer(participants[-1], asked, said, NOW - timedelta(days=1))
    lines = [
        MembershipLine(
            number=number,
            participant_id=participant.pk,
            dataset=of.dataset.versions.get().accession,
            host=one.slug,
            host_member_id=f"{one.slug}-{number}",
        )
        for one in (enforcing, download)
        for number, participant in enumerate(participants)
    ]
    membership_import.import_memberships(programme=asked.programme, lines=lines, by=TESTS, now=NOW - timedelta(hours=1))
    line = access.voted(of, "approve", "approve", "approve")
    grant = cases.approve(line=line, by=of.chair, now=NOW, months=24)
    propagate(NOW)
    return Granted(of, asked, participants, enforcing, download, Grant.objects.get(pk=grant.pk))


def subject(person: User) -> str:
    """What feeds and tokens call a person."""
    return person.subject
