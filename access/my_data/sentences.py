"""The matcher's reasons for participants: one plain sentence for each rule, as to a twelve-year-old.

The rule table's own sentences speak of "the purpose" to those who judge it. These speak to the person whose
data it is about: what they said, and what the project does. A limit is theirs only where they set it; one that
the dataset brings is told as the dataset's, so that nobody reads that they said what they did not say.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from consent.domain.cohorts import EXCLUDED, OUTLET_CLOSED
from governance.duo import terms
from governance.duo.decision import Reason, Verdict
from governance.duo.judging.rule_kinds import Rule
from governance.duo.judging.rules import RULES
from governance.duo.terms import DS, GRU, HMB, NPUNCU, NRES, POA
from governance.face.countries import country_names
from governance.face.look import Words
from governance.face.words import isolated, listed
from governance.templatetags.duologue import number


@dataclass(frozen=True, slots=True)
class Plain:
    """`yours` where the person set the limit, or nobody in particular did; `theirs` where the dataset alone did."""

    yours: Words
    theirs: Words = ""


# What a project does, as the end of a sentence.
WHAT: Mapping[str, Words] = {
    terms.METHODS: lazy("work on new ways to study data"),
    terms.POPULATION: lazy("a study of a group of people"),
    terms.ANCESTRY: lazy("a study of where families come from"),
    terms.AGE: lazy("a study of people of one age"),
    terms.GENDER: lazy("a study of women or of men"),
    terms.CONTROL: lazy("comparing your data with other people's"),
    terms.BIOMEDICAL: lazy("health research"),
    terms.GENETIC: lazy("a study of genes"),
    terms.DRUGS: lazy("work on new medicines"),
    terms.DISEASE: lazy("a study of an illness"),
    terms.OTHER: lazy("another kind of research"),
}
_SAID_YES: Mapping[str, Plain] = {
    NRES: Plain(lazy("You said yes to any use. This is one: %(what)s.")),
    GRU: Plain(
        lazy("You said yes to any research. This is one kind: %(what)s."),
        lazy("Your yes covers any research. This is one kind: %(what)s."),
    ),
    HMB: Plain(
        lazy("You said yes to health research, and this is part of it: %(what)s."),
        lazy("Your yes covers health research, and this is part of it: %(what)s."),
    ),
    DS: Plain(
        lazy("You said yes to research on certain illnesses, and this is part of it: %(what)s."),
        lazy("Your data are kept for research on certain illnesses, and this is part of it: %(what)s."),
    ),
    POA: Plain(
        lazy("You said yes to research into where families come from, and that is what this is."),
        lazy("Your data are kept for research into where families come from, and that is what this is."),
    ),
}
_SAID_NO = Plain(
    lazy("You did not say yes to this: %(what)s."),
    lazy("The collection that holds your data does not allow this: %(what)s."),
)
_UNCLEAR = lazy("It is not clear whether your yes covers this, so the committee has to look: %(what)s.")
_NOT_HEALTH = lazy("Your yes covers this only as part of health research, so the committee has to look: %(what)s.")
_UNSAID = lazy("The project does not say what kind of research it is, so the committee has to look.")
_NO_CARE = Plain(
    lazy("The project also cares for patients. You said yes to research only."),
    lazy("The project also cares for patients. Your data are kept for research only."),
)
_NO_COMPANY = (
    Plain(lazy("You said no to companies, and no company works on this."), lazy("No company works on this.")),
    Plain(
        lazy("A company works on this. You said no to companies."),
        lazy("A company works on this. The collection that holds your data does not allow companies."),
    ),
    Plain(lazy("The project does not say whether a company works on it, so the committee has to look.")),
)
_NO_MONEY = (
    Plain(lazy("This project is not meant to earn money.")),
    Plain(
        lazy("The project is meant to earn money. Your answers do not allow that."),
        lazy("The project is meant to earn money. The collection that holds your data does not allow that."),
    ),
    Plain(lazy("The project does not say whether it is meant to earn money, so the committee has to look.")),
)  # fmt: skip

_RESEARCH: dict[str, Plain] = {
    "DS-1": Plain(
        lazy("You said yes to research on %(diseases)s."),
        lazy("Your data are kept for research on %(diseases)s, among others."),
    ),
    "DS-2": Plain(
        lazy("The project is about %(diseases)s. You said yes to research on %(agreed)s only."),
        lazy("The project is about %(diseases)s. Your data are kept for research on %(agreed)s only."),
    ),
    "DS-3": Plain(
        lazy("The project is about %(diseases)s. That is wider than what you said yes to: %(agreed)s."),
        lazy("The project is about %(diseases)s. That is wider than what your data are kept for: %(agreed)s."),
    ),
    "DS-4": Plain(
        lazy("It is not clear whether your yes to %(agreed)s covers %(diseases)s, so the committee has to look.")
    ),
    "DS-5": Plain(
        lazy("Doctors' lists differ on whether %(diseases)s belongs to %(agreed)s, so the committee has to look.")
    ),
    "DS-6": Plain(
        lazy("You said yes to research on certain illnesses. The project names none."),
        lazy("Your data are kept for research on certain illnesses. The project names none."),
    ),
    "DS-7": Plain(
        lazy("The project names its illness by another list than your yes to %(agreed)s, so the committee has to look.")
    ),
    "DIS-1": Plain(lazy("The project does not say which illness it is about, so the committee has to look.")),
    "DIS-2": Plain(lazy("No list of illnesses knows %(diseases)s, so the committee has to look.")),
    "DIS-3": Plain(lazy("The name %(diseases)s is out of date, so the committee has to look.")),
    "DIS-4": Plain(lazy("%(diseases)s can mean several illnesses, so the committee has to look.")),
    "DIS-5": Plain(lazy("%(diseases)s is another name for %(read_as)s.")),
    "SENS-1": Plain(lazy("It is about people who need special protection, so the committee has to look.")),
    "SENS-2": Plain(lazy("It is about an illness that people may be ashamed of, so the committee has to look.")),
    "SENS-3": Plain(lazy("It is about things that are against the law, so the committee has to look.")),
    "SENS-4": Plain(lazy("It is about sexual health, so the committee has to look.")),
    "SENS-5": Plain(lazy("It is about how people think and feel, so the committee has to look.")),
    "SENS-6": Plain(lazy("It is about how people live, not about health, so the committee has to look.")),
    "SENS-7": Plain(lazy("It gives away a computer program that learned from data, so the committee has to look.")),
    "SENS-8": Plain(lazy("The project tries to find out who people are. That is never allowed.")),
    "SENS-9": Plain(lazy("It touches something that needs care (%(flag)s), so the committee has to look.")),
    "MEET-1": Plain(
        lazy("What you said and what the collection allows do not fit together, so nobody may use your data here.")
    ),
    "NRES-CARE": Plain(lazy("You said yes to any use. Caring for patients is one.")),
}
_LIMITS: dict[str, Plain] = {
    "RS-1": Plain(lazy("It is a kind of study that is allowed: %(research_types)s.")),
    "RS-2": Plain(lazy("It is not a kind of study that is allowed: %(research_types)s.")),
    "RS-3": Plain(lazy("The project does not say what kind of study it is, so the committee has to look.")),
    "RS-4": Plain(lazy("It is not clear whether this kind of study is allowed, so the committee has to look.")),
    "RS-5": Plain(lazy("Part of it is a kind of study that is allowed: %(fitting)s. The committee has to look.")),
    "RS-6": Plain(lazy("It is not clear whether this kind of study is allowed, so the committee has to look.")),
    "RS-7": Plain(lazy("It is not clear whether this kind of study is allowed, so the committee has to look.")),
    "NMDS-1": Plain(lazy("The project does not work on new ways to study data.")),
    "NMDS-2": Plain(
        lazy("The project works on new ways to study data. You said no to that."),
        lazy("The project works on new ways to study data. The collection that holds your data does not allow that."),
    ),
    "GSO-1": Plain(lazy("The project studies people's genes, which is what your data may be used for.")),
    "GSO-2": Plain(lazy("The project does not study people's genes. Your data may be used only for that.")),
    "GSO-3": Plain(lazy("The project does not say whether it studies people's genes, so the committee has to look.")),
    "GS-1": Plain(
        lazy("The project works in %(countries)s. You said yes to that."),
        lazy("The project works in %(countries)s. Your data may be used there."),
    ),
    "GS-2": Plain(
        lazy("The project also works in %(outside)s. You did not say yes to that."),
        lazy("The project also works in %(outside)s. Your data may not be used there."),
    ),
    "GS-3": Plain(lazy("The project does not say in which countries it works, so the committee has to look.")),
    "US-1": Plain(lazy("Everybody who works on it is on the list of those who may.")),
    "US-2": Plain(lazy("Somebody who works on it is not on the list of those who may.")),
    "US-3": Plain(lazy("The project does not say who works on it, so the committee has to look.")),
    "PS-1": Plain(lazy("It is one of the projects that may use your data.")),
    "PS-2": Plain(lazy("It is not one of the projects that may use your data.")),
    "PS-3": Plain(lazy("It is not clear which project this is, so the committee has to look.")),
    "PS-4": Plain(lazy("It is not clear whether this project may use your data, so the committee has to look.")),
    "IS-1": Plain(lazy("Every place that works on it is on the list of those that may.")),
    "IS-2": Plain(lazy("A place that works on it is not on the list of those that may.")),
    "IS-3": Plain(lazy("The project does not say which places work on it, so the committee has to look.")),
    "CC-1": Plain(lazy("Your data may help doctors to care for patients.")),
    "CC-2": Plain(lazy("Your data may help doctors to care for patients. This project does not do that.")),
    "NPOA-1": Plain(lazy("The project does not look at where families come from.")),
    "NPOA-2": Plain(
        lazy("The project looks at where families come from. You said no to that."),
        lazy("The project looks at where families come from. The collection that holds your data does not allow that."),
    ),
    "NPOA-3": Plain(
        lazy("The project studies a group of people and must not look at where families come from, "
             "so the committee has to look.")
    ),
    "ASK-1": Plain(lazy("You asked to be asked first. Until you say yes to this project, your answer is no.")),
    "FEDERATED-1": Plain(lazy("Your data stay where they are. Only results leave.")),
    "FEDERATED-2": Plain(lazy("Your data must stay where they are. This project would take them elsewhere.")),
    "FEDERATED-3": Plain(lazy("The project does not say how it reaches your data, so the committee has to look.")),
    "VISIT-1": Plain(lazy("People work with your data only inside a secure room.")),
    "VISIT-2": Plain(lazy("Your data may be used only inside a secure room. This project would work elsewhere.")),
    "VISIT-3": Plain(lazy("The project does not say how it reaches your data, so the committee has to look.")),
    "METHODS-1": Plain(lazy("Your data may be used to find new ways to study data.")),
    "METHODS-2": Plain(lazy("Your data may be used to find new ways to study data. This project does not do that.")),
    "LOCAL-1": Plain(lazy("There is a limit that only people can read (%(name)s), so the committee has to look.")),
}  # fmt: skip
_DUTIES: dict[str, Plain] = {
    "PUB-1": Plain(lazy("The project promised to tell the world what it finds.")),
    "PUB-2": Plain(lazy("The project still has to promise to tell the world what it finds.")),
    "COL-1": Plain(lazy("The project promised to work together with those who collected your data.")),
    "COL-2": Plain(lazy("The project still has to promise to work together with those who collected your data.")),
    "IRB-1": Plain(lazy("A group that checks whether research is fair said yes. Its yes holds until %(valid_until)s.")),
    "IRB-2": Plain(lazy("A group that checks whether research is fair still has to say yes.")),
    "IRB-3": Plain(lazy("The yes of the group that checks whether research is fair ended on %(valid_until)s.")),
    "MOR-1": Plain(lazy("The project promised to tell nobody what it finds until after %(until)s.")),
    "MOR-2": Plain(lazy("The project still has to promise to tell nobody what it finds until after %(until)s.")),
    "MOR-3": Plain(lazy("What was found could not be told until %(until)s. Now it can.")),
    "TS-1": Plain(lazy("The project has to stop at the end of its time. Months: %(wanted)s.")),
    "TS-2": Plain(lazy("The project asked for longer than is allowed. Months that it gets: %(allowed)s.")),
    "TS-3": Plain(lazy("The project has to stop at the end of its time. Months: %(allowed)s.")),
    "RTN-1": Plain(lazy("The project promised to give back what it learns.")),
    "RTN-2": Plain(lazy("The project still has to promise to give back what it learns.")),
    "REDISTRIBUTION-1": Plain(lazy("The project promised not to pass your data on.")),
    "REDISTRIBUTION-2": Plain(lazy("The project still has to promise not to pass your data on.")),
    "REIDENTIFICATION-1": Plain(lazy("The project promised not to try to find out who you are.")),
    "REIDENTIFICATION-2": Plain(lazy("The project still has to promise not to try to find out who you are.")),
}
_OWN: dict[str, Plain] = {
    EXCLUDED.rule: Plain(lazy("No use of your data is allowed now, so they stay out.")),
    OUTLET_CLOSED: Plain(lazy("You did not agree that your data are placed in protected databases.")),
}


def _permission(rule: Rule) -> Plain:
    """The sentence of one cell of the permission table."""
    if rule.id.endswith("-NONE"):
        return Plain(_UNSAID)
    if rule.id.endswith("-CARE"):
        return _NO_CARE
    if rule.id.endswith("-ALONE"):
        return Plain(_NOT_HEALTH)
    if rule.verdict is Verdict.PERMIT:
        return _SAID_YES[rule.term or NRES]
    return _SAID_NO if rule.verdict is Verdict.DENY else Plain(_UNCLEAR)


def _all() -> Iterator[tuple[str, Plain]]:
    written = _RESEARCH | _LIMITS | _DUTIES | _OWN
    for prefix, first, sentences in (
        ("NPUNCU", 1, _NO_COMPANY), ("NPUNCU", 4, _NO_MONEY), ("NPU", 1, _NO_COMPANY), ("NCU", 1, _NO_MONEY),
    ):  # fmt: skip
        written |= {f"{prefix}-{first + offset}": one for offset, one in enumerate(sentences)}
    for rule in RULES:
        if rule.id not in written and rule.term in (NRES, GRU, HMB, DS, POA):
            yield rule.id, _permission(rule)
    yield from written.items()


SENTENCES: Mapping[str, Plain] = dict(_all())
"""By rule id. A rule that is not here is told in the matcher's own sentence."""


