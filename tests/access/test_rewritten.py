"""What somebody with the rights of the database's owner rewrites, with every trigger put aside, `verify` finds.

One spoilt row for each thing that `verify` says. What no comparison inside one database can find stands at the end.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection, models, transaction
from django.db.models import F

from access import seals
from access.models import (
    Case,
    CaseMessage,
    Client,
    Collaborator,
    Grant,
    GrantChange,
    GrantPerson,
    HostAcknowledgement,
    Line,
    PassportIntent,
    Recusal,
    Request,
    RequestSubmission,
    StatusList,
    TermsAcceptance,
    TermsVersion,
    Visa,
    Vote,
)
from access.verification import verify
from consent.domain.fold import fold
from consent.models import (
    CohortChange,
    ConsentEvent,
    ConsentProfile,
    ConsentState,
    FormVersion,
    Member,
    Membership,
    MembershipEnd,
    Participant,
    ProfileCount,
    ProfileCountDelta,
)
from consent.selectors.ledger import event_of, forms_of
from consent.services import states
from consent.services.verify import verify_ledger
from governance.models import (
    Affiliation,
    AuditEvent,
    Committee,
    CommitteeUserPermission,
    DataHost,
    Dataset,
    DatasetVersion,
    HostedDataset,
    OutboxMessage,
    SigningKey,
    User,
)
from governance.record import append_only, sealer
from governance.record import verify as record
from tests.access.tour import LATER, Toured, tour

# All visas of the tour end an hour after it.
SOON = LATER + timedelta(minutes=10)
REWRITTEN = "is not as the audit log covers it: it was changed beside the platform"
GONE = "stands in the audit log and is not there"
pytestmark = pytest.mark.django_db
Spoil = Callable[[Toured], object]


@pytest.fixture
def toured() -> Iterator[Toured]:
    """The tour's world, with every trigger put aside."""
    with time_machine.travel(LATER, tick=False):
        world = tour()
        append_only.lift(plan=["somebody with the rights of the owner"])
        yield world


def found() -> set[str]:
    return {one.says for one in verify.findings(now=SOON)} | {one.says for one in verify_ledger(now=SOON).problems}


def events(kind: str) -> models.QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(kind=kind)


def removed(rows: models.QuerySet[models.Model]) -> None:
    """Rows that are simply not there any more, whatever points to them."""
    ids = list(rows.values_list("pk", flat=True))
    assert ids
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for pk in ids:
            key = pk.hex if connection.vendor == "sqlite" and hasattr(pk, "hex") and not isinstance(pk, float) else pk
            cursor.execute(
                f'DELETE FROM "{rows.model._meta.db_table}" WHERE "{rows.model._meta.pk.column}" = %s', [key]
            )


def changed(rows: models.QuerySet[models.Model], **values: object) -> None:
    assert rows.update(**values)


# --- Roles, people, keys, datasets, hosts -----------------------------------------------------------------------------
def a_seat(of: Toured) -> None:
    committee = of.of.access.committee
    chair = Permission.objects.get(codename="chair", content_type__app_label="governance")
    CommitteeUserPermission.objects.create(user=of.colleague, permission=chair, content_object=committee)


def an_administrator(of: Toured) -> None:
    of.colleague.user_permissions.add(
        Permission.objects.get(codename="administrator", content_type__app_label="governance")
    )


