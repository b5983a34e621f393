"""What votes on a line amount to, in words: the same on the page, in the queue and where a decision is refused."""

from typing import Any

from django.utils.translation import gettext_lazy as lazy

from access.domain.quorum import Code, Outcome
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
