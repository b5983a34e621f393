"""A purpose as the rules read it: what follows from its facts alone, found once for every data use."""

from collections.abc import Mapping
from dataclasses import dataclass

from governance.duo import terms
from governance.duo.canonical_json import canonical_text
from governance.duo.decision import Reason
from governance.duo.judging.rules import BESIDE_HEALTH, HEALTH, SENSITIVE_RULES, speak
from governance.duo.ontologies.curies import key
from governance.duo.ontology import Ontologies, Resolution
from governance.duo.purpose import Purpose, to_json

_PROBLEMS = {"unknown": "DIS-2", "obsolete": "DIS-3", "ambiguous": "DIS-4"}


@dataclass(frozen=True, slots=True)
class PurposeView:
    """`diseases` are those that a loaded ontology knows, as given; `doubts` the reasons about the others and the notes.

    `health` says whether the purpose is health research by one of its investigations, `needs_cover` which
    of them DS measures by their diseases.
    """

    purpose: Purpose
    text: str
    investigations: tuple[str, ...]
    health: bool
    needs_cover: frozenset[str]
    genetic: bool | None
    diseases: tuple[str, ...]
    doubts: tuple[Reason, ...]
    sensitive: tuple[Reason, ...]
    countries: frozenset[str]
    users: frozenset[str]
    institutions: frozenset[str]
    projects: frozenset[str]
    agrees: frozenset[str]

    def listed(self) -> Mapping[str, frozenset[str]]:
        """The facts that GS, US, PS and IS compare with their lists."""
        return {
            terms.GS: self.countries,
            terms.US: self.users,
            terms.PS: self.projects,
            terms.IS: self.institutions,
        }


def view(purpose: Purpose, ontologies: Ontologies) -> PurposeView:
    resolved = [ontologies.resolve(disease) for disease in purpose.diseases]
    asked = set(purpose.investigations)
    return PurposeView(
        purpose=purpose,
        text=canonical_text(to_json(purpose)),
        investigations=purpose.investigations,
        health=not asked.isdisjoint(HEALTH),
        needs_cover=frozenset(asked.intersection(HEALTH + BESIDE_HEALTH)),
        genetic=True if terms.GENETIC in asked else purpose.genetic,
        diseases=tuple(resolution.given for resolution in resolved if resolution.problem is None),
        doubts=tuple(_doubts(purpose, resolved)),
        sensitive=tuple(
            speak(SENSITIVE_RULES.get(flag, "SENS-9"), flag=flag)
            for flag in sorted(purpose.sensitive, key=lambda flag: (SENSITIVE_RULES.get(flag, "SENS-9"), flag))
        ),
        countries=frozenset(purpose.countries),
        users=frozenset(purpose.users),
        institutions=frozenset(purpose.institutions),
        projects=frozenset(() if purpose.project is None else (purpose.project,)),
        agrees=frozenset(purpose.agrees),
    )


def _doubts(purpose: Purpose, resolved: list[Resolution]) -> list[Reason]:
    """What the diseases of the purpose leave open under every permission, and what was read otherwise."""
    found = []
    for problem, rule in _PROBLEMS.items():
        diseases = tuple(resolution.given for resolution in resolved if resolution.problem == problem)
        if diseases:
            found.append(speak(rule, diseases=diseases))
    replaced = [r for r in resolved if r.problem is None and key(r.node) != key(r.given)]
    found += [speak("DIS-5", diseases=(r.given,), read_as=r.node, followed=r.followed) for r in replaced]
    return found
