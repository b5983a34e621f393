"""Words, marks and colours of the product's look, each written once.

`STATES` is the table "Words for states" of docs/look.md: a state is a shape, a word and then a colour.
`TERMS` gives each data-use term its pictogram and its words for a reader who knows no codes. Components,
charts and tests read these tables; nothing else names a colour or a mark for a state.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True, slots=True)
class StateLook:
    """How a state is shown: its word (translated late), the colour's class and the mark's name in the sprite."""

    word: Words
    colour: str
    mark: str


class Family(StrEnum):
    """The four shapes of the pictograms: what a term does."""

    PERMISSION = "circle"
    LIMIT = "square"
    DUTY = "sheet"
    WIDENS = "hexagon"


@dataclass(frozen=True, slots=True)
class TermLook:
    """How a data-use term is shown.

    `code` is DUO's shorthand or the local name, `curie` the DUO id where there is one.
    """

    code: str
    curie: str
    pictogram: str
    words: Words
    family: Family


def key_of(word: object) -> str:
    """The table's key for a state's name: "In review", "in_review" and "in-review" are one state."""
    return str(word).strip().lower().replace("_", " ").replace("-", " ").replace(",", "")


STATES: dict[str, StateLook] = {
    # What the matcher and a committee say
    "permit": StateLook(_("Permit"), "yes", "yes"),
    "review": StateLook(_("Review"), "ask", "ask"),
    "deny": StateLook(_("Deny"), "no", "no"),
    "approve": StateLook(_("Approve"), "yes", "yes"),
    "refuse": StateLook(_("Refuse"), "no", "no"),
    "recused": StateLook(_("Recused"), "off", "off"),
    # Obligations
    "met": StateLook(_("Met"), "yes", "sure"),
    "promised": StateLook(_("Promised"), "go", "due"),
    "outstanding": StateLook(_("Outstanding"), "go", "due"),
    "offered": StateLook(_("Shown, to be looked at"), "ask", "ask"),
    "waived": StateLook(_("Waived"), "off", "off"),
    "lapsed": StateLook(_("Lapsed"), "off", "off"),
    "cap": StateLook(_("Cap"), "go", "cap"),
    "overdue": StateLook(_("Overdue"), "ask", "late"),
    # Requests and their lines
    "draft": StateLook(_("Draft"), "off", "wait"),
    "submitted": StateLook(_("Submitted"), "go", "told"),
    "returned": StateLook(_("Returned"), "ask", "late"),
    "pending": StateLook(_("Pending"), "off", "wait"),
    "in review": StateLook(_("In review"), "ask", "ask"),
    "waiting for applicant": StateLook(_("Waiting for applicant"), "go", "told"),
    "approved": StateLook(_("Approved"), "yes", "yes"),
    "refused": StateLook(_("Refused"), "no", "no"),
    "withdrawn": StateLook(_("Withdrawn"), "off", "off"),
    "closed": StateLook(_("Closed"), "off", "off"),
    # Grants
    "waiting": StateLook(_("Waiting"), "go", "due"),
    "active": StateLook(_("Active"), "yes", "yes"),
    "suspended": StateLook(_("Suspended"), "ask", "late"),
    "ended": StateLook(_("Ended"), "off", "off"),
    "expired": StateLook(_("Expired"), "off", "off"),
    "revoked": StateLook(_("Revoked"), "no", "no"),
    # Data hosts
    "told": StateLook(_("Told"), "go", "told"),
    "confirmed": StateLook(_("Confirmed"), "yes", "sure"),
    "late": StateLook(_("Late"), "ask", "late"),
    "deaf": StateLook(_("Deaf"), "no", "deaf"),
    # What a participant answers: yes and no are both blue, a no is not an error
    "yes": StateLook(_("Yes"), "go", "yes"),
    "yes with a limit": StateLook(_("Yes, with a limit"), "go", "yes"),
    "no": StateLook(_("No"), "go", "no"),
    "not sure": StateLook(_("Not sure"), "off", "off"),
    "not answered": StateLook(_("Not answered"), "off", "wait"),
    "my data are in": StateLook(_("My data are in"), "yes", "yes"),
    "my data are not in": StateLook(_("My data are not in"), "off", "off"),
    "taken out": StateLook(_("Taken out"), "off", "out"),
    "keeps my data": StateLook(_("Keeps my data"), "yes", "in"),
    "loses my data": StateLook(_("Loses my data"), "off", "out"),
    "may get my data": StateLook(_("May get my data"), "go", "in"),
    # Tasks, imports, consent forms, keys
    "done": StateLook(_("Done"), "yes", "yes"),
    "not yet": StateLook(_("Not yet"), "off", "wait"),
    "not started": StateLook(_("Not started"), "off", "wait"),
    "cannot start": StateLook(_("Cannot start"), "off", "off"),
    "running": StateLook(_("Running"), "go", "due"),
    "failed": StateLook(_("Failed"), "no", "no"),
    "cancelled": StateLook(_("Cancelled"), "off", "off"),
    "ready": StateLook(_("Ready"), "yes", "yes"),
    "proposed": StateLook(_("Proposed"), "ask", "ask"),
    "rejected": StateLook(_("Rejected"), "no", "no"),
    "published": StateLook(_("Published"), "yes", "yes"),
    "retired": StateLook(_("Retired"), "off", "off"),
    "next": StateLook(_("Next"), "off", "wait"),
}

_P, _L, _D, _W = Family.PERMISSION, Family.LIMIT, Family.DUTY, Family.WIDENS
_TERMS: tuple[TermLook, ...] = (
    TermLook("NRES", "DUO:0000004", "d-nres", _("No limit"), _P),
    TermLook("GRU", "DUO:0000042", "d-gru", _("General research"), _P),
    TermLook("HMB", "DUO:0000006", "d-hmb", _("Health research"), _P),
    TermLook("DS", "DUO:0000007", "d-ds", _("One disease"), _P),
    TermLook("POA", "DUO:0000011", "d-poa", _("Origins and ancestry"), _P),
    TermLook("NPU", "DUO:0000045", "d-npu", _("Not-for-profit only"), _L),
    TermLook("NCU", "DUO:0000046", "d-ncu", _("Not commercial"), _L),
    TermLook("NPUNCU", "DUO:0000018", "d-npuncu", _("Not-for-profit, not commercial"), _L),
    TermLook("GS", "DUO:0000022", "d-gs", _("Places"), _L),
    TermLook("GSO", "DUO:0000016", "d-gso", _("Genetic studies"), _L),
    TermLook("NMDS", "DUO:0000015", "d-nmds", _("No methods research"), _L),
    TermLook("NPOA", "DUO:0000044", "d-npoa", _("No ancestry"), _L),
    TermLook("RS", "DUO:0000012", "d-rs", _("Kinds of study"), _L),
    TermLook("US", "DUO:0000026", "d-us", _("Named people"), _L),
    TermLook("PS", "DUO:0000027", "d-ps", _("Named projects"), _L),
    TermLook("IS", "DUO:0000028", "d-is", _("Named institutions"), _L),
    TermLook("visit-only", "", "d-visit", _("Only inside"), _L),
    TermLook("federated-only", "", "d-fed", _("Only federated"), _L),
    TermLook("ask-me-each-time", "", "d-each", _("Ask me each time"), _L),
    TermLook("open-summaries", "", "d-out", _("Open summaries"), _L),
    TermLook("samples", "", "d-tube", _("Samples"), _P),
    TermLook("health-records", "", "d-record", _("Health records"), _P),
    TermLook("IRB", "DUO:0000021", "d-irb", _("Ethics approval"), _D),
    TermLook("PUB", "DUO:0000019", "d-pub", _("Publish"), _D),
    TermLook("COL", "DUO:0000020", "d-col", _("Work together"), _D),
    TermLook("RTN", "DUO:0000029", "d-rtn", _("Results back"), _D),
    TermLook("MOR", "DUO:0000024", "d-mor", _("Wait to publish"), _D),
    TermLook("TS", "DUO:0000025", "d-ts", _("Time limit"), _D),
    TermLook("no-reidentification", "", "d-noid", _("Never identify"), _D),
    TermLook("no-redistribution", "", "d-nopass", _("Never pass on"), _D),
    TermLook("CC", "DUO:0000043", "d-cc", _("Care of patients"), _W),
    TermLook("methods-permitted", "", "d-mds", _("Methods allowed"), _W),
)
TERMS: dict[str, TermLook] = {term.code: term for term in _TERMS}
_BY_NAME: dict[str, TermLook] = {name.casefold(): term for term in _TERMS for name in (term.code, term.curie) if name}


def state_look(word: object) -> StateLook:
    """The look of a state, by its English word or an enumeration's value.

    Raises LookupError for a word not in the table.
    """
    try:
        return STATES[key_of(word)]
    except KeyError:
        raise LookupError(
            f"state {word!r} has no look: add it to STATES in governance/face/look.py, or give colour and mark"
        ) from None


def term_look(code: object) -> TermLook:
    """The look of a term, by shorthand, DUO id or local name; an unknown term shows its own name as a limit."""
    name = str(code).strip()
    found = _BY_NAME.get(name.removeprefix("local:").casefold())
    return found or TermLook(name, "", "i-info", name, Family.LIMIT)


def terms_of(family: Family) -> Iterable[TermLook]:
    """All known terms of one shape, in the table's order."""
    return (term for term in _TERMS if term.family is family)