GROUND: dict[str, tuple[Spoil, str]] = {
    "a role given by SQL": (a_seat, "person {colleague} holds the role chair, which the audit log does not give"),
    "an administrator made by SQL": (
        an_administrator,
        "person {colleague} holds the role administrator, which the audit log does not give",
    ),
    "a seat taken by SQL": (
        lambda of: CommitteeUserPermission.objects.filter(user=of.of.access.chair).delete(),
        "person {chair} was given the role chair and does not hold it",
    ),
    "a role's event removed": (
        lambda of: removed(events("role.given").filter(detail__to=of.of.access.chair.subject)),
        "person {chair} holds the role chair, which the audit log does not give",
    ),
    "an affiliation made longer": (
        lambda of: changed(Affiliation.objects.all(), until=LATER + timedelta(days=9999)),
        "the affiliations are not those that the audit log tells of",
    ),
    "an ended affiliation taken up": (
        lambda of: changed(Affiliation.objects.exclude(ended_at=None), ended_at=None),
        "the ends of affiliations are not those that the audit log tells of",
    ),
    "a closed account opened": (
        lambda of: changed(User.objects.filter(is_active=False), is_active=True),
        "has an open account, which the audit log tells was closed",
    ),
    "somebody of the log gone": (
        lambda of: changed(events("affiliation.recorded"), subject_id="0" * 32),
        GONE,
    ),
    "a key that somebody else made": (
        lambda of: changed(SigningKey.objects.filter(state="active"), public_jwk={"kty": "RSA"}),
        "its public half is not the one that the audit log covers",
    ),
    "a revoked key brought back": (
        lambda of: changed(SigningKey.objects.filter(state="revoked"), state="retired"),
        "is retired, and the audit log left it revoked",
    ),
    "a key's moments": (
        lambda of: changed(SigningKey.objects.filter(state="active"), activated_at=SOON),
        "its moments are not those of the audit log",
    ),
    "a key gone": (lambda of: removed(SigningKey.objects.filter(state="revoked")), GONE),
    "a label widened": (
        lambda of: changed(Dataset.objects.filter(slug="hearts"), data_use={"permission": "NRES"}),
        "its data use is not the one that the audit log tells of",
    ),
    "a settled label widened": (
        lambda of: changed(Dataset.objects.filter(source_name="Epi"), data_use={"permission": "NRES"}),
        "its data use is not the one that the audit log tells of",
    ),
    "an accession renamed": (
        lambda of: changed(DatasetVersion.objects.filter(accession="HEARTS-0001"), accession="HEARTS-0009"),
        "its versions are not those that the audit log tells of",
    ),
    "how many votes a committee needs": (
        lambda of: changed(Committee.objects.all(), quorum=9),
        "how it decides is not as the audit log covers it",
    ),
    "what visas for a version say": (
        lambda of: changed(DatasetVersion.objects.filter(accession="HEARTS-0001"), visa_value="LUNGS"),
        "its versions are not those that the audit log tells of",
    ),
    "a way of opening a dataset": (
        lambda of: changed(Dataset.objects.filter(slug="hearts"), modes=["download", "visit", "federated"]),
        "its row is not the one that the audit log covers",
    ),
    "members that no visa shall know of": (
        lambda of: changed(Dataset.objects.filter(slug="hearts"), has_members=False),
        "has members, and is kept as a label only",
    ),
    "an account closed by SQL": (
        lambda of: changed(User.objects.filter(pk=of.colleague.pk), is_active=False),
        "has a closed account, which the audit log does not tell",
    ),
    "a dataset gone": (lambda of: removed(Dataset.objects.filter(slug="lungs")), GONE),
    "a host that answers to another name": (
        lambda of: changed(DataHost.objects.filter(slug="arkiv"), audience="https://elsewhere.example"),
        "its row is not the one that the audit log covers",
    ),
    "a dataset served by SQL": (
        lambda of: HostedDataset.objects.create(
            host=of.of.download, dataset=Dataset.objects.get(slug="lungs"), since=LATER
        ),
        "the datasets it serves are not those that the audit log tells of",
    ),
    "a host gone": (lambda of: removed(DataHost.objects.filter(slug="arkiv")), GONE),
    "a message gone": (
        lambda of: removed(OutboxMessage.objects.filter(kind="dataset.labelled")),
        "1 were announced, and the outbox holds 0",
    ),
}