def own_terms(data_use: Mapping[str, Any] | None) -> frozenset[str]:
    """The terms that the person's own answers come to."""
    if data_use is None:
        return frozenset()
    modifiers = [one if isinstance(one, str) else one["term"] for one in data_use.get("modifiers", ())]
    found = frozenset([data_use["permission"], *modifiers, *data_use.get("local", ())])
    both = frozenset((terms.NPU, terms.NCU))
    if NPUNCU in found:
        return found | both
    return found | {NPUNCU} if both <= found else found


def plain_sentence(reason: Reason, own: Collection[str], name: Callable[[str], str | None]) -> str | None:
    """The reason for the person whose answers come to the terms `own`; None where the table has no sentence.

    `name` gives the words for an id or a date, None for what is said as it is.
    """
    found = SENTENCES.get(reason.rule)
    if found is None:
        return None
    brought = bool(found.theirs) and reason.term is not None and reason.term not in own
    places: dict[str, str] = {key: _words(value, name) for key, value in reason.facts.items()}
    named = reason.facts.get("investigation")
    kinds = named if isinstance(named, tuple) else (named,)
    places["what"] = listed(str(WHAT.get(str(one), WHAT[terms.OTHER])) for one in kinds)
    return str(found.theirs if brought else found.yours) % places


