"""A tour of all services: every kind of event happens in it, and everything that can end has ended or is still there."""

import io
from dataclasses import dataclass, replace
from datetime import date, timedelta

from allauth.mfa.models import Authenticator
from django.core.files.base import ContentFile

from access.cases import services as cases
from access.grants import ends as grant_ends
from access.grants import obligation_services as obligations
from access.grants import services as grants
from access.hosts import services as hosts
from access.models import Grant
from access.passports import client_services as clients
from access.requests import collaborator_services as collaborators
from access.requests import services as requests
from consent.models import ConsentEvent, Participant
from consent.services import batches, deciders, erasure, invitations, ledger, membership_jobs, memberships, mending
from consent.services.membership_import import FileLine
from consent.services.recording import Saying
from governance.domain.errors import Invalid
from governance.domain.roles import Role
from governance.imports.files import read_content
from governance.models import DatasetProposal, Installation, SigningKey, User
from governance.record import jobs, outbox
from governance.selectors.ontology import active_ontologies
from governance.services import datasets, organisations, people, proposals, roles
from governance.services import hosts as registry
from governance.services import keys as key_service
from governance.services.imports import import_datasets
from governance.services.ontology import activate_release, import_release
from tests.access import builders
from tests.access.granted import LATER, NOW, Granted, granted
from tests.access.mints import mint_visas
from tests.accounts import second_factor
from tests.acting import TESTS
from tests.consent import builders as asking
from tests.governance.record.sealing import by_the_owner
from tests.worlds import made_once

AFTER = LATER + timedelta(hours=1)
OBO = b"format-version: 1.2\ndata-version: 7\n\n[Term]\nid: TOUR:1\nname: a tour\n"


@dataclass
class Toured:
    """What the tour leaves: a grant that stands with live visas, one that has ended, and everybody on the way."""

    of: Granted
    ended: Grant
    colleague: User


@made_once
def tour() -> Toured:
    """Through every service. The caller has set the clock to `LATER`, at which keys and tokens are looked at."""
    key_service.ensure(by=TESTS, now=NOW)
    Installation.objects.create(demo=True, made_at=NOW)
    of = granted()
    second_factor(of.access.ada)
    colleague = _a_request_with_everything(of)
    _datasets(of)
    _visas(of)
    ended = _a_grant_that_ends(of)
    _a_grant_that_obliges(of)
    _participants(of)
    _jobs(of)
    _keys()
    _one_who_leaves(of)
    _a_host_that_closes(of)
    outbox.drain(now=LATER)
    registry.serve_dataset(
        host=of.enforcing, dataset=builders.dataset("lungs", of.access.committee), by=TESTS, now=AFTER
    )
    return Toured(of, ended, colleague)


def _a_request_with_everything(of: Granted) -> User:
    """A request with a colleague that is returned, answered, discussed, refused; one taken back; one in draft."""
    world = of.access
    carl = builders.person("carl")
    builders.belongs(world.university, carl)
    builders.accept(world.terms, carl)
    request = builders.drafted(world, diseases=["MONDO:0005021"])
    collaborators.ask(request=request, name="carl", by=world.ada, now=NOW)
    collaborators.join(request=request, by=carl, now=NOW)
    requests.submit(request=request, by=world.ada, now=NOW)
    line = world.line()
    cases.take_into_review(line=line, by=world.chair, now=NOW)
    cases.vote(line=line, choice="approve", reason="", by=world.member, now=NOW)
    cases.vote(line=line, choice="refuse", reason="On second thoughts.", by=world.member, now=LATER)
    cases.return_line(line=line, text="Say which ancestry you mean.", by=world.chair, now=NOW)
    requests.submit(request=request, by=world.ada, now=NOW)
    cases.write_to_committee(case=world.case(), text="None.", by=world.ada, now=NOW)
    cases.recuse(case=world.case(), reason="My sister works there.", by=world.secretary, now=NOW)
    for voter in (world.member, world.representative):
        cases.vote(line=line, choice="refuse", reason="It does not fit.", by=voter, now=NOW)
    cases.refuse(line=line, term="GRU", text="It does not fit.", by=world.chair, now=NOW)
    taken_back = builders.submitted(world, diseases=["MONDO:0005027"])
    requests.withdraw(request=taken_back, by=world.ada, now=NOW)
    builders.drafted(world, diseases=["MONDO:0005070"])
    return carl


