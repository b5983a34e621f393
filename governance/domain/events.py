"""Every kind of event that the platform records or announces, in one table.

An audit event says that something happened; it is written in the transaction of the change itself. Kinds with
`announced=True` also go to the outbox in that transaction, where upper apps subscribe (`governance.record.outbox`).
`tests/access/test_tour.py` walks this table: every kind is recorded on a tour of all services; `docs/events.md` tells of each.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The name of an event: the noun first, then what happened to it."""

    # The ground
    PERSON_CREATED = "person.created"
    ACCOUNT_CLOSED = "account.closed"
    SECOND_FACTOR_REMOVED = "second_factor.removed"
    ORGANISATION_CREATED = "organisation.created"
    AFFILIATION_RECORDED = "affiliation.recorded"
    AFFILIATION_ENDED = "affiliation.ended"
    ROLE_GIVEN = "role.given"
    ROLE_TAKEN = "role.taken"
    COMMITTEE_CREATED = "committee.created"
    DATASET_CREATED = "dataset.created"
    DATASET_LABELLED = "dataset.labelled"
    DATASETS_IMPORTED = "datasets.imported"
    PROPOSAL_SETTLED = "proposal.settled"
    HOST_REGISTERED = "host.registered"
    HOST_SERVES = "host.serves"
    HOST_CHANGED = "host.changed"
    HOST_CLOSED = "host.closed"
    ONTOLOGY_IMPORTED = "ontology.imported"
    ONTOLOGY_ACTIVATED = "ontology.activated"
    KEY_CREATED = "key.created"
    KEY_ACTIVATED = "key.activated"
    KEY_RETIRED = "key.retired"
    KEY_REVOKED = "key.revoked"
    KEYS_REWRAPPED = "keys.rewrapped"
    FILE_STORED = "file.stored"
    FILE_ERASED = "file.erased"
    JOB_STARTED = "job.started"
    JOB_CANCELLED = "job.cancelled"
    JOB_RETRIED = "job.retried"
    JOB_ENDED = "job.ended"
    # Consent
    PROGRAMME_CREATED = "programme.created"
    FORM_DRAFTED = "form.drafted"
    FORM_PROPOSED = "form.proposed"
    FORM_PUBLISHED = "form.published"
    FORM_RETIRED = "form.retired"
    PARTICIPANT_ENROLLED = "participant.enrolled"
    DECIDER_GIVEN = "decider.given"
    DECIDER_ENDED = "decider.ended"
    IDENTITY_ERASED = "identity.erased"
    INVITATION_MADE = "invitation.made"
    INVITATION_USED = "invitation.used"
    INVITATION_REFUSED = "invitation.refused"
    CONSENT_RECORDED = "consent.recorded"
    CONSENTS_RECORDED = "consents.recorded"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    LEDGER_NOT_WHOLE = "ledger.not_whole"
    LEDGER_WHOLE = "ledger.whole"
    MEMBERSHIPS_IMPORTED = "memberships.imported"
    MEMBERSHIP_BEGUN = "membership.begun"
    MEMBERSHIP_ENDED = "membership.ended"
    COHORT_CHANGED = "cohort.changed"
    # Access
    REQUEST_DRAFTED = "request.drafted"
    REQUEST_CHANGED = "request.changed"
    COLLABORATOR_ASKED = "collaborator.asked"
    REQUEST_SUBMITTED = "request.submitted"
    REQUEST_RETURNED = "request.returned"
    REQUEST_WITHDRAWN = "request.withdrawn"
    REQUEST_CLOSED = "request.closed"
    TERMS_PUBLISHED = "terms.published"
    TERMS_ACCEPTED = "terms.accepted"
    CASE_OPENED = "case.opened"
    CASE_MESSAGE = "case.message"
    MEMBER_RECUSED = "member.recused"
    VOTE_CAST = "vote.cast"
    LINE_OPENED = "line.opened"
    LINE_TAKEN = "line.taken"
    LINE_RETURNED = "line.returned"
    LINE_ANSWERED = "line.answered"
    LINE_DECIDED = "line.decided"
    LINE_WITHDRAWN = "line.withdrawn"
    GRANT_MADE = "grant.made"
    GRANT_ACTIVATED = "grant.activated"
    GRANT_SHRUNK = "grant.shrunk"
    GRANT_JOINED = "grant.joined"
    GRANT_SUSPENDED = "grant.suspended"
    GRANT_RESUMED = "grant.resumed"
    GRANT_ENDED = "grant.ended"
    GRANT_PERSON_ENDED = "grant.person_ended"
    OBLIGATION_MOVED = "obligation.moved"
    VISAS_INTENDED = "visas.intended"
    VISAS_REVOKED = "visas.revoked"
    CLIENT_REGISTERED = "client.registered"
    CLIENT_EXPIRED = "client.expired"
    CLIENT_CONSENT_REMEMBERED = "client.consent_remembered"
    CLIENT_CONSENT_FORGOTTEN = "client.consent_forgotten"
    TOKEN_GIVEN = "token.given"  # noqa: S105  the name of an event
    HOST_CONFIRMED = "host.confirmed"


# Announced to the outbox in the transaction that records them; the worker re-evaluates what they touch.
ANNOUNCED: frozenset[Kind] = frozenset(
    {
        Kind.COHORT_CHANGED,
        Kind.DATASET_LABELLED,
        Kind.HOST_SERVES,
        Kind.HOST_CHANGED,
        Kind.HOST_CLOSED,
        Kind.ONTOLOGY_ACTIVATED,
        Kind.AFFILIATION_ENDED,
        Kind.ACCOUNT_CLOSED,
        Kind.SECOND_FACTOR_REMOVED,
        Kind.TERMS_PUBLISHED,
        Kind.TERMS_ACCEPTED,
        Kind.COLLABORATOR_ASKED,
        Kind.GRANT_SHRUNK,
        Kind.GRANT_ENDED,
        Kind.GRANT_SUSPENDED,
        Kind.GRANT_PERSON_ENDED,
        Kind.KEY_REVOKED,
    }
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about: the kind of object and its public id, never a personal name."""

    kind: str
    id: str
