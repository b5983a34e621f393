"""Every rule of the matcher, listed once: id, term, verdict, what it says, and which field it reads.

One id is one cell of a table in the specification, so an id has one verdict, and a committee that judges a
kind of reason judges an id. `says` is the English sentence for people, with named places for facts;
text.py fills and translates it. The order of this table is the order of reasons in a decision. Ids are
stable: one is never given another meaning.
"""

from governance.duo import local_terms, terms
from governance.duo.decision import Fact, Reason, Status
from governance.duo.judging.rule_kinds import (
    D,
    P,
    R,
    Rule,
    access_rules,
    commercial_rules,
    listed_rules,
    organisation_rules,
    undertaking_rules,
)
from governance.duo.terms import DS, GRU, HMB, NRES, POA, short

INCLUDES = "The agreed use, {term}, includes {investigation}."
INCLUDES_ON_DISEASES = "The agreed use, {term}, includes {investigation} as far as it is about those diseases."
NOT_INCLUDED = "The agreed use, {term}, does not include {investigation}."
NOT_ALONE = (
    "The agreed use, {term}, includes {investigation} beside health research. "
    "The purpose names no health research, so a person has to look."
)
UNCERTAIN = "Whether the agreed use, {term}, includes {investigation}, a person has to decide."
NONE_GIVEN = "The purpose does not say what kind of research it is."
CARE = "The agreed use, {term}, includes the care of patients."
NO_CARE = "The purpose includes the care of patients. The agreed use, {term}, is for research alone."

HEALTH = (terms.BIOMEDICAL, terms.GENETIC, terms.DRUGS, terms.DISEASE)
"""Investigations that are health research by themselves."""
BESIDE_HEALTH = (terms.METHODS, terms.POPULATION, terms.AGE, terms.GENDER, terms.CONTROL)
"""Investigations that HMB and DS permit only beside health research."""


def cell(permission: str, investigation: str, alone: bool = False) -> str:
    """The id of the rule for one cell of the permission table; `alone`: without health research beside it."""
    last = investigation[-2:] if investigation.startswith("DUO:") else investigation.upper()
    return f"{short(permission)}-{last}{'-ALONE' if alone else ''}"


def _permission_rules() -> list[Rule]:
    found: list[Rule] = []
    for permission in (NRES, GRU, HMB, DS, POA):
        for investigation in terms.INVESTIGATIONS:
            found += _cells(permission, investigation)
        sure = permission in (NRES, GRU)
        other = Rule(cell(permission, "other"), permission, P if sure else R, INCLUDES if sure else UNCERTAIN)
        found += [other, Rule(cell(permission, "none"), permission, R, NONE_GIVEN)]
    return [Rule(rule.id, rule.term, rule.verdict, rule.says, "investigations") for rule in found]


def _cells(permission: str, investigation: str) -> list[Rule]:
    id = cell(permission, investigation)
    if permission in (NRES, GRU):
        return [Rule(id, permission, P, INCLUDES)]
    if permission == POA:
        verdict = P if investigation == terms.ANCESTRY else R if investigation in BESIDE_HEALTH else D
        return [Rule(id, permission, verdict, {P: INCLUDES, R: UNCERTAIN, D: NOT_INCLUDED}[verdict])]
    if investigation == terms.ANCESTRY:
        return [Rule(id, permission, D, NOT_INCLUDED)]
    found = [Rule(id, permission, P, INCLUDES if permission == HMB else INCLUDES_ON_DISEASES)]
    if investigation in BESIDE_HEALTH:
        found.append(Rule(cell(permission, investigation, alone=True), permission, R, NOT_ALONE))
    return found


_DISEASE_RULES = [
    Rule("DS-1", DS, P, "Agreed to: {diseases}, alone or as a form of an agreed disease.", "diseases"),
    Rule(
        "DS-2", DS, D,
        "Not agreed to: {diseases}. Agreed to: {agreed}, and their special forms.", "diseases",
    ),
    Rule(
        "DS-3", DS, D,
        "Wider than what was agreed: {diseases}. Agreed to: {agreed}, and their special forms.", "diseases",
    ),
    Rule(
        "DS-4", DS, R,
        "Whether {diseases} is agreed to, a person has to decide: not every agreed disease is known. "
        "Agreed to: {agreed}.",
        "diseases",
    ),
    Rule(
        "DS-5", DS, R,
        "Whether {diseases} is agreed to, a person has to decide: the lists of diseases disagree. "
        "Agreed to: {agreed}.",
        "diseases",
    ),
    Rule(
        "DS-6", DS, D,
        "The purpose names no disease, and the agreed use is for named diseases only.", "diseases",
    ),
    Rule(
        "DS-7", DS, R,
        "Whether {diseases} is agreed to, a person has to decide: no link between these lists of diseases is loaded. "
        "Agreed to: {agreed}.",
        "diseases",
    ),
    Rule("DIS-1", None, R, "The purpose is research on a disease and does not say which.", "diseases"),
    Rule(
        "DIS-2", None, R,
        "No loaded list of diseases knows {diseases}, so a person has to look.", "diseases",
    ),
    Rule(
        "DIS-3", None, R,
        "No longer in use, without one clear replacement: {diseases}. A person has to look.", "diseases",
    ),
    Rule("DIS-4", None, R, "{diseases} can mean several diseases, so a person has to look.", "diseases"),
    Rule("DIS-5", None, P, "{diseases} is read as {read_as}.", "diseases"),
]  # fmt: skip