def _a_grant_that_ends(of: Granted) -> Grant:
    """A second grant: suspended, resumed, left by one of its people, closed by its applicant."""
    world = of.access
    line = builders.voted(world, "approve", "approve", diseases=["MONDO:0005045"])
    grant = cases.approve(line=line, by=world.chair, now=NOW, conditions="Cite us.")
    grant_ends.suspend_grant(grant=grant, note="We are asked to look.", by=world.chair, now=LATER)
    grant_ends.resume_grant(grant=grant, by=world.chair, now=LATER)
    mint_visas(person=world.ada, client=None, host=of.enforcing, now=LATER)
    grants.end_person(grant=grant, person=world.ada, note="Moved on.", by=world.ada, now=LATER)
    return grant_ends.close_grant(grant=grant, note="Done.", by=world.ada, now=AFTER)


def _a_grant_that_obliges(of: Granted) -> None:
    """A third one, of which something is shown, sent back, put off, shown again and accepted."""
    label = {"permission": "GRU", "modifiers": ["PUB", "IRB"]}
    world = replace(of.access, dataset=builders.dataset("notes", of.access.committee, label))
    line = builders.voted(world, "approve", "approve", agrees=["PUB"])
    [published] = cases.approve(line=line, by=world.chair, now=NOW).demanded.filter(state="promised")
    link = "https://journal.example/1"
    obligations.offer(obligation=published, words="A preprint.", link="", by=world.ada, now=LATER)
    obligations.send_back(obligation=published, note="Where is it?", by=world.chair, now=LATER)
    obligations.postpone(obligation=published, due=date(2029, 6, 30), by=world.chair, now=LATER)
    paper = ContentFile(b"What we found.")
    shown = obligations.offer(obligation=published, words="It.", link=link, file=paper, by=world.ada, now=AFTER)
    obligations.erase_file(evidence=shown, by=world.ada, now=AFTER)
    obligations.accept(obligation=published, by=world.chair, now=AFTER)


def _visas(of: Granted) -> None:
    client, _secret = clients.register_client(
        name="Portal", host=of.enforcing, grants=[clients.AUTHORIZATION_CODE], redirect_uris=["https://portal.example/"],
        scopes=["openid", "ga4gh_passport_v1"], by=TESTS, now=NOW,
    )  # fmt: skip
    consent = clients.remember_consent(person=of.access.ada, client=client, scopes=["openid"], now=NOW)
    clients.forget_consent(person=of.access.ada, consent_id=consent.pk, now=NOW)
    clients.give_token(person=of.access.ada, client=client, by=TESTS, now=NOW)
    mint_visas(person=of.access.ada, client=client, host=of.enforcing, now=LATER)
    of.leaves(0)
    outbox.drain(now=LATER)
    hosts.confirm(host=of.enforcing, grant=of.grant, position=4, by=of.enforcing, now=LATER)
    mint_visas(person=of.access.ada, client=client, host=of.enforcing, now=LATER)
    clients.expire_client(client=client, by=TESTS, now=LATER)


def _datasets(of: Granted) -> None:
    world = of.access
    dana = second_factor(builders.person("dana"))
    roles.give_role(role=Role.STEWARD, on=world.committee.organisation, to=dana, by=TESTS, now=NOW)
    roles.give_role(role=Role.HOST_OPERATOR, on=world.committee.organisation, to=dana, by=TESTS, now=NOW)
    roles.take_role(role=Role.HOST_OPERATOR, on=world.committee.organisation, of=dana, by=TESTS, now=NOW)
    table = b"name\tdata_use_restriction\nEpi\tDS-EP-IRB\n"
    file = read_content(table, "dbgap", active_ontologies())
    import_datasets(file=file, organisation=world.committee.organisation, committee=world.committee, by=dana, now=NOW)
    [proposal] = DatasetProposal.objects.all()
    proposals.settle_proposal(proposal=proposal, diseases=["MONDO:0005027"], by=dana, now=NOW, reason="page 3")
    datasets.add_version(dataset=world.dataset, accession="HEARTS-0002", by=dana, now=NOW)
    release = import_release(file=io.BytesIO(OBO), by=TESTS, now=NOW).release
    assert release is not None
    activate_release(release=release, by=TESTS, now=NOW)