def together(reasons: Iterable[Reason]) -> list[list[Reason]]:
    """Reasons in their order, those side by side that say the same of several kinds of research."""
    found: dict[object, list[Reason]] = {}
    for reason in reasons:
        sentence = SENTENCES.get(reason.rule)
        same = id(sentence) if sentence is not None and "investigation" in reason.facts else None
        found.setdefault(same or (reason.rule, len(found)), []).append(reason)
    return list(found.values())


def as_one(reasons: list[Reason]) -> Reason:
    """One reason for several of `together`, with every kind of research that they name."""
    first = reasons[0]
    kinds = tuple(str(one.facts["investigation"]) for one in reasons if "investigation" in one.facts)
    return Reason(first.rule, first.term, first.verdict, {**first.facts, **({"investigation": kinds} if kinds else {})})


def _words(value: Any, name: Callable[[str], str | None]) -> str:
    values = value if isinstance(value, tuple) else (value,)
    return listed(isolated((name(one) or one) if isinstance(one, str) else number(one)) for one in values)


_MODES: Mapping[str, Words] = {
    "download": lazy("We get a copy of the data."),
    "visit": lazy("We work inside a secure room."),
    "federated": lazy("We send questions to the data and get back only results."),
}
_WHO: Mapping[str, Words] = {
    "not-for-profit": lazy("We are not a company."),
    "for-profit": lazy("We are a company."),
}


def project_says(purpose: Mapping[str, Any], name: Callable[[str], str | None]) -> str:
    """What a project does, by whom, where, how and for how long, in its own voice."""
    diseases = _words(tuple(purpose["diseases"]), name)
    kinds = [str(WHAT[one]) for one in purpose["investigations"] if one in WHAT and one != terms.DISEASE]
    places, months = country_names(purpose["countries"]), purpose["months"]
    told = [
        _("We study %(diseases)s.") % {"diseases": diseases} if diseases else "",
        _("This is %(what)s.") % {"what": listed(kinds)} if kinds else "",
        str(_WHO.get(purpose["organisation_type"], "")),
        _("We work in %(places)s.") % {"places": places} if places else "",
        str(_MODES.get(purpose["access_mode"], "")),
        ngettext("It takes %(n)s month.", "It takes %(n)s months.", months) % {"n": number(months)} if months else "",
    ]
    return " ".join(filter(None, told))
