"""Requests, cases, lines, terms, clients."""

from access.models import (
    Case,
    CaseMessage,
    Client,
    Collaborator,
    Line,
    Recusal,
    Request,
    RequestSubmission,
    TermsAcceptance,
    TermsVersion,
    Vote,
)
from tests.access.rewritten.spoiling import GONE, REWRITTEN, SOON, Spoil, changed, events, removed
from tests.access.tour import LATER

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