# --- Requests, cases, lines, terms, clients ---------------------------------------------------------------------------
RECORDS: dict[str, tuple[Spoil, str]] = {
    "a request of nobody who is there": (
        lambda of: changed(Request.objects.filter(state="draft"), applicant=999_999),
        "points by applicant to a row that is not there",
    ),
    "a request's purpose": (lambda of: changed(Request.objects.all(), purpose={}), REWRITTEN),
    "a request's state": (lambda of: changed(Request.objects.filter(state="withdrawn"), state="closed"), REWRITTEN),
    "a save taken out of the log": (
        lambda of: removed(events("request.changed")[:1]),
        "was saved 3 times, and the audit log tells of 2",
    ),
    "a return taken out of the log": (
        lambda of: removed(events("request.returned")),
        "the audit log tells of request.submitted, which cannot follow submitted: an event is missing",
    ),
    "what was submitted": (
        lambda of: changed(RequestSubmission.objects.filter(version=1), lay_summary="Other words."),
        f"version 1 {REWRITTEN}",
    ),
    "the terms of a submission": (
        lambda of: RequestSubmission.objects.filter(version=2).get().terms.clear(),
        f"version 2 {REWRITTEN}",
    ),
    "a version gone": (lambda of: removed(RequestSubmission.objects.filter(version=2)), f"version 2 {GONE}"),
    "a version's event gone": (lambda of: removed(events("request.submitted")), "version 1 is not in the audit log"),
    "a colleague added": (
        lambda of: Collaborator.objects.create(
            request=Request.objects.earliest("pk"),
            asked_as="x",
            person=of.colleague,
            invited_at=LATER,
            confirmed_at=LATER,
        ),
        "those who work on it are not those that the audit log tells of",
    ),
    "a request gone": (lambda of: removed(Request.objects.filter(state="draft")), GONE),
    "when a case was opened": (lambda of: changed(Case.objects.all(), opened_at=SOON), REWRITTEN),
    "a case gone": (lambda of: changed(events("case.opened"), subject_id="LAK-2026-999"), GONE),
    "a message": (
        lambda of: changed(CaseMessage.objects.all(), text="Other words."),
        "message {message} " + REWRITTEN,
    ),
    "a message's author in the log": (
        lambda of: changed(events("case.message"), actor="0" * 32),
        "message {message} " + REWRITTEN,
    ),
    "a message removed": (lambda of: removed(CaseMessage.objects.all()), "message {message} " + GONE),
    "a message added": (lambda of: removed(events("case.message")), "message {message} is not in the audit log"),
    "a recusal's reason": (
        lambda of: changed(Recusal.objects.all(), reason="None."),
        "recusal of {secretary} " + REWRITTEN,
    ),
    "a recusal removed": (lambda of: removed(Recusal.objects.all()), "recusal of {secretary} " + GONE),
    "a line's conditions": (lambda of: changed(Line.objects.filter(conditions="Cite us."), conditions=""), REWRITTEN),
    "what was judged": (
        lambda of: changed(Line.objects.filter(state="approved"), judged=[{"rule": "SENS-4", "judgement": "Fine."}]),
        REWRITTEN,
    ),
    "a refusal's words": (lambda of: changed(Line.objects.exclude(refusal=None), refusal={}), REWRITTEN),
    "the months of a line": (lambda of: changed(Line.objects.filter(state="approved"), months=60), REWRITTEN),
    "a line's beginning taken out of the log": (
        lambda of: removed(events("line.taken")),
        "the audit log tells of line.decided, which cannot follow pending: an event is missing",
    ),
    "a line gone": (lambda of: changed(events("line.opened"), subject_id="LAK-2026-001/NOTHING"), GONE),
    "a vote": (lambda of: changed(Vote.objects.filter(pk=the_vote()), choice="refuse"), "vote {vote} " + REWRITTEN),
    "the words of a vote": (
        lambda of: changed(Vote.objects.filter(pk=the_vote()), reason="Other words."),
        "vote {vote} " + REWRITTEN,
    ),
    "who voted, in the log": (lambda of: changed(events("vote.cast"), actor="0" * 32), "vote {vote} " + REWRITTEN),
    "when somebody voted, in the log": (
        lambda of: changed(events("vote.cast"), at=SOON),
        "vote {vote} " + REWRITTEN,
    ),
    "a vote removed": (lambda of: removed(Vote.objects.filter(pk=the_vote())), "vote {vote} " + GONE),
    "a vote's event removed": (
        lambda of: removed(events("vote.cast").filter(detail__vote=the_vote())),
        "vote {vote} is not in the audit log",
    ),
    "a vote that no longer counts": (
        lambda of: changed(Vote.objects.filter(pk=the_vote()), replaced_at=SOON),
        "vote {vote} was replaced by none",
    ),
    "when a vote was replaced": (
        lambda of: changed(Vote.objects.exclude(replaced_at=None), replaced_at=SOON),
        "vote {replaced} was not replaced when the next one of its voter was cast",
    ),
    "the terms' text": (lambda of: changed(TermsVersion.objects.all(), text="Do what you like."), REWRITTEN),
    "terms gone": (lambda of: changed(events("terms.published"), subject_id="lakeland-terms/9"), GONE),
    "an acceptance added": (
        lambda of: TermsAcceptance.objects.create(
            terms=of.of.access.terms, person=of.of.access.chair, accepted_at=LATER
        ),
        "3 accepted them, and the audit log tells of 2",
    ),
    "an acceptance moved": (
        lambda of: changed(TermsAcceptance.objects.filter(person=of.colleague), person=of.of.access.chair),
        "person {chair} accepted them, which the audit log does not tell",
    ),
    "where a client returns to": (
        lambda of: changed(Client.objects.all(), redirect_uris="https://elsewhere.example/"),
        REWRITTEN,
    ),
    "a client gone": (lambda of: changed(events("client.registered"), subject_id="nothing"), GONE),
}


