"""The matcher: does a purpose fit a data use, and why. Nobody re-derives its answer anywhere else.

Pure: no clock, no input or output, no framework. What is kept between calls is only what a data use or a
purpose means by itself, so the same inputs, engine and releases give the same bytes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from governance.duo.canonical import canonical
from governance.duo.canonical_json import canonical_text, digest
from governance.duo.data_use import AnyUse, DataUse, EmptyMeet, to_json
from governance.duo.decision import Decision, Obligation, Reason, Status, Verdict
from governance.duo.judging.local_rules import local_reasons
from governance.duo.judging.modifier_rules import TESTS
from governance.duo.judging.obligation_rules import DUTIES, PROMISES, undertaking
from governance.duo.judging.permission_rules import permission_reasons
from governance.duo.judging.rules import speak
from governance.duo.judging.view import PurposeView, view
from governance.duo.local_terms import LOCAL_TERMS
from governance.duo.ontology import Ontologies
from governance.duo.purpose import Purpose
from governance.duo.terms import CC


@dataclass(frozen=True, slots=True)
class UseProfile:
    """A data use in canonical form, with its canonical JSON."""

    use: AnyUse
    text: str


def match(data_use: AnyUse, purpose: Purpose, at: date, ontologies: Ontologies) -> Decision:
    """Decides whether a purpose fits a data use on a day, with every reason, permits too.

    Any deny gives deny, otherwise any review gives review, otherwise permit. Raises `Invalid` for a data
    use without canonical form under these releases (kinds of study given twice that share nothing).
    """
    profile = profile_of(data_use, ontologies)
    seen = view_of(purpose, ontologies)
    if isinstance(profile.use, EmptyMeet):
        reasons = [speak("MEET-1"), *seen.doubts, *seen.sensitive]
        obligations: list[Obligation] = []
    else:
        reasons, obligations = _judge(profile.use, seen, at, ontologies)
    verdict = strictest(reason.verdict for reason in reasons)
    outstanding = any(obligation.status is Status.OUTSTANDING for obligation in obligations)
    return Decision(
        verdict=verdict,
        grantable=verdict is Verdict.PERMIT and not outstanding,
        reasons=tuple(reasons),
        obligations=tuple(obligations),
        ontologies=_identity(ontologies),
        inputs=digest(f'{{"at":"{at.isoformat()}","data_use":{profile.text},"purpose":{seen.text}}}'),
    )


def strictest(verdicts: Iterable[Verdict]) -> Verdict:
    """Any deny gives deny, otherwise any review gives review, otherwise permit."""
    found = set(verdicts)
    if Verdict.DENY in found:
        return Verdict.DENY
    return Verdict.REVIEW if Verdict.REVIEW in found else Verdict.PERMIT


@lru_cache(maxsize=8192)
def profile_of(data_use: AnyUse, ontologies: Ontologies) -> UseProfile:
    """The canonical form and its text, kept because one data use is matched with many purposes."""
    use = canonical(data_use, ontologies) if isinstance(data_use, DataUse) else data_use
    return UseProfile(use, canonical_text(to_json(use)))


@lru_cache(maxsize=2048)
def view_of(purpose: Purpose, ontologies: Ontologies) -> PurposeView:
    """The purpose as the rules read it, kept because one purpose is matched with many data uses."""
    return view(purpose, ontologies)


@lru_cache(maxsize=16)
def _identity(ontologies: Ontologies) -> Mapping[str, str]:
    return ontologies.identity()


def _judge(use: DataUse, seen: PurposeView, at: date, ontologies: Ontologies) -> tuple[list[Reason], list[Obligation]]:
    """Every rule speaks, in the order of the rule table, even when the permission already denies."""
    reasons = list(permission_reasons(use, seen, ontologies))
    obligations: list[Obligation] = []
    for modifier in use.modifiers:
        if modifier.term in DUTIES:
            reason, obligation = DUTIES[modifier.term](modifier, seen, at)
            reasons.append(reason)
            obligations.append(obligation)
        elif modifier.term == CC:
            reasons.append(speak("CC-1" if seen.purpose.clinical_care else "CC-2"))
        else:
            reasons.extend(TESTS[modifier.term](modifier, seen, ontologies))
    for name in sorted(use.local, key=lambda name: (name not in LOCAL_TERMS, name)):
        if name in PROMISES:
            reason, obligation = undertaking(name, seen)
            reasons.append(reason)
            obligations.append(obligation)
        else:
            reasons.extend(local_reasons(name, use.permission, seen))
    return reasons, obligations
