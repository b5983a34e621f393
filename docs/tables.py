"""`python -m docs.tables`: writes the pages that come from the code's own tables: rules, events, roles, refusals.

A test compares the pages with what this module makes, so that they never lag behind the code.
"""

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from access.clearinghouse.reasons import REASONS, RETRYABLE
from governance.domain.events import ANNOUNCED
from governance.domain.events import Kind as Event
from governance.domain.roles import ROLES
from governance.duo.judging.rule_kinds import Rule
from governance.duo.judging.rules import RULES
from governance.duo.terms import BY_ID, TermKind, short

HERE = Path(__file__).resolve().parent

# --- Rules ------------------------------------------------------------------------------------------------------------
_RULES_OPENING = """# The matcher's rules

Written from the table in `governance/duo/judging/rules.py` by `python -m docs.tables`; a test says when it is not current.

A decision holds a reason for every rule that spoke, in this order, permits too. Any deny makes the decision deny; otherwise any
review makes it review; otherwise it permits. Ids are stable: one is never given another meaning. A committee that judges a
review reason judges it by this id. A rule that leaves something *outstanding* permits, and keeps the decision from being
grantable until it is met. Words in braces stand for facts of the case.

Beside these, a participant who is excluded gives `CONSENT-1` (deny), and one who has not opened the outlet through which the
dataset flows gives `OUTLET-1` (deny); both are decided in `consent/domain/cohorts.py`.
"""


def rules_page() -> str:
    """`docs/rules.md`."""
    parts = [_RULES_OPENING]
    for heading, rules in groupby(RULES, key=_heading):
        parts += [f"## {heading}\n", "| rule | answer | reads | says |", "|---|---|---|---|"]
        parts += [*(_rule_line(rule) for rule in rules), ""]
    return "\n".join(parts)


def _heading(rule: Rule) -> str:
    if rule.term is None:
        return _WITHOUT_TERM.get(rule.id.partition("-")[0], "Other")
    term = BY_ID.get(rule.term)
    if term is None:
        return f"{rule.term} (local term)"
    asks = _ASKS_OF_PERMISSION[rule.reads or ""] if term.kind is TermKind.PERMISSION else ""
    return f"{term.label} ({term.shorthand or term.id}, {term.id}){asks}"


_ASKS_OF_PERMISSION = {
    "investigations": ": kinds of research",
    "diseases": ": diseases",
    "clinical_care": ": care of patients",
}
_WITHOUT_TERM = {
    "MEET": "Several data uses together",
    "DIS": "The diseases of the purpose",
    "SENS": "Sensitive purposes",
    "LOCAL": "Local terms without a rule",
}


def _rule_line(rule: Rule) -> str:
    answer = rule.verdict.value + (f", {rule.status.value}" if rule.status else "")
    reads = f"`{rule.reads}`" if rule.reads else "the data use alone"
    return f"| `{rule.id}` | {answer} | {reads} | {_sentence(rule)} |"


def _sentence(rule: Rule) -> str:
    """The rule's sentence with its term and kind of research filled in, where the rule alone tells them."""
    says = rule.says.replace("|", "/")
    if rule.term is not None:
        says = says.replace("{term}", short(rule.term))
    number = rule.id.split("-")[1]
    investigation = BY_ID.get(f"DUO:00000{number}")
    if investigation is not None:
        return says.replace("{investigation}", f"*{investigation.label}*")
    return says.replace("{investigation}", "another kind of research") if number == "OTHER" else says


# --- Events -----------------------------------------------------------------------------------------------------------
_EVENTS_OPENING = """# Events

Written from `governance/domain/events.py` by `python -m docs.tables`; a test says when it is not current.

Each of these is a row of the audit log, written in the transaction of the change itself: when, which kind, who acted (an opaque
subject, or `system:` and a name, or `host:` and a short name), what it is about, and codes. None holds a name, an address, a
disease or a purpose. Rows are only ever added; triggers of the database refuse to change or delete one.

*Announced* kinds also go to the outbox in the same transaction, and the worker carries out what follows from them.
"""

