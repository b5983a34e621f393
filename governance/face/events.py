"""Events of the audit log as sentences: one for each kind, from the codes of its detail. Who reads them sees no name."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from governance.domain.actors import Actor, ActorKind
from governance.domain.events import Kind
from governance.face.look import Words
from governance.models import AuditEvent

SENTENCES: Mapping[Kind, Words] = {
    Kind.PERSON_CREATED: lazy("An account was made."),
    Kind.ACCOUNT_CLOSED: lazy("The account was closed: %(because)s."),
    Kind.SECOND_FACTOR_REMOVED: lazy("The account has no second factor any more."),
    Kind.ORGANISATION_CREATED: lazy("The organisation was entered."),
    Kind.AFFILIATION_RECORDED: lazy("An affiliation with %(organisation)s as %(role)s was recorded."),
    Kind.AFFILIATION_ENDED: lazy("The affiliation with %(organisation)s ended."),
    Kind.ROLE_GIVEN: lazy("The role %(role)s was given to %(to)s."),
    Kind.ROLE_TAKEN: lazy("The role %(role)s was taken from %(of)s."),
    Kind.COMMITTEE_CREATED: lazy("The committee was founded at %(organisation)s."),
    Kind.DATASET_CREATED: lazy("The version %(accession)s was entered."),
    Kind.DATASET_LABELLED: lazy("The data use was changed, on this evidence: %(evidence)s."),
    Kind.DATASETS_IMPORTED: lazy("A file of datasets was read: %(imported)s entered, %(proposed)s left to a steward."),
    Kind.PROPOSAL_SETTLED: lazy("What an import left open was settled: %(state)s."),
    Kind.HOST_REGISTERED: lazy("The host was registered."),
    Kind.HOST_SERVES: lazy("The host serves the dataset %(dataset)s too."),
    Kind.HOST_CHANGED: lazy("Settings of the host were changed: %(changed)s."),
    Kind.HOST_CLOSED: lazy("The host was closed: %(because)s."),
    Kind.ONTOLOGY_IMPORTED: lazy("Release %(version)s of %(name)s was loaded, with %(terms)s terms."),
    Kind.ONTOLOGY_ACTIVATED: lazy("Release %(version)s of %(name)s was switched on."),
    Kind.KEY_CREATED: lazy("A key was made, for %(use)s, by %(alg)s."),
    Kind.KEY_ACTIVATED: lazy("The key signs from now on, for %(use)s."),
    Kind.KEY_RETIRED: lazy("The key signs no more, for %(use)s."),
    Kind.KEY_REVOKED: lazy("The key was revoked, for %(use)s."),
    Kind.KEYS_REWRAPPED: lazy("Private halves were wrapped under the newest key: %(keys)s."),
    Kind.FILE_STORED: lazy("A file was given: %(type)s, %(size)s bytes."),
    Kind.FILE_ERASED: lazy("The file was erased: %(because)s."),
    Kind.JOB_STARTED: lazy("The job %(job)s was asked for, of %(total)s."),
    Kind.JOB_CANCELLED: lazy("The job %(job)s was cancelled after %(done)s of %(total)s."),
    Kind.JOB_RETRIED: lazy("The job %(job)s is tried again after %(done)s of %(total)s."),
    Kind.JOB_ENDED: lazy("The job %(job)s ended after %(done)s of %(total)s: %(outcome)s."),
    Kind.PROGRAMME_CREATED: lazy("The programme was entered."),
    Kind.FORM_DRAFTED: lazy("A version of the form was drafted."),
    Kind.FORM_PROPOSED: lazy("A version of the form was proposed."),
    Kind.FORM_PUBLISHED: lazy("A version of the form was published."),
    Kind.FORM_RETIRED: lazy("A version of the form was retired."),
    Kind.PARTICIPANT_ENROLLED: lazy("The participant was enrolled in %(programme)s."),
    Kind.DECIDER_GIVEN: lazy("An account was entered as the one that decides for the participant."),
    Kind.DECIDER_ENDED: lazy("An account decides for the participant no longer."),
    Kind.IDENTITY_ERASED: lazy("Who the participant is was erased."),
    Kind.INVITATION_MADE: lazy("An invitation to %(programme)s was made."),
    Kind.INVITATION_USED: lazy("An invitation was used."),
    Kind.INVITATION_REFUSED: lazy("A code of an invitation was refused."),
    Kind.CONSENT_RECORDED: lazy("Answers were recorded: %(kind)s, as %(capacity)s."),
    Kind.CONSENTS_RECORDED: lazy("Answers of %(events)s participants were recorded together."),
    Kind.CONSENT_WITHDRAWN: lazy("Consent was withdrawn, as %(capacity)s."),
    Kind.LEDGER_NOT_WHOLE: lazy("A withdrawal was taken as event %(sequence)s of a ledger that is not whole."),
    Kind.LEDGER_WHOLE: lazy("The ledger was found whole again, up to event %(sequence)s."),
    Kind.MEMBERSHIPS_IMPORTED: lazy("Memberships were imported: %(memberships)s."),
    Kind.MEMBERSHIP_BEGUN: lazy("The participant became part of dataset %(dataset)s."),
    Kind.MEMBERSHIP_ENDED: lazy("The participant is no more part of dataset %(dataset)s."),
    Kind.COHORT_CHANGED: lazy("Members of the dataset changed: %(changes)s."),
    Kind.REQUEST_DRAFTED: lazy("The request was begun."),
    Kind.REQUEST_CHANGED: lazy("The request was saved, as revision %(revision)s."),
    Kind.COLLABORATOR_ASKED: lazy("A colleague was asked to work on the request."),
    Kind.REQUEST_SUBMITTED: lazy("Version %(version)s of the request was submitted, for %(datasets)s."),
    Kind.REQUEST_RETURNED: lazy("The request came back to its applicant."),
    Kind.REQUEST_WITHDRAWN: lazy("The request was taken back."),
    Kind.REQUEST_CLOSED: lazy("Every line of the request is settled."),
    Kind.TERMS_PUBLISHED: lazy("The terms of %(committee)s were published."),
    Kind.TERMS_ACCEPTED: lazy("The terms of %(committee)s were accepted."),
    Kind.CASE_OPENED: lazy("%(committee)s has its part of %(request)s before it."),
    Kind.CASE_MESSAGE: lazy("A message was written."),
    Kind.MEMBER_RECUSED: lazy("%(person)s takes no part: %(because)s."),
    Kind.VOTE_CAST: lazy("A vote was cast on version %(version)s: %(choice)s."),
    Kind.LINE_OPENED: lazy("The dataset stands before the committee, as version %(version)s asks."),
    Kind.LINE_TAKEN: lazy("The review began."),
    Kind.LINE_RETURNED: lazy("The applicant was asked to change or explain something."),
    Kind.LINE_ANSWERED: lazy("The applicant answered with version %(version)s."),
    Kind.LINE_DECIDED: lazy("The line was decided: %(decision)s."),
    Kind.LINE_WITHDRAWN: lazy("The dataset was taken back."),
    Kind.GRANT_MADE: lazy("The grant was made at position %(epoch)s, for %(people)s."),
    Kind.GRANT_ACTIVATED: lazy("The grant was opened."),
    Kind.GRANT_SHRUNK: lazy("Members left the grant's cohort, up to position %(position)s: %(left)s."),
    Kind.GRANT_JOINED: lazy("People joined the dataset outside of the grant's cohort: %(joined)s."),
    Kind.GRANT_SUSPENDED: lazy("The grant was suspended: %(because)s."),
    Kind.GRANT_RESUMED: lazy("The grant goes on."),
    Kind.GRANT_ENDED: lazy("The grant ended: %(reason)s."),
    Kind.OBLIGATION_MOVED: lazy("Obligation %(term)s of the grant: %(action)s, now %(state)s."),
    Kind.GRANT_PERSON_ENDED: lazy("The part of %(person)s in the grant ended."),
    Kind.VISAS_INTENDED: lazy("Visas were made: %(visas)s."),
    Kind.VISAS_REVOKED: lazy("Visas were revoked: %(count)s, because of %(because)s."),
    Kind.CLIENT_REGISTERED: lazy("The client was registered, for %(scopes)s."),
    Kind.CLIENT_EXPIRED: lazy("The client ended."),
    Kind.CLIENT_CONSENT_REMEMBERED: lazy("A person need not be asked again for %(scopes)s."),
    Kind.CLIENT_CONSENT_FORGOTTEN: lazy("A person wants to be asked again."),
    Kind.TOKEN_GIVEN: lazy("An access token was given without a sign-in, for %(client)s."),
    Kind.HOST_CONFIRMED: lazy("The host confirmed position %(position)s of %(grant)s."),
}


def sentence(event: AuditEvent) -> str:
    """What happened, from the codes of the event alone. A kind of a later version is named by its code."""
    try:
        return str(SENTENCES[Kind(event.kind)]) % {name: _written(value) for name, value in event.detail.items()}
    except (KeyError, ValueError):
        # An event from before its shape was declared may lack what the sentence names.
        return event.kind


def _written(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def who(event: AuditEvent) -> str:
    """Who acted, in words; a person by the opaque subject that the log knows."""
    try:
        actor = Actor.parse(event.actor)
    except ValueError:
        return event.actor
    if actor.kind is ActorKind.SYSTEM:
        return _("the platform (%(what)s)") % {"what": actor.name}
    if actor.kind is ActorKind.HOST:
        return _("the host %(name)s") % {"name": actor.name}
    return actor.name
