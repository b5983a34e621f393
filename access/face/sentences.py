"""Words for people: the matcher's reasons, votes' outcomes, labels and purposes, in the reader's language."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from access.domain.obligations import PROMISED
from consent.domain.cohorts import EXCLUDED, OUTLET_CLOSED, ReasonCount
from governance.duo import terms
from governance.duo.decision import Decision, Reason, Status, Verdict
from governance.duo.judging.explain import ObstacleKind as Obstructs
from governance.duo.judging.explain import obstacles
from governance.duo.judging.rules import BY_ID
from governance.duo.judging.text import sentence
from governance.duo.ontology import Ontologies
from governance.face.countries import country_name, country_names
from governance.face.look import TERMS, Words, term_look
from governance.face.words import listed
from governance.templatetags.duologue import day, number


@dataclass(frozen=True, slots=True)
class Said:
    """One reason as a page shows it: the state's word, a lead in bold where it stands out, text, rule id."""

    word: str
    text: str
    source: str
    lead: str = ""


def said(reasons: Iterable[Reason], ontologies: Ontologies, unsaid: Collection[str] = ()) -> list[Said]:
    """Every reason in words; an obligation shows how it stands instead of a verdict.

    `unsaid` are rules that speak because a fact is missing.
    """
    found = []
    for reason in reasons:
        rule = BY_ID.get(reason.rule)
        word = duty_word(rule.term, rule.status.value) if rule and rule.status else reason.verdict.value
        text = sentence(reason, _, name_of(ontologies), number) if rule is not None else _("decided by an earlier rule")
        lead = _("Outstanding:") if word == "outstanding" else _("Not said:") if reason.rule in unsaid else ""
        found.append(Said(word, text, reason.rule, lead))
    return found


def duty_word(term: str | None, status: str) -> str:
    """How an obligation stands, in the word of every page: to have promised is not to have done."""
    return "promised" if status == Status.MET and term in PROMISED else status


def stored_reasons(decision: Mapping[str, Any]) -> list[Reason]:
    """The reasons of a stored decision, as they were."""
    return [
        Reason(
            one["rule"],
            one["term"],
            Verdict(one["verdict"]),
            {key: tuple(value) if isinstance(value, list) else value for key, value in one["facts"].items()},
        )
        for one in decision["reasons"]
    ]


def cohort_reason(one: ReasonCount) -> str:
    """Why some participants stay out or need a look, in words, without the facts of single profiles."""
    if one.rule == EXCLUDED.rule:
        return _("withdrawn, or no answer that permits")
    if one.rule == OUTLET_CLOSED:
        return _("did not agree to this way of sharing")
    if one.term is None:
        return _("what the purpose says by itself")
    known = terms.BY_ID.get(one.term)
    return str(_(known.name)) if known else str(term_look(one.term).words)


def label_terms(data_use: Mapping[str, Any], ontologies: Ontologies) -> list[dict[str, str]]:
    """A label as terms with their words: what people agreed to."""
    diseases = listed(_disease(one, ontologies) for one in data_use.get("diseases", ()))
    found = [{"code": _code(data_use["permission"]), "words": diseases}]
    for modifier in data_use.get("modifiers", ()):
        given = {"term": modifier} if isinstance(modifier, str) else modifier
        words = _value_words(given)
        found.append({"code": _code(given["term"]), "words": words})
    return found + [{"code": name, "words": ""} for name in data_use.get("local", ())]


def _value_words(modifier: Mapping[str, Any]) -> str:
    """What stands with a modifier, in the reader's words: countries by name, days as days, numbers in their digits."""
    key, value = next(((key, value) for key, value in modifier.items() if key != "term"), ("", None))
    if key == "countries" and value is not None:
        return country_names(value)
    if isinstance(value, list):
        return listed(map(str, value))
    if value is None:
        return ""
    said = number(value) if isinstance(value, int) else _day(str(value)) or str(value)
    return f"{term_look(_code(modifier['term'])).words}: {said}"


def _disease(id: str, ontologies: Ontologies) -> str:
    return ontologies.label(id) or id