def _participants(of: Granted) -> None:
    rosa, sam = of.consent.rosa, of.consent.sam
    joan = asking.enrol(of.consent, asking.person("joan", NOW))
    asking.answer(joan, of.consent, asking.EVERYTHING, LATER)
    memberships.add(participant=joan, dataset=of.access.dataset, by=rosa, now=LATER)
    asking.publish(of.consent.programme, asking.adult_content("2"), rosa, sam, NOW)
    invited, later = asking.enrol(of.consent, outside_id="X1"), asking.enrol(of.consent, outside_id="X2")
    code = invitations.make(participant=invited, by=rosa, now=NOW).code
    nils = builders.person("nils")
    try:
        invitations.redeem(code="wrong", date_of_birth=asking.BORN, by=nils, now=NOW)
    except Invalid:
        invitations.redeem(code=code, date_of_birth=asking.BORN, by=nils, now=NOW)
    memberships.add(participant=invited, dataset=of.access.dataset, by=rosa, now=LATER)
    memberships.end(participant=invited, dataset=of.access.dataset, by=rosa, now=LATER)
    erasure.erase_identity(participant=later, by=rosa, now=LATER)
    line = batches.SaidLine(
        2,
        asking.enrol(of.consent, outside_id="X3").pk,
        Saying(answers={"take_part": "no"}, form_version=of.consent.version),
    )
    batches.record_many(
        programme=of.consent.programme, lines=[line], by=rosa, capacity="import", source="file", now=LATER
    )
    guardian = deciders.give(participant=joan, account=nils, capacity="guardian", role="aunt", by=rosa, now=NOW)
    deciders.end(decider=guardian, by=rosa, now=LATER)
    _a_ledger_that_is_mended(joan)


def _a_ledger_that_is_mended(participant: Participant) -> None:
    """Somebody stops being written to while an event of theirs is not there; it is put back, and read again."""
    lost = ConsentEvent.objects.get(participant=participant)
    account = participant.account
    assert account is not None
    with by_the_owner():
        ConsentEvent.objects.filter(pk=lost.pk).delete()
    ledger.withdraw(participant=participant, axis="no_contact", by=account, capacity="self", now=LATER)
    lost.save(force_insert=True)
    mending.read_again(LATER)


def _jobs(of: Granted) -> None:
    """An import that is cancelled before a worker takes it, and done when it is tried again."""
    programme, rosa = of.consent.programme, of.consent.rosa
    lines = [FileLine(number=2, participant_id="nobody", dataset="none")]
    job = membership_jobs.start(programme=programme, lines=lines, by=rosa, now=LATER)
    jobs.cancel(job=job, by=rosa, now=LATER)
    jobs.retry(job=job, by=rosa, now=LATER)
    while jobs.work(only=job.pk, now=LATER):
        pass


def _keys() -> None:
    key_service.rotate(use=SigningKey.Use.STATUS, by=TESTS, now=LATER)
    key_service.rewrap(by=TESTS, now=LATER)
    unused = SigningKey.objects.get(use=SigningKey.Use.STATUS, state="retired")
    key_service.revoke(kid=unused.kid, by=TESTS, now=LATER)


def _one_who_leaves(of: Granted) -> None:
    """Somebody whose visas are revoked because their affiliation ended."""
    leaver = second_factor(builders.person("lea"))
    place = builders.belongs(of.access.university, leaver)
    mint_visas(person=leaver, client=None, host=of.enforcing, now=LATER)
    organisations.end_affiliation(affiliation=place, by=TESTS, now=LATER)
    with people.second_factor_followed(person=leaver, now=LATER):
        Authenticator.objects.filter(user=leaver).delete()
    people.close_account(person=leaver, because="left", by=TESTS, now=LATER)


def _a_host_that_closes(of: Granted) -> None:
    """A host that is called otherwise, then closed; it serves nothing."""
    host = registry.register_host(
        slug="pier", name="Pier", organisation=of.enforcing.organisation, country="FI", modes=["download"],
        base_url="https://pier.example/", audience="https://pier.example", enforces_cohorts=False, polls=False,
        by=TESTS, now=LATER,
    )  # fmt: skip
    registry.change_host(host=host, name="Pier two", by=TESTS, now=LATER)
    registry.close_host(host=host, because="left", by=TESTS, now=LATER)