_CARE_RULES = [
    Rule(cell(NRES, "care"), NRES, P, CARE, "clinical_care"),
    *(Rule(cell(permission, "care"), permission, D, NO_CARE, "clinical_care") for permission in (GRU, HMB, DS, POA)),
]

SENSITIVE_RULES = {
    "vulnerable population": "SENS-1",
    "stigmatising illness": "SENS-2",
    "illegal behaviour": "SENS-3",
    "sexual health": "SENS-4",
    "psychological traits": "SENS-5",
    "non-health social science": "SENS-6",
    "AI model release": "SENS-7",
    "re-identification": "SENS-8",
}
"""The rule for each flag of a purpose; any other flag is SENS-9."""

_SENSITIVE = [
    Rule(
        "SENS-1",
        None,
        R,
        "The work is about people who need special protection, so a person has to look.",
        "sensitive",
    ),
    Rule(
        "SENS-2",
        None,
        R,
        "The work is about an illness that can bring shame, so a person has to look.",
        "sensitive",
    ),
    Rule("SENS-3", None, R, "The work is about acts against the law, so a person has to look.", "sensitive"),
    Rule("SENS-4", None, R, "The work is about sexual health, so a person has to look.", "sensitive"),
    Rule(
        "SENS-5",
        None,
        R,
        "The work is about how people think and feel, so a person has to look.",
        "sensitive",
    ),
    Rule("SENS-6", None, R, "The work is social science outside health, so a person has to look.", "sensitive"),
    Rule("SENS-7", None, R, "A trained AI model is to be released, so a person has to look.", "sensitive"),
    Rule(
        "SENS-8",
        None,
        D,
        "The work tries to find out who the people are. This is never allowed.",
        "sensitive",
    ),
    Rule(
        "SENS-9",
        None,
        R,
        "The purpose names something sensitive ({flag}), so a person has to look.",
        "sensitive",
    ),
]