def the_vote() -> int:
    return Vote.objects.filter(line__state="approved", replaced_at=None).earliest("pk").pk


# --- Grants, visas, hosts ---------------------------------------------------------------------------------------------
def refused_line() -> models.QuerySet[Line]:
    return Line.objects.filter(state="refused")


GRANTS: dict[str, tuple[Spoil, str]] = {
    "a grant's end": (
        lambda of: changed(Grant.objects.filter(state="active"), ends_at=F("ends_at") + timedelta(days=3650)),
        REWRITTEN,
    ),
    "an ended grant taken up": (
        lambda of: changed(Grant.objects.filter(state="ended"), state="active", end_reason="", ended_at=None),
        REWRITTEN,
    ),
    "the obligations of a grant": (lambda of: changed(Grant.objects.all(), obligations=[{}]), REWRITTEN),
    "live past its end": (
        lambda of: changed(Grant.objects.filter(state="active"), ends_at=LATER),
        "is live past its end: does the worker run?",
    ),
    "a change taken out of the log": (
        lambda of: removed(events("grant.suspended")),
        "the audit log tells of grant.resumed, which cannot follow active: an event is missing",
    ),
    "a change that hosts do not read": (
        lambda of: removed(GrantChange.objects.filter(kind="grant.ended")),
        "the changes that hosts read (5) are not those of the audit log (6)",
    ),
    "the moments of the log in another order": (
        lambda of: changed(events("grant.activated"), at=SOON),
        "the changes that hosts read (6) are not those of the audit log (6)",
    ),
    "somebody whom the grant did not name": (
        lambda of: GrantPerson.objects.create(grant=of.of.grant, person=of.colleague, since=LATER),
        "the people that it names are not those that the audit log tells of",
    ),
    "a part taken up again": (
        lambda of: changed(GrantPerson.objects.exclude(ended_at=None), ended_at=None),
        "the people whose part has ended are not those that the audit log tells of",
    ),
    "a grant gone": (lambda of: changed(events("grant.made"), subject_id="G-9999"), GONE),
    "a line that is not approved": (
        lambda of: changed(Line.objects.filter(state="approved"), state="in_review"),
        "its line is in_review",
    ),
    "an approval without a grant": (
        lambda of: changed(refused_line(), state="approved"),
        "is approved and has no grant",
    ),
    "a confirmation": (
        lambda of: changed(HostAcknowledgement.objects.exclude(confirmed_at=None), confirmed_position=99),
        "host harbour confirmed 99, and the audit log tells of 4",
    ),
    "a confirmation made up": (
        lambda of: HostAcknowledgement.objects.filter(confirmed_at=None).update(confirmed_at=LATER),
        "host arkiv confirmed 0, and the audit log tells of None",
    ),
    "a message marked done that was not carried out": (
        lambda of: changed(Grant.objects.filter(state="active"), judged_position=0),
        "was not judged after the last change of its members, and no message waits for it",
    ),
    "a cohort's size": (
        lambda of: changed(Grant.objects.filter(state="active"), cohort_size=77),
        "counts 77 in its cohort, and there are 2",
    ),
    "a snapshot that cannot be read": (
        lambda of: changed(Line.objects.filter(pk=of.ended.line_id), snapshot={**of.ended.line.snapshot, "at": "x"}),
        "could not be carried to its end: ValueError",
    ),
    "a decision": (
        lambda of: changed(
            Line.objects.filter(pk=of.ended.line_id), decision={**of.ended.line.decision, "verdict": "deny"}
        ),
        "its decision does not come out of its snapshot again",
    ),
}


