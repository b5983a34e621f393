"""What votes on a line amount to, and in words: the same on the page, in the queue and where a decision is refused."""

from typing import Any

from django.utils.translation import gettext_lazy as lazy

from access.committees.benches import Bench
from access.domain.quorum import Ballot, Code, Outcome, Policy, QuorumRule, VoteChoice, outcome
from access.models import Line
from governance.duo.decision import Decision, Verdict
from governance.models import Committee
from governance.templatetags.duologue import number

_OUTCOMES: dict[Code, Any] = {
    Code.NOBODY_LEFT: lazy("Nobody is left who may vote: the committee needs another member."),
    Code.VOTES_MISSING: lazy("Votes so far: %(cast)s. Needed: %(needed)s, from %(base)s who may vote."),
    Code.REPRESENTATIVE_MISSING: lazy("A participant representative has to vote."),
    Code.REPRESENTATIVE_NOT_LEFT: lazy("A participant representative has to vote, and none may."),
    Code.NO_MAJORITY: lazy("No majority: %(approve)s approve and %(refuse)s refuse, of %(cast)s."),
    Code.NOT_UNANIMOUS: lazy("Not unanimous: %(approve)s approve and %(refuse)s refuse, of %(cast)s."),
    Code.APPROVAL: lazy("The votes carry an approval: %(approve)s of %(cast)s."),
    Code.REFUSAL: lazy("The votes carry a refusal: %(refuse)s of %(cast)s."),
    Code.CHAIR_ALONE: lazy("The matcher permits, so the chair may approve alone."),
    Code.LABEL_DENIES: lazy("The label denies: nobody can approve, and a refusal needs no votes."),
}


def outcome_words(outcome: Outcome) -> list[str]:
    """What the votes amount to, and what is missing."""
    return [
        str(_OUTCOMES[reason.code] % {name: number(value) for name, value in reason.facts})
        for reason in outcome.reasons
    ]


def review_rules(decision: Decision) -> list[str]:
    """The rules whose review a committee has to judge by name, each once, in the decision's order."""
    return list(dict.fromkeys(r.rule for r in decision.reasons if r.verdict is Verdict.REVIEW))


def policy_of(committee: Committee) -> Policy:
    """The committee's policy as the counting of votes reads it."""
    return Policy(
        committee.quorum,
        QuorumRule(committee.rule),
        committee.representative_must_vote,
        committee.chair_alone_on_permit,
    )


def votes_on(line: Line, bench: Bench, verdict: str) -> Outcome:
    """Count the standing votes on the version that is under review. Reads `line.votes`, prefetched or not."""
    version = line.snapshot["request_version"]
    ballots = [
        Ballot(vote.voter_id, VoteChoice(vote.choice))
        for vote in line.votes.all()
        if vote.replaced_at is None and vote.request_version == version
    ]
    return outcome(policy_of(line.case.committee), bench.for_quorum(), bench.recused, ballots, verdict)