_MODIFIER_RULES = [
    *listed_rules(
        terms.RS, "research_types",
        "Allowed kind of study: {research_types}.",
        "None of the kinds of study is allowed: {research_types}. Allowed: {allowed}.",
        "The purpose does not say what kind of study it is. Allowed: {allowed}.",
    ),
    Rule(
        "RS-4", terms.RS, R,
        "Whether the kind of study is allowed, a person has to decide: the lists of terms disagree "
        "or are out of date. "
        "Asked for: {research_types}. Allowed: {allowed}.", "research_types",
    ),
    Rule(
        "RS-5", terms.RS, R,
        "Allowed among the kinds of study: {fitting}. Whether the rest is allowed, a person has to decide. "
        "Asked for: {research_types}. Allowed: {allowed}.", "research_types",
    ),
    Rule(
        "RS-6", terms.RS, R,
        "Whether the kind of study is allowed, a person has to decide: it is described in words that differ. "
        "Asked for: {research_types}. Allowed: {allowed}.", "research_types",
    ),
    Rule(
        "RS-7", terms.RS, R,
        "Whether the kind of study is allowed, a person has to decide: no link between these lists of terms is loaded. "
        "Asked for: {research_types}. Allowed: {allowed}.", "research_types",
    ),
    Rule("NMDS-1", terms.NMDS, P, "The purpose does not develop methods.", "investigations"),
    Rule(
        "NMDS-2", terms.NMDS, D,
        "The purpose develops methods. The data may not be used for that.", "investigations",
    ),
    Rule("GSO-1", terms.GSO, P, "The work includes people's genes.", "genetic"),
    Rule(
        "GSO-2", terms.GSO, D,
        "The work does not include people's genes. Only genetic studies may use the data.", "genetic",
    ),
    Rule(
        "GSO-3", terms.GSO, R,
        "The purpose does not say whether the work includes people's genes.", "genetic",
    ),
    *organisation_rules(terms.NPUNCU),
    *commercial_rules(terms.NPUNCU, first=4),
    *undertaking_rules("PUB", terms.PUB, "to publish the results"),
    *undertaking_rules("COL", terms.COL, "to work together with the study team"),
    Rule(
        "IRB-1", terms.IRB, P,
        "The ethics approval is valid until {valid_until}.", "ethics_approval", Status.MET,
    ),
    Rule(
        "IRB-2", terms.IRB, P,
        "Still to be shown: an ethics approval.", "ethics_approval", Status.OUTSTANDING,
    ),
    Rule(
        "IRB-3", terms.IRB, P,
        "The ethics approval ended on {valid_until}. Still to be shown: one that is valid.",
        "ethics_approval", Status.OUTSTANDING,
    ),
    *listed_rules(
        terms.GS, "countries",
        "Every country of the purpose is allowed: {countries}.",
        "Outside the allowed countries: {outside}. Allowed: {allowed}.",
        "The purpose does not say in which countries people and computers are. Allowed: {allowed}.",
    ),
    Rule("MOR-1", terms.MOR, P, "Promised: to publish nothing until after {until}.", "agrees", Status.MET),
    Rule(
        "MOR-2", terms.MOR, P,
        "Still to be promised: to publish nothing until after {until}.", "agrees", Status.OUTSTANDING,
    ),
    Rule("MOR-3", terms.MOR, P, "Publishing was closed until {until}. It is open now.", None, Status.LAPSED),
    Rule(
        "TS-1", terms.TS, P,
        "The use ends after {wanted} months, as asked. Allowed: {allowed}.", "months", Status.CAP,
    ),
    Rule(
        "TS-2", terms.TS, P,
        "The use ends after {allowed} months, which is less than the {wanted} asked for.",
        "months", Status.CAP,
    ),
    Rule("TS-3", terms.TS, P, "The use ends after {allowed} months.", "months", Status.CAP),
    *listed_rules(
        terms.US, "users",
        "Every person of the purpose is on the list.",
        "Not on the list of people: {outside}.",
        "The purpose does not say who uses the data.",
    ),
    *listed_rules(
        terms.PS, "project",
        "The project is on the list.",
        "Not on the list of projects: {project}.",
        "The purpose does not say which project it is.",
    ),
    Rule(
        "PS-4", terms.PS, R,
        "Whether the project is on the list, a person has to decide: it is named in another way than those there. "
        "Asked for: {project}. On the list: {allowed}.", "project",
    ),
    *listed_rules(
        terms.IS, "institutions",
        "Every institution of the purpose is on the list.",
        "Not on the list of institutions: {outside}.",
        "The purpose names no institution.",
    ),
    *undertaking_rules("RTN", terms.RTN, "to give new data and results back to the collection"),
    Rule("CC-1", terms.CC, P, "The data may be used in the care of patients.", "clinical_care"),
    Rule(
        "CC-2", terms.CC, P,
        "The data may be used in the care of patients, which is not asked for.", "clinical_care",
    ),
    Rule("NPOA-1", terms.NPOA, P, "The purpose is not about where people come from.", "investigations"),
    Rule(
        "NPOA-2", terms.NPOA, D,
        "The purpose is about ancestry. The data may not be used for that.", "investigations",
    ),
    Rule(
        "NPOA-3", terms.NPOA, R,
        "The purpose is about a population. The data may not be used to find out where people come from, "
        "so a person has to look.", "investigations",
    ),
    *organisation_rules(terms.NPU),
    *commercial_rules(terms.NCU),
]  # fmt: skip

_LOCAL_RULES = [
    Rule(
        "ASK-1", local_terms.ASK_ME, R,
        "The person is asked about this project. Until they say yes, it is no.",
    ),
    *access_rules("FEDERATED", local_terms.FEDERATED_ONLY, "where they are, and only results leave"),
    Rule(
        "METHODS-1", local_terms.METHODS_PERMITTED, P,
        "The data may be used to develop methods, whatever else is named.", "investigations",
    ),
    Rule(
        "METHODS-2", local_terms.METHODS_PERMITTED, P,
        "The data may be used to develop methods, which is not asked for.", "investigations",
    ),
    *undertaking_rules("REDISTRIBUTION", local_terms.NO_REDISTRIBUTION, "not to pass the data on"),
    *undertaking_rules(
        "REIDENTIFICATION", local_terms.NO_REIDENTIFICATION, "not to try to find out who the people are"
    ),
    *access_rules("VISIT", local_terms.VISIT_ONLY, "inside a secure place"),
    Rule("LOCAL-1", None, R, "The data use holds a term that only people can read: {name}."),
]  # fmt: skip

RULES: tuple[Rule, ...] = (
    Rule(
        "MEET-1",
        None,
        D,
        "The data uses that come together here have nothing in common, so nothing fits them all.",
    ),
    *_permission_rules(),
    *_DISEASE_RULES,
    *_CARE_RULES,
    *_SENSITIVE,
    *_MODIFIER_RULES,
    *_LOCAL_RULES,
)
BY_ID: dict[str, Rule] = {rule.id: rule for rule in RULES}
ORDER: dict[str, int] = {rule.id: index for index, rule in enumerate(RULES)}


def speak(id: str, **facts: Fact) -> Reason:
    """The reason that a rule gives, with the facts it used."""
    rule = BY_ID[id]
    return Reason(id, rule.term, rule.verdict, facts)