def live() -> models.QuerySet[Visa]:
    return Visa.objects.filter(revoked_at=None, grant__state="active")


def with_purpose(of: Toured, **facts: object) -> None:
    """The dataset asks for ethics approval by now, and the submitted purpose says something else of it."""
    Dataset.objects.filter(slug="hearts").update(data_use={"permission": "GRU", "modifiers": ["IRB"]})
    submission = RequestSubmission.objects.get(request=of.of.access.requests[0])
    changed(RequestSubmission.objects.filter(pk=submission.pk), purpose={**submission.purpose, **facts})


VISAS: dict[str, tuple[Spoil, str]] = {
    "a visa gone": (lambda of: removed(live()), f"it, or a visa of it, {REWRITTEN}"),
    "a visa made longer": (
        lambda of: changed(live(), exp=LATER + timedelta(days=1)),
        f"it, or a visa of it, {REWRITTEN}",
    ),
    "a visa of somebody else": (
        lambda of: changed(PassportIntent.objects.all(), person=of.colleague),
        f"it, or a visa of it, {REWRITTEN}",
    ),
    "a passport's event gone": (lambda of: removed(events("visas.intended")), f"it, or a visa of it, {REWRITTEN}"),
    "a passport gone": (lambda of: changed(events("visas.intended"), subject_id="0" * 32), GONE),
    "a revoked visa brought back": (
        lambda of: changed(Visa.objects.filter(revoked_because="person_ended"), revoked_at=None, revoked_because=""),
        "1 fewer visas are revoked than the audit log tells",
    ),
    "a visa revoked by SQL": (
        lambda of: changed(live(), revoked_at=SOON, revoked_because="x"),
        "3 more visas are revoked than the audit log tells",
    ),
    "a visa of an ended grant": (
        lambda of: changed(Visa.objects.filter(grant__state="ended"), revoked_at=None),
        "its grant is ended",
    ),
    "visas of an ended grant": (
        lambda of: changed(Visa.objects.filter(grant__state="ended"), revoked_at=None),
        "has ended and its visas are not all on their status list",
    ),
    "a visa under an obligation": (
        lambda of: with_purpose(of, ethics_approval=None),
        "obligations of its grant are outstanding: DUO:0000021",
    ),
    "a visa under a grant that cannot be judged": (
        lambda of: with_purpose(of, investigations=7),
        "its grant cannot be judged: Invalid",
    ),
    "a visa of nobody whom the grant names": (
        lambda of: changed(GrantPerson.objects.filter(grant=of.of.grant), ended_at=LATER),
        "its grant does not name this person any more",
    ),
    "a visa whose key was stolen": (
        lambda of: changed(SigningKey.objects.filter(state="active"), state="revoked", revoked_at=LATER),
        "its signing key is revoked and it is not on its status list",
    ),
    "a visa with an older position": (
        lambda of: changed(live().exclude(position=None), position=1),
        "it names a position from before the last shrink when it was minted",
    ),
    "a visa without a cohort from before a shrink": (
        lambda of: changed(live().exclude(position=None), position=None),
        "it names no cohort, and is from before the last change of who is left out",
    ),
    "a visa of a closed account": (
        lambda of: changed(User.objects.filter(pk=of.of.access.ada.pk), is_active=False),
        "its holder's account is closed and it is not on its status list",
    ),
    "a visa of somebody who left": (
        lambda of: changed(Visa.objects.filter(revoked_because="affiliation_ended"), revoked_at=None),
        "its holder's affiliation ended and it is not on its status list",
    ),
    "a status list with fewer places": (
        lambda of: changed(StatusList.objects.all(), counter=0),
        "holds 11 visas and gave out 0",
    ),
    "a status list that is not signed anew": (
        lambda of: changed(StatusList.objects.all(), changed_at=None),
        "was not touched by a revocation, so that it is not signed anew",
    ),
}


