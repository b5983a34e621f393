"""Every entity of the Data Use Ontology, release 2021-02-23, with our own explanation of each in plain words.

Ids, labels and kinds are facts of EBISPOT/DUO (CC BY 4.0); names and explanations are ours. The table is
the one source that the matcher, the pages and the documentation read, and it is code, so that the kernel
loads no file.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

RELEASE = "2021-02-23"


class TermKind(StrEnum):
    """What an entity of the ontology is; only permissions and modifiers can be part of a data use."""

    PERMISSION = "permission"
    MODIFIER = "modifier"
    INVESTIGATION = "investigation"
    PERMISSION_ROOT = "permission_root"
    MODIFIER_ROOT = "modifier_root"
    OBSOLETE = "obsolete"
    OBJECT_PROPERTY = "object_property"
    ANNOTATION_PROPERTY = "annotation_property"


@dataclass(frozen=True, slots=True)
class DuoTerm:
    """One entity: its facts, a short name in plain words, and what it means for people.

    `parameter` is the key under which a data use gives its value, None where it takes none.
    """

    id: str
    shorthand: str | None
    label: str
    kind: TermKind
    name: str
    says: str
    parameter: str | None = None


NRES, GRU, HMB, DS, POA = "DUO:0000004", "DUO:0000042", "DUO:0000006", "DUO:0000007", "DUO:0000011"
RS, NMDS, GSO, NPUNCU = "DUO:0000012", "DUO:0000015", "DUO:0000016", "DUO:0000018"
PUB, COL, IRB, GS, MOR, TS = (
    "DUO:0000019",
    "DUO:0000020",
    "DUO:0000021",
    "DUO:0000022",
    "DUO:0000024",
    "DUO:0000025",
)
US, PS, IS, RTN, CC, NPOA = (
    "DUO:0000026",
    "DUO:0000027",
    "DUO:0000028",
    "DUO:0000029",
    "DUO:0000043",
    "DUO:0000044",
)
NPU, NCU = "DUO:0000045", "DUO:0000046"
METHODS, POPULATION, ANCESTRY, AGE, GENDER, CONTROL = (
    "DUO:0000031",
    "DUO:0000032",
    "DUO:0000033",
    "DUO:0000034",
    "DUO:0000035",
    "DUO:0000036",
)
BIOMEDICAL, GENETIC, DRUGS, DISEASE = "DUO:0000037", "DUO:0000038", "DUO:0000039", "DUO:0000040"
OTHER = "other"

_P, _M, _I, _O = TermKind.PERMISSION, TermKind.MODIFIER, TermKind.INVESTIGATION, TermKind.OBSOLETE

TERMS: tuple[DuoTerm, ...] = (
    DuoTerm(
        "DUO:0000001", None, "data use permission", TermKind.PERMISSION_ROOT, "permission",
        "The heading over the permissions: what kind of research the data may serve. Not a "
        "permission itself.",
    ),
    DuoTerm(
        "DUO:0000002", None, "obsolete consent code primary category", _O, "old main category",
        "A heading of an older list of codes, out of use since 2020.",
    ),
    DuoTerm(
        "DUO:0000003", None, "obsolete consent code secondary category", _O, "old second category",
        "A heading of an older list of codes, out of use since 2020.",
    ),
    DuoTerm(
        NRES, "NRES", "no restriction", _P, "any use",
        "The data may be used for any purpose, the care of patients included. This does not make "
        "them open to everyone.",
    ),
    DuoTerm(
        "DUO:0000005", "GRU-CC", "obsolete general research use and clinical care",
        _O, "old: any research, and care",
        "An old code for any research and perhaps care. A person decides between GRU alone and GRU with CC.",
    ),
    DuoTerm(
        HMB, "HMB", "health or medical or biomedical research", _P, "health research",
        "The data may be used for research on health and disease. Research on where people come from "
        "is not included.",
    ),
    DuoTerm(
        DS, "DS", "disease specific research", _P, "research on named diseases",
        "The data may be used for research on the diseases that are named, and on their more special forms.",
        "diseases",
    ),
    DuoTerm(
        "DUO:0000010", None, "is restricted to", TermKind.OBJECT_PROPERTY, "is restricted to",
        "A link inside the ontology, from a code to the kind of value it takes. Not a term for data.",
    ),
    DuoTerm(
        POA, "POA", "population origins or ancestry research only", _P, "ancestry research only",
        "The data may be used only for research on where people and populations come from.",
    ),
    DuoTerm(
        RS, "RS", "research specific restrictions", _M, "some kinds of study only",
        "Only the kinds of study that are listed may use the data, for example studies with children.",
        "research_types",
    ),
    DuoTerm(
        "DUO:0000014", "RU", "obsolete research use only", _O, "old: research only",
        "An old code for research without care. Today this is what every permission but NRES means "
        "without CC.",
    ),
    DuoTerm(
        NMDS, "NMDS", "no general methods research", _M, "no methods research",
        "The data may not be used to develop methods or software.",
    ),
    DuoTerm(
        GSO, "GSO", "genetic studies only", _M, "genetic studies only",
        "Only studies that work with people's genes may use the data.",
    ),
    DuoTerm(
        "DUO:0000017", None, "data use modifier", TermKind.MODIFIER_ROOT, "modifier",
        "The heading over the conditions that are added to a permission. Not a condition itself.",
    ),
    DuoTerm(
        NPUNCU, "NPUNCU", "not for profit, non commercial use only", _M, "not for profit, not commercial",
        "Only organisations that do not work for profit may use the data, and only for purposes that "
        "are not commercial.",
    ),
    DuoTerm(
        PUB, "PUB", "publication required", _M, "results are published",
        "Whoever uses the data promises to publish the results.",
    ),
    DuoTerm(
        COL, "COL", "collaboration required", _M, "work with the study team",
        "Whoever uses the data promises to work together with the people who collected them.",
        "investigators",
    ),
    DuoTerm(
        IRB, "IRB", "ethics approval required", _M, "ethics approval",
        "An ethics committee must have approved the project, and its approval must still be valid.",
    ),
    DuoTerm(
        GS, "GS", "geographical restriction", _M, "some countries only",
        "The data may be used only in the countries that are listed: people and computers alike.",
        "countries",
    ),
    DuoTerm(
        MOR, "MOR", "publication moratorium", _M, "nothing published before a date",
        "Whoever uses the data promises to publish nothing until after the date.",
        "until",
    ),
    DuoTerm(
        TS, "TS", "time limit on use", _M, "for a limited time",
        "The data may be used for a number of months, then the use ends.",
        "months",
    ),
    DuoTerm(
        US, "US", "user specific restriction", _M, "named people only",
        "Only the people who are listed may use the data.",
        "users",
    ),
    DuoTerm(
        PS, "PS", "project specific restriction", _M, "named projects only",
        "Only the projects that are listed may use the data.",
        "projects",
    ),
    DuoTerm(
        IS, "IS", "institution specific restriction", _M, "named institutions only",
        "Only the institutions that are listed may use the data.",
        "institutions",
    ),
    DuoTerm(
        RTN, "RTN", "return to database or resource", _M, "results come back",
        "Whoever uses the data promises to give new data and results back to the collection.",
    ),
    DuoTerm(
        METHODS, None, "method development", _I, "developing methods",
        "Work on methods, software or tools.",
    ),
    DuoTerm(
        POPULATION, None, "population research", _I, "research on a population",
        "Work on a group of people who live or belong together.",
    ),
    DuoTerm(
        ANCESTRY, None, "ancestry research", _I, "research on ancestry",
        "Work on where people and populations come from.",
    ),
    DuoTerm(
        AGE, None, "age category research", _I, "research on an age group",
        "Work on people of some age, such as children.",
    ),
    DuoTerm(
        GENDER, None, "gender category research", _I, "research on a gender", "Work on people of one gender."
    ),
    DuoTerm(
        CONTROL, None, "research control", _I, "use for comparison",
        "The data serve as a comparison for other data.",
    ),
    DuoTerm(
        BIOMEDICAL, None, "biomedical research", _I, "health research",
        "Work on health, the body and disease.",
    ),
    DuoTerm(
        GENETIC, None, "genetic research", _I, "genetic research",
        "Work on genes: how they differ and what they do.",
    ),
    DuoTerm(
        DRUGS, None, "drug development research", _I, "developing medicines", "Work on new medicines."
    ),
    DuoTerm(
        DISEASE, None, "disease category research", _I, "research on a disease",
        "Work on one or more named diseases.",
    ),
    DuoTerm(
        "DUO:0000041", None, "DUO_preferred_label", TermKind.ANNOTATION_PROPERTY, "preferred label",
        "A note inside the ontology that holds a display name. Not a term for data.",
    ),
    DuoTerm(
        GRU, "GRU", "general research use", _P, "any research",
        "The data may be used for any research. The care of patients needs a yes of its own.",
    ),
    DuoTerm(
        CC, "CC", "clinical care use", _M, "care of patients too",
        "Besides research, the data may be used when patients are treated.",
    ),
    DuoTerm(
        NPOA, "NPOA", "population origins or ancestry research prohibited", _M, "no ancestry research",
        "The data may not be used to find out where people and populations come from.",
    ),
    DuoTerm(
        NPU, "NPU", "not for profit organisation use only", _M, "not-for-profit organisations only",
        "Companies may not use the data. Universities, hospitals and charities may.",
    ),
    DuoTerm(
        NCU, "NCU", "non-commercial use only", _M, "no commercial use",
        "Nobody may use the data to make money, whoever they are.",
    ),
)  # fmt: skip

BY_ID: dict[str, DuoTerm] = {term.id: term for term in TERMS}
PERMISSIONS = tuple(term.id for term in TERMS if term.kind is TermKind.PERMISSION)
MODIFIERS = tuple(term.id for term in TERMS if term.kind is TermKind.MODIFIER)
INVESTIGATIONS = tuple(term.id for term in TERMS if term.kind is TermKind.INVESTIGATION)
PARAMETER: dict[str, str] = {term.id: term.parameter for term in TERMS if term.parameter}

# A migration is a decision about people's consent, so we give a hint and never replace by ourselves.
MIGRATIONS: dict[str, str] = {
    "DUO:0000005": (
        "GRU-CC is obsolete: a person decides whether it becomes GRU, or GRU with CC where care was consented to"
    ),
    "DUO:0000014": (
        "RU is obsolete: a person decides whether it becomes GRU without CC, or another permission without CC"
    ),
}

# The ontology file's own IRI of NPOA has one zero too many; both spellings name one term.
_QUIRKS = {"00000044": NPOA}
_SHORTHANDS = {term.shorthand.lower(): term for term in TERMS if term.shorthand}
_WRITTEN = re.compile(r"(?:https?://purl\.obolibrary\.org/obo/duo_|duo[:_])([0-9]{7,8})")
_DUO_LIKE = re.compile(r"(?:https?://purl\.obolibrary\.org/obo/duo[:_]|duo[:_])")


def find(text: str) -> DuoTerm | None:
    """The term that a shorthand, CURIE, `DUO_…` name or full IRI names, in any letter case; None when there is none."""
    known = BY_ID.get(text)
    if known is not None:
        return known
    if not text.isascii():
        return None
    lower = text.lower()
    written = _WRITTEN.fullmatch(lower)
    if written is None:
        return _SHORTHANDS.get(lower)
    digits = written.group(1)
    return BY_ID.get(_QUIRKS.get(digits, f"DUO:{digits}"))


def looks_like_duo(text: str) -> bool:
    """Is this written as an id of the ontology, whether or not such an id exists?"""
    return _DUO_LIKE.match(text.lower()) is not None


def short(id: str) -> str:
    """The shorthand of a term where it has one, else its id: what people of the field write."""
    term = BY_ID.get(id)
    return (term.shorthand or term.id) if term else id
