"""Who of a dataset's members a purpose may use: decided once for each distinct profile (consent.md, Cohorts).

A member's data use in a dataset is the meet of the dataset's label and the member's profile, provided that the member has
opened the outlet through which the dataset flows. Excluded members and closed outlets are denies with reasons of their own;
everything else is the matcher's answer. Counts shown outside the dataset's own committee are rounded down to tens.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from governance.duo.data_use import DataUse
from governance.duo.decision import Decision, Obligation, Reason, Status, Verdict
from governance.duo.matcher import match
from governance.duo.meet import meet
from governance.duo.ontology import Ontologies
from governance.duo.purpose import Purpose

EXCLUDED = Reason(rule="CONSENT-1", term=None, verdict=Verdict.DENY)
OUTLET_CLOSED = "OUTLET-1"
ASK_EACH_TIME = "ask-me-each-time"
SMALLEST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Shared:
    """What a profile holds: a data use (None: excluded) and the outlets that are open."""

    data_use: DataUse | None
    outlets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileAnswer:
    """What one profile answers to one purpose in one dataset, with every reason."""

    verdict: Verdict
    grantable: bool
    reasons: tuple[Reason, ...]
    obligations: tuple[Obligation, ...] = ()

    def joins(self, judged: Collection[str]) -> bool:
        """Whether members with this profile are in a cohort whose committee judged these review rules by name.

        INVARIANT: a deny never joins, whatever was judged; `ask-me-each-time` is never the committee's to judge.
        """
        if self.grantable:
            return True
        if self.verdict is not Verdict.REVIEW or any(one.status in UNMET for one in self.obligations):
            return False
        reviews = [reason for reason in self.reasons if reason.verdict is Verdict.REVIEW]
        return all(reason.rule in judged and reason.term != ASK_EACH_TIME for reason in reviews)


UNMET = frozenset({Status.OUTSTANDING})


def answer(
    *, label: DataUse, outlet: str, profile: Shared, purpose: Purpose, at: date, ontologies: Ontologies
) -> ProfileAnswer:
    """What members with this profile answer to the purpose on that day."""
    if profile.data_use is None:
        return ProfileAnswer(Verdict.DENY, False, (EXCLUDED,))
    if outlet not in profile.outlets:
        return ProfileAnswer(Verdict.DENY, False, (Reason(OUTLET_CLOSED, outlet, Verdict.DENY, {"outlet": outlet}),))
    decision: Decision = match(meet([label, profile.data_use], ontologies), purpose, at, ontologies)
    return ProfileAnswer(decision.verdict, decision.grantable, decision.reasons, decision.obligations)


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many members one rule keeps from a plain permit."""

    rule: str
    term: str | None
    verdict: Verdict
    count: int


@dataclass(frozen=True, slots=True)
class CohortNumbers:
    """How a dataset's members answer a purpose. `permit` counts those who would join now, nothing outstanding or judged."""

    total: int
    permit: int
    review: int
    deny: int
    reasons: tuple[ReasonCount, ...] = ()
    rounded: bool = False


def numbers(answers: Iterable[tuple[ProfileAnswer, int]]) -> CohortNumbers:
    """Sum answers and how many members gave each; a member counts once for every rule that does not permit."""
    by_verdict: Counter[Verdict] = Counter()
    by_rule: Counter[tuple[str, str | None, Verdict]] = Counter()
    for one, count in answers:
        by_verdict[one.verdict] += count
        for rule, term, verdict in {
            (r.rule, r.term, r.verdict) for r in one.reasons if r.verdict is not Verdict.PERMIT
        }:
            by_rule[rule, term, verdict] += count
    ordered = sorted(by_rule.items(), key=lambda item: (item[0][2].value, -item[1], item[0][0], item[0][1] or ""))
    return CohortNumbers(
        total=sum(by_verdict.values()),
        permit=by_verdict[Verdict.PERMIT],
        review=by_verdict[Verdict.REVIEW],
        deny=by_verdict[Verdict.DENY],
        reasons=tuple(ReasonCount(rule, term, verdict, count) for (rule, term, verdict), count in ordered if count),
    )


def rounded(exact: CohortNumbers) -> CohortNumbers:
    """For eyes outside the dataset's committee: every part rounded down to tens, the parts adding up to the total shown."""
    permit, review, deny = (
        number // SMALLEST_SHOWN * SMALLEST_SHOWN for number in (exact.permit, exact.review, exact.deny)
    )
    return CohortNumbers(total=permit + review + deny, permit=permit, review=review, deny=deny, rounded=True)


@dataclass(frozen=True, slots=True)
class MemberStep:
    """One sealed or unsealed change of a member: the profile before and after (None: not a member), and its position."""

    before: int | None
    after: int | None
    position: int | None


def was_in(
    *, current: int | None, steps: Iterable[MemberStep], epoch: int, at: int | None, permitted: Mapping[int, bool]
) -> bool:
    """Whether a member was in a grant's cohort at a position (None: now, unsealed changes included).

    In the cohort are those who were permitted at the epoch and through every change since; who leaves comes back only with a
    new epoch. `steps` are the member's changes after the epoch in order; `current` is the profile now.
    """
    ordered = list(steps)
    at_epoch = ordered[0].before if ordered else current
    if at_epoch is None or not permitted.get(at_epoch, False):
        return False
    for step in ordered:
        if at is not None and (step.position is None or step.position > at):
            break
        if step.after is None or not permitted.get(step.after, False):
            return False
    return True