EVENTS: Mapping[Event, tuple[str, str]] = {
    Event.PERSON_CREATED: ("person", "An account was made."),
    Event.ACCOUNT_CLOSED: (
        "person",
        "An account was closed; its visas and tokens are revoked, its parts in grants end.",
    ),
    Event.SECOND_FACTOR_REMOVED: ("person", "A person has no second factor any more; their visas are revoked."),
    Event.ORGANISATION_CREATED: ("organisation", "An organisation was entered."),
    Event.AFFILIATION_RECORDED: ("person", "A person belongs to an organisation, vouched for by whom it says."),
    Event.AFFILIATION_ENDED: (
        "person",
        "A person left an organisation; their visas are revoked, and new ones rest on what is left.",
    ),
    Event.ROLE_GIVEN: ("what the role is on", "A person was given a role."),
    Event.ROLE_TAKEN: ("what the role is on", "A role was taken from a person."),
    Event.COMMITTEE_CREATED: ("committee", "A data access committee was founded, with its policy."),
    Event.DATASET_CREATED: ("dataset", "A dataset, or a new version of one, was entered."),
    Event.DATASET_LABELLED: ("dataset", "A dataset's data use was changed; every live grant on it is judged again."),
    Event.DATASETS_IMPORTED: ("organisation", "A file of datasets was read, with its counts."),
    Event.PROPOSAL_SETTLED: ("dataset", "A steward settled what an import could not decide by itself."),
    Event.HOST_REGISTERED: ("host", "A data host was registered."),
    Event.HOST_SERVES: ("host", "A data host serves one more dataset."),
    Event.HOST_CHANGED: ("host", "Settings of a data host were changed; the visas for it are revoked."),
    Event.HOST_CLOSED: ("host", "A data host was closed; the visas for it are revoked."),
    Event.ONTOLOGY_IMPORTED: ("ontology", "An ontology release was loaded; it judges nothing yet."),
    Event.ONTOLOGY_ACTIVATED: ("ontology", "A release was switched on; every live grant is judged again."),
    Event.KEY_CREATED: ("key", "A signing key was made."),
    Event.KEY_ACTIVATED: ("key", "A key signs from now on."),
    Event.KEY_RETIRED: ("key", "A key signs no more and stays published until its last token has ended."),
    Event.KEY_REVOKED: ("key", "A key was revoked; every visa that it signed is."),
    Event.KEYS_REWRAPPED: ("keys", "Every stored private half, and every key of a file, was encrypted anew."),
    Event.FILE_STORED: ("file", "A file was given and is kept, wrapped, at its hash."),
    Event.FILE_ERASED: ("file", "The content of a file was erased for good, for the cause named; its hash stays."),
    Event.JOB_STARTED: ("job", "Somebody asked for long work: its kind, and how much there is to do."),
    Event.JOB_CANCELLED: ("job", "A job was cancelled; what was done of it stays."),
    Event.JOB_RETRIED: ("job", "A job that had failed or been cancelled goes on where it was."),
    Event.JOB_ENDED: ("job", "A job is done, or failed at a part; what was done of it stays."),
    Event.PROGRAMME_CREATED: ("programme", "A programme that asks for consent was founded."),
    Event.FORM_DRAFTED: ("form", "A version of a consent form was written or changed, and is not in force."),
    Event.FORM_PROPOSED: ("form", "A draft was put forward for publishing by a second person."),
    Event.FORM_PUBLISHED: ("form", "A version was frozen under its SHA-256 and is in force."),
    Event.FORM_RETIRED: ("form", "A version is no longer offered; who signed it still has it."),
    Event.PARTICIPANT_ENROLLED: ("participant", "Somebody entered a programme under a random id."),
    Event.DECIDER_GIVEN: (
        "participant",
        "An account decides for a participant from now on: for itself, as guardian or consultee.",
    ),
    Event.DECIDER_ENDED: ("participant", "An account decides for a participant no longer."),
    Event.IDENTITY_ERASED: ("participant", "A participant's key was destroyed; the ledger stays whole."),
    Event.INVITATION_MADE: ("participant", "A one-time code was made for a participant."),
    Event.INVITATION_USED: ("participant", "An account was linked to a participant by code and date of birth."),
    Event.INVITATION_REFUSED: ("person", "A wrong code or date of birth was tried from this account."),
    Event.CONSENT_RECORDED: ("participant", "An event other than a withdrawal was added to the consent ledger."),
    Event.CONSENTS_RECORDED: (
        "programme",
        "Events of many participants were added to the ledger, with the root over them.",
    ),
    Event.CONSENT_WITHDRAWN: ("participant", "A participant withdrew, on the axes named."),
    Event.LEDGER_NOT_WHOLE: (
        "participant",
        "A withdrawal was taken although the ledger before it is not whole; an alarm stands, and the data are in no cohort.",
    ),
    Event.LEDGER_WHOLE: ("participant", "That ledger was mended and read again; what it says holds."),
    Event.MEMBERSHIPS_IMPORTED: ("programme", "A file of memberships was read, with its counts."),
    Event.MEMBERSHIP_BEGUN: ("participant", "A participant's data are in a dataset."),
    Event.MEMBERSHIP_ENDED: ("participant", "A participant's data are no longer in a dataset."),
    Event.COHORT_CHANGED: ("dataset", "Members of a dataset changed; its live grants are judged again."),
    Event.REQUEST_DRAFTED: ("request", "A request was begun."),
    Event.COLLABORATOR_ASKED: (
        "request",
        "A colleague was asked to work on a request, whether such an account exists or not.",
    ),
    Event.REQUEST_CHANGED: ("request", "A draft was saved: which fields, never their content."),
    Event.REQUEST_SUBMITTED: ("request", "A request was submitted, as the version named."),
    Event.REQUEST_RETURNED: ("request", "A request came back to its applicant, because a line of it did."),
    Event.REQUEST_WITHDRAWN: ("request", "The applicant took a request back."),
    Event.REQUEST_CLOSED: ("request", "Every line of a request is settled."),
    Event.TERMS_PUBLISHED: ("terms", "A version of a committee's terms of use was published."),
    Event.TERMS_ACCEPTED: ("terms", "A person accepted a version of the terms."),
    Event.CASE_OPENED: ("case", "A committee has its part of a request before it."),
    Event.CASE_MESSAGE: ("case", "Committee or applicant wrote to the other; the text is not in the log."),
    Event.MEMBER_RECUSED: ("case", "A member takes no part in a case: computed, or declared."),
    Event.VOTE_CAST: ("line", "A member voted; a later vote replaces the earlier one, and both stay."),
    Event.LINE_OPENED: ("line", "A dataset of a request stands before its committee."),
    Event.LINE_TAKEN: ("line", "The committee began to review one dataset of a case."),
    Event.LINE_RETURNED: ("line", "The committee asked the applicant to change or explain something."),
    Event.LINE_ANSWERED: ("line", "The applicant submitted again; the line is in review."),
    Event.LINE_DECIDED: ("line", "A line was approved or refused, with the hash of what was judged."),
    Event.LINE_WITHDRAWN: ("line", "The applicant took one dataset back."),
    Event.GRANT_MADE: ("grant", "An approval made a grant, at the epoch named."),
    Event.GRANT_ACTIVATED: ("grant", "Nothing that must be met first is outstanding: visas can be given out."),
    Event.GRANT_SHRUNK: ("grant", "Participants left the grant's cohort; its hosts have something to follow."),
    Event.GRANT_JOINED: (
        "grant",
        "People joined its dataset after its epoch: hosts that keep no cohort leave them out.",
    ),
    Event.GRANT_SUSPENDED: ("grant", "No visa meanwhile, and those that stood are revoked."),
    Event.GRANT_RESUMED: ("grant", "A suspended grant is active again."),
    Event.GRANT_ENDED: ("grant", "A grant ended, for the reason named; its visas are revoked."),
    Event.GRANT_PERSON_ENDED: ("grant", "One person's part in a grant ended; the others keep theirs."),
    Event.OBLIGATION_MOVED: (
        "obligation",
        "Something was shown, accepted, sent back, waived or put off for an obligation of a grant, or its day has passed.",
    ),
    Event.VISAS_INTENDED: ("passport", "Visas were recorded before they were signed: one event for a whole passport."),
    Event.VISAS_REVOKED: ("grant, key or person", "Visas were put on their status list, with count and cause."),
    Event.CLIENT_REGISTERED: ("client", "An OAuth client was registered, for one host or for none."),
    Event.CLIENT_EXPIRED: ("client", "An OAuth client was ended: it gets nothing any more."),
    Event.CLIENT_CONSENT_REMEMBERED: ("client", "A person chose that this client need not ask again."),
    Event.CLIENT_CONSENT_FORGOTTEN: ("client", "That choice was taken back."),
    Event.TOKEN_GIVEN: ("person", "An access token was given without a sign-in, in a demo world, for trying a host."),
    Event.HOST_CONFIRMED: ("host", "A host, or its operator, said which position it enforces."),
}