def _code(term: str) -> str:
    found = terms.find(term)
    return terms.short(found.id) if found else term


INVESTIGATIONS: dict[str, Words] = {
    "DUO:0000040": lazy("A disease"),
    "DUO:0000038": lazy("Genes"),
    "DUO:0000037": lazy("Health in general"),
    "DUO:0000039": lazy("New medicines"),
    "DUO:0000031": lazy("A new method"),
    "DUO:0000032": lazy("A population"),
    "DUO:0000033": lazy("Origins and ancestry"),
    "DUO:0000034": lazy("An age group"),
    "DUO:0000035": lazy("A gender"),
    "DUO:0000036": lazy("Comparison with other data"),
    "other": lazy("Something else"),
}
SENSITIVE: dict[str, Words] = {
    "vulnerable population": lazy("People who need special protection"),
    "stigmatising illness": lazy("An illness that can bring shame"),
    "illegal behaviour": lazy("Acts against the law"),
    "sexual health": lazy("Sexual health"),
    "psychological traits": lazy("How people think and feel"),
    "non-health social science": lazy("Social science outside health"),
    "AI model release": lazy("A trained AI model is released"),
    "re-identification": lazy("Finding out who people are"),
}
MODES: dict[str, Words] = {
    "download": lazy("Download"),
    "visit": lazy("Visit"),
    "federated": lazy("Federated"),
}
ORIGINS: dict[str, Words] = {
    "declared": lazy("declared"),
    "account": lazy("from the account"),
    "provider": lazy("vouched: sign-in provider"),
    "registry": lazy("vouched: registry"),
    "signing_official": lazy("vouched: signing official"),
}


@dataclass(frozen=True, slots=True)
class PurposeFact:
    """One row of a purpose: what, which value, where it comes from."""

    label: str
    value: str
    origin: str = ""
    vouched: bool = False


def name_of(ontologies: Ontologies) -> Callable[[str], str | None]:
    """Words for whatever a reason names: a term of an ontology, a day, or a country in the reader's language."""
    return lambda one: ontologies.label(one) if ":" in one else _day(one) or country_name(one)


def _day(written: str) -> str | None:
    try:
        return day(date.fromisoformat(written))
    except ValueError:
        return None


def asks_in_words(purpose: Mapping[str, Any], ontologies: Ontologies) -> str:
    """What a request asks for, in one line: what, by whom, where, how, how long."""
    parts = [listed(_disease(one, ontologies) for one in purpose["diseases"])]
    parts += [str(INVESTIGATIONS[one]).lower() for one in purpose["investigations"] if one != "DUO:0000040"]
    parts.append(_organisation(purpose))
    parts.append(_("in %(places)s") % {"places": country_names(purpose["countries"])} if purpose["countries"] else "")
    mode = purpose["access_mode"]
    parts.append(str(MODES[mode]).lower() if mode else "")
    parts.append(_months(purpose["months"]))
    return listed(part for part in parts if part)


def _months(months: int | None) -> str:
    return ngettext("%(n)s month", "%(n)s months", months) % {"n": number(months)} if months else ""


def _organisation(purpose: Mapping[str, Any]) -> str:
    kinds = {"not-for-profit": _("not for profit"), "for-profit": _("a company")}
    return kinds.get(purpose["organisation_type"], _("kind of organisation not known"))


def _yes_no(value: bool | None) -> str:
    return {True: _("Yes"), False: _("No")}.get(value, _("Not known yet"))  # type: ignore[arg-type]


class Stated(Protocol):
    """A purpose with its words: a request as it is, or one of its submissions as it was."""

    @property
    def purpose(self) -> Any: ...

    @property
    def origins(self) -> Any: ...

    @property
    def other_purpose(self) -> Any: ...