# --- The ledger -------------------------------------------------------------------------------------------------------
def a_withdrawal_folded_away(of: Toured) -> None:
    """Everything that follows from a withdrawal undone with our own means: no chain, state or count tells of it."""
    gone = of.of.participants[0]
    last = ConsentEvent.objects.filter(participant=gone, kind="withdrawn").get()
    removed(ConsentEvent.objects.filter(pk=last.pk))
    left = list(ConsentEvent.objects.filter(participant=gone).order_by("sequence"))
    effective = fold([event_of(row) for row in left], forms_of(gone.programme_id), LATER, LATER)
    profile = ConsentProfile.objects.get(key=effective.profile.key)
    states.keep(participant=gone, effective=effective, last_hash=left[-1].hash, now=LATER)
    for member in Member.objects.filter(participant=gone):
        for pk, step in ((member.profile_id, -1), (profile.pk, 1)):
            ProfileCountDelta.objects.create(dataset_id=member.dataset_id, profile_id=pk, step=step)
        Member.objects.filter(pk=member.pk).update(profile=profile)
        CohortChange.objects.filter(member=member, after=member.profile_id).delete()


LEDGER: dict[str, tuple[Spoil, str]] = {
    "a withdrawal folded away": (
        a_withdrawal_folded_away,
        "the audit log holds a withdrawn event {withdrawn} that the ledger does not hold so",
    ),
    "a withdrawal taken out of the log": (
        lambda of: removed(events("consent.withdrawn")),
        "the ledger holds a withdrawn event {withdrawn} that the audit log does not hold so",
    ),
    "who withdrew, in the log": (
        lambda of: changed(events("consent.withdrawn"), actor="0" * 32),
        "the ledger holds a withdrawn event {withdrawn} that the audit log does not hold so",
    ),
    "an event's content": (
        lambda of: changed(ConsentEvent.objects.filter(kind="withdrawn"), content={"axes": ["no_contact"]}),
        "event 2 does not have the hash of its content: it was changed",
    ),
    "an event that cannot be read": (
        lambda of: changed(ConsentEvent.objects.filter(kind="withdrawn"), content={"axes": ["x"]}),
        "an event cannot be read: event: cannot be read: 'x' is not a valid Axis",
    ),
    "an event's content, which reads back alike": (
        lambda of: changed(the_answer(), content={k: v for k, v in the_answer()[0].content.items() if v}),
        "event 1 holds its content otherwise than it was written",
    ),
    "the form of an event": (
        lambda of: changed(the_answer(), form_version=None),
        "event 1 names the form model_adult_research@1, and its row none",
    ),
    "an event in the middle": (
        lambda of: removed(ConsentEvent.objects.filter(sequence=1)),
        "event 2: event 1 is missing or there twice",
    ),
    "a state gone": (lambda of: removed(ConsentState.objects.all()), "has no state"),
    "a state's content": (
        lambda of: changed(
            ConsentState.objects.exclude(events=0), effective=ConsentState.objects.filter(events=0)[0].effective
        ),
        "the state differs from what the ledger gives",
    ),
    "a state's profile": (
        lambda of: changed(ConsentState.objects.all(), profile=ConsentProfile.objects.latest("pk")),
        "the state's profile differs from what the ledger gives",
    ),
    "a state's last event": (
        lambda of: changed(ConsentState.objects.all(), last_hash="0" * 64),
        "the state does not name the newest event",
    ),
    "a member's profile": (
        lambda of: changed(Member.objects.all(), profile=None),
        "the profile in dataset {dataset} differs from the state",
    ),
    "a count": (
        lambda of: ProfileCount.objects.create(
            dataset=of.of.access.dataset, profile=ConsentProfile.objects.latest("pk"), count=7
        ),
        "its counts differ from a recount",
    ),
    "an id shared by two hosts": (
        lambda of: of.of.participants[0].members.get().host_ids.update(own_id="same"),
        "share an id of a member",
    ),
    "somebody in a cohort against their own no": (
        lambda of: changed(
            ConsentState.objects.filter(participant=of.of.participants[1]),
            profile=ConsentProfile.objects.filter(data_use__isnull=True)[0],
        ),
        "member {member} is in it against their own no",
    ),
    "who speaks for somebody": (
        lambda of: changed(Participant.objects.filter(pk=of.of.participants[0].pk), account=of.colleague),
        "the account that speaks for them is not the one that the audit log tells of",
    ),
    "an enrolment taken out of the log": (
        lambda of: removed(events("participant.enrolled")),
        "the audit log does not tell of the enrolment",
    ),
    "a participant gone": (lambda of: changed(events("participant.enrolled"), subject_id="0" * 32), GONE),
    "a membership of an import": (
        lambda of: changed(Membership.objects.all(), first_version=9),
        "memberships {first} to {last} are not those of their import",
    ),
    "a membership that nobody recorded": (
        lambda of: removed(events("membership.begun").filter(detail__membership=the_membership())),
        "membership {membership} is not in the audit log",
    ),
    "a membership gone": (
        lambda of: removed(Membership.objects.filter(pk=the_membership())),
        "membership {membership} stands in the audit log and is not there",
    ),
    "the end of a membership": (
        lambda of: removed(MembershipEnd.objects.all()),
        "the end of membership {membership} is not told alike by the audit log",
    ),
    "a published form": (
        lambda of: changed(FormVersion.objects.filter(state="published"), content={}),
        "its text is not the one that was published",
    ),
}