def events_page() -> str:
    """`docs/events.md`."""
    lines = ["| kind | about | what happened | announced |", "|---|---|---|---|"]
    for kind in Event:
        about, meaning = EVENTS[kind]
        lines.append(f"| `{kind.value}` | {about} | {meaning} | {'yes' if kind in ANNOUNCED else ''} |")
    return "\n".join([_EVENTS_OPENING, *lines, ""])


# --- Roles ------------------------------------------------------------------------------------------------------------
_ROLES_OPENING = """# Roles

Written from the table in `governance/domain/roles.py` by `python -m docs.tables`; a test says when it is not current.

A role is held on one object: this organisation, this committee, this programme. Nobody gives a role to themselves, and an
administrator holds no other role. Being a participant or a researcher is no role: the first comes from a programme's
invitation, the second from an account with a current affiliation.

Who holds a role that asks for a second factor sets one up (a passkey or an authenticator app) and signs in with it; so does
everyone who is to receive a visa. When a role is given or taken, everything that the person has open ends: what a session may
do is settled when it begins.
"""


def roles_page() -> str:
    """`docs/roles.md`."""
    lines = ["| role | name in code | on | does | second factor |", "|---|---|---|---|---|"]
    for rule in ROLES:
        factor = "yes" if rule.second_factor else "no"
        lines.append(f"| {rule.label} | `{rule.role.value}` | {rule.scope.value} | {rule.does} | {factor} |")
    return "\n".join([_ROLES_OPENING, *lines, ""])


# --- Refusals, a part of the page for data hosts ----------------------------------------------------------------------
_BEGIN, _END = "<!-- refusals: written by `python -m docs.tables` -->", "<!-- end of refusals -->"


def hosts_page() -> str:
    """`docs/hosts.md` as it stands, with its table of refusals as the clearinghouse has it."""
    before, _, rest = (HERE / "hosts.md").read_text(encoding="utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    lines = ["| code | means | again |", "|---|---|---|"]
    for reason, sentence in REASONS.items():
        lines.append(f"| `{reason.value}` | {sentence} | {'yes' if reason in RETRYABLE else ''} |")
    return "\n".join([f"{before}{_BEGIN}\n", *lines, f"\n{_END}{after}"])


PAGES = {"rules.md": rules_page, "events.md": events_page, "roles.md": roles_page, "hosts.md": hosts_page}


def write() -> None:
    """Write every page into this folder."""
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