def facts(stated: Stated, ontologies: Ontologies) -> list[PurposeFact]:
    """A purpose as rows, every fact with its origin, and the words where something else is investigated."""
    purpose, origins = stated.purpose, stated.origins
    approval = purpose["ethics_approval"]
    diseases = [f"{_disease(one, ontologies)} {one}" for one in purpose["diseases"]]
    asked = [str(INVESTIGATIONS[one]) for one in purpose["investigations"]]
    ethics = ""
    if approval:
        until = day(date.fromisoformat(approval["valid_until"]))
        ethics = _("%(reference)s until %(until)s") % {"reference": approval["reference"], "until": until}
    rows: list[tuple[str, str, str]] = [
        (_("Investigates"), " · ".join(asked), "investigations"),
        (_("Something else, in words"), stated.other_purpose, "other_purpose"),
        (_("Diseases"), listed(diseases), "diseases"),
        (_("Organisation"), _organisation(purpose), "organisation_type"),
        (_("Institutions"), listed(f"ROR {one}" for one in purpose["institutions"]), "institutions"),
        (_("Commercial"), _yes_no(purpose["commercial"]), "commercial"),
        (_("Countries"), country_names(purpose["countries"]), "countries"),
        (_("Care of patients"), _yes_no(purpose["clinical_care"]), "clinical_care"),
        (_("Genotypes"), _yes_no(purpose["genetic"]), "genetic"),
        (_("Access"), str(MODES[purpose["access_mode"]]) if purpose["access_mode"] else "", "access_mode"),
        (_("Time"), _months(purpose["months"]), "months"),
        (_("Ethics approval"), ethics, "ethics_approval"),
        (_("Kinds of study"), listed(purpose["research_types"]), "research_types"),
        (_("Project"), purpose["project"] or "", "project"),
        (_("Promises"), listed(promise(one) for one in purpose["agrees"]), "agrees"),
        (_("Sensitive"), listed(sensitive(one) for one in purpose["sensitive"]), "sensitive"),
    ]  # fmt: skip
    return [
        PurposeFact(
            label,
            value,
            str(ORIGINS[origins.get(key, "declared")]),
            _is_vouched(origins.get(key, "declared")),
        )
        for label, value, key in rows
        if value
    ]


def _is_vouched(origin: str) -> bool:
    return origin not in ("declared", "account")


def promise(term: str) -> str:
    """An undertaking in words."""
    return str(TERMS[_code(term)].words) if _code(term) in TERMS else term


def sensitive(flag: str) -> str:
    """A sensitive flag in words; one that nobody listed is shown as it was written."""
    return str(SENSITIVE[flag]) if flag in SENSITIVE else flag


FIELDS: dict[str, Words] = {
    "investigations": lazy("what you investigate"),
    "diseases": lazy("the diseases"),
    "months": lazy("the months"),
    "access_mode": lazy("how you work"),
    "agrees": lazy("what you promise"),
    "genetic": lazy("whether genotypes are included"),
    "clinical_care": lazy("the care of patients"),
    "organisation_type": lazy("the kind of organisation"),
    "commercial": lazy("whether the purpose is commercial"),
    "countries": lazy("the countries"),
    "institutions": lazy("the institutions"),
    "users": lazy("the people"),
    "project": lazy("the project"),
    "research_types": lazy("the kind of study"),
    "ethics_approval": lazy("the ethics approval"),
    "sensitive": lazy("what it touches"),
}
_IN_THE_WAY: dict[Obstructs, Words] = {
    Obstructs.SCOPE: lazy("You can change: %(fields)s."),
    Obstructs.MISSING: lazy("Still to be said: %(fields)s."),
    Obstructs.FACT: lazy("In the way, as things are: %(fields)s."),
    Obstructs.TERM: lazy("In the way whatever you change: the data use itself."),
}


def in_the_way(decision: Decision) -> list[str]:
    """What stands between the purpose and a grant, by who could remove it."""
    found: dict[Obstructs, list[str]] = {}
    for one in obstacles(decision):
        fields = found.setdefault(one.kind, [])
        words = str(FIELDS.get(one.field or "", ""))
        if words and words not in fields:
            fields.append(words)
    return [str(_IN_THE_WAY[kind]) % {"fields": listed(found[kind])} for kind in Obstructs if kind in found]


def unsaid_rules(decision: Decision) -> set[str]:
    """The rules that speak because a fact about people, places, money or approval is missing."""
    return {one.reason.rule for one in obstacles(decision) if one.kind is Obstructs.MISSING}