def the_answer() -> models.QuerySet[ConsentEvent]:
    first = ConsentEvent.objects.filter(sequence=1, form_version__isnull=False).earliest("pk")
    return ConsentEvent.objects.filter(pk=first.pk)


def the_membership() -> int:
    return MembershipEnd.objects.get().membership_id


@pytest.mark.parametrize(
    "spoilt", [GROUND, RECORDS, GRANTS, VISAS, LEDGER], ids=["ground", "records", "grants", "visas", "ledger"]
)
def test_what_was_rewritten_is_found(toured: Toured, spoilt: dict[str, tuple[Spoil, str]]) -> None:
    imported = events("memberships.imported").earliest("pk").detail
    names = {
        "colleague": toured.colleague.subject,
        "chair": toured.of.access.chair.subject,
        "secretary": toured.of.access.secretary.subject,
        "vote": the_vote(),
        "message": CaseMessage.objects.earliest("pk").pk,
        "replaced": Vote.objects.filter(reason="", replaced_at=LATER).get().pk,
        "withdrawn": ConsentEvent.objects.filter(kind="withdrawn").earliest("pk").uuid,
        "dataset": toured.of.access.dataset.pk,
        "member": Member.objects.get(participant=toured.of.participants[1]).pk,
        "membership": the_membership(),
        **{name: imported[name] for name in ("first", "last")},
    }

    missed = {}
    for what, (spoil, says) in spoilt.items():
        with transaction.atomic():
            spoil(toured)
            if says.format(**names) not in (all_of_it := found()):
                missed[what] = (says.format(**names), all_of_it)
            transaction.set_rollback(True)

    assert missed == {}


def test_a_log_that_lost_its_end_is_found(toured: Toured) -> None:
    last = AuditEvent.objects.order_by("-id").values("pk")[:20]
    removed(AuditEvent.objects.filter(pk__in=list(last.values_list("pk", flat=True))))

    assert f"it, or a visa of it, {REWRITTEN}" in found()


def test_a_log_that_tells_of_grants_alone_is_found(toured: Toured) -> None:
    removed(AuditEvent.objects.exclude(subject_kind="grant"))

    assert {REWRITTEN, "the audit log does not tell of the enrolment"} <= found()


# --- What it cannot find ----------------------------------------------------------------------------------------------
def rewritten_on_both_sides(of: Toured) -> None:
    """A vote turned, and its hash made anew with the salt that stands in the same database."""
    vote = Vote.objects.select_related("line__case__request").get(pk=the_vote())
    vote.choice = "refuse"
    vote.save()
    event = events("vote.cast").get(detail__vote=vote.pk)
    event.detail = {**event.detail, "seal": seals.of_vote(vote)}
    event.save()


# What no comparison of rows with events can find; the sealed record does, once it is there.
UNSEEN: dict[str, Spoil] = {
    "an event that no row tells of": lambda of: removed(events("invitation.refused")),
    "a row and its event gone together": lambda of: (
        removed(CaseMessage.objects.all()),
        removed(events("case.message")),
    ),
    "a row and its hash rewritten together": rewritten_on_both_sides,
}


def test_what_is_rewritten_on_both_sides_alike_the_sealed_record_tells(toured: Toured) -> None:
    sealer.seal(now=LATER)
    for spoil in UNSEEN.values():
        with transaction.atomic():
            spoil(toured)
            assert found() == set()
            assert list(record.findings(now=SOON))
            transaction.set_rollback(True)
