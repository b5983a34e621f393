"""Any order of what people do to a request, over the real services, beside a small model of what should follow."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from access.cases import services as cases
from access.models import Grant, Line, Request
from access.requests import services as requests
from governance.domain.errors import Conflict, DuologueError, NotAllowed, NotThere
from governance.models import AuditEvent
from tests.access import builders
from tests.access.builders import NOW

JUDGES = ("chair", "member", "representative")
EVERYBODY = ("ada", *JUDGES, "secretary", "zoe")


def mostly(*who: str) -> st.SearchStrategy[str]:
    """Those who may, more often than everybody, so that a run gets somewhere."""
    return st.sampled_from([*who * 6, *EVERYBODY])


@dataclass
class Model:
    """What should be true, in plain values: one request with one line, a quorum of two, more than half decide."""

    request: str = "draft"
    line: str = ""
    votes: dict[str, str] = field(default_factory=dict)
    recused: set[str] = field(default_factory=set)

    def committee(self, who: str, may: tuple[str, ...], states: tuple[str, ...]) -> type[DuologueError] | None:
        """Why the committee's action is refused to this person now, or None."""
        if not self.line:
            return NotThere
        if who == "ada":
            return NotAllowed
        if who == "zoe":
            return NotThere
        if who in self.recused:
            return NotAllowed
        if self.line not in states:
            return Conflict
        deputies = tuple(one for one in JUDGES if one not in self.recused) if "chair" in self.recused else ()
        return None if who in may or ("chair" in may and who in deputies) else NotAllowed

    def carries(self, choice: str) -> bool:
        """Whether the votes carry a decision."""
        left = [one for one in JUDGES if one not in self.recused]
        cast = [self.votes[one] for one in left if one in self.votes]
        return bool(left) and len(cast) >= min(2, len(left)) and cast.count(choice) * 2 > len(cast)

    def applicant(self, who: str, states: tuple[str, ...]) -> type[DuologueError] | None:
        """Why the applicant's action is refused to this person now, or None."""
        if who != "ada":
            return NotThere
        return None if self.request in states else Conflict


class Requests(RuleBasedStateMachine):
    """People do things in any order; each either follows the model, or is refused and leaves nothing behind."""

    @initialize(ahead=st.sampled_from([True, True, True, False]))
    def begin(self, ahead: bool) -> None:
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.world = builders.world()
        self.zoe = builders.person("zoe")
        self.request = builders.drafted(self.world)
        self.model = Model()
        if ahead:
            self.submit("ada")
            self.take("secretary")

    def teardown(self) -> None:
        if hasattr(self, "undo"):
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    def _person(self, who: str) -> object:
        return self.zoe if who == "zoe" else getattr(self.world, who)

    def _line(self) -> Line:
        found = Line.objects.filter(case__request=self.request).first()
        if found is None:
            raise NotThere("no line yet")
        return found

    def _expect(self, refused: type[DuologueError] | None, act: Callable[[], object]) -> bool:
        """Do it, and compare with the model: an effect has its audit events, a refusal leaves none."""
        before = AuditEvent.objects.count()
        if refused is not None:
            with pytest.raises(DuologueError) as error:
                act()
            assert (type(error.value), AuditEvent.objects.count()) == (refused, before)
            return False
        act()
        assert AuditEvent.objects.count() > before
        return True

    @rule(who=mostly("ada"))
    def submit(self, who: str) -> None:
        by = self._person(who)
        refused = self.model.applicant(who, ("draft", "returned"))
        if self._expect(refused, lambda: requests.submit(request=self.request, by=by, now=NOW)):
            self.model.request = "submitted"
            self.model.votes.clear()
            self.model.line = {"": "pending", "waiting_for_applicant": "in_review"}[self.model.line]

    @rule(who=st.sampled_from(EVERYBODY), sure=st.sampled_from([False, False, False, True]))
    def withdraw(self, who: str, sure: bool) -> None:
        if who == "ada" and not sure:
            return
        by = self._person(who)
        refused = self.model.applicant(who, ("draft", "submitted", "returned"))
        if self._expect(refused, lambda: requests.withdraw(request=self.request, by=by, now=NOW)):
            self.model.request = "withdrawn"
            self.model.line = self.model.line and "withdrawn"

    @rule(who=mostly("secretary"))
    def take(self, who: str) -> None:
        by = self._person(who)
        refused = self.model.committee(who, (*JUDGES, "secretary"), ("pending",))
        if self._expect(refused, lambda: cases.take_into_review(line=self._line(), by=by, now=NOW)):
            self.model.line = "in_review"

    @rule(who=mostly(*JUDGES), choice=st.sampled_from(["approve", "approve", "change", "refuse"]))
    def vote(self, who: str, choice: str) -> None:
        by = self._person(who)
        refused = self.model.committee(who, JUDGES, ("in_review",))
        act = lambda: cases.vote(line=self._line(), choice=choice, reason="Because.", by=by, now=NOW)  # noqa: E731
        if self._expect(refused, act):
            self.model.votes[who] = choice

    @rule(who=mostly("chair"))
    def approve(self, who: str) -> None:
        by = self._person(who)
        refused = self.model.committee(who, ("chair",), ("in_review",))
        if refused is None and not self.model.carries("approve"):
            refused = Conflict
        if self._expect(refused, lambda: cases.approve(line=self._line(), by=by, now=NOW)):
            self.model.line, self.model.request = "approved", "closed"

    @rule(who=mostly("chair"))
    def refuse(self, who: str) -> None:
        by = self._person(who)
        refused = self.model.committee(who, ("chair",), ("in_review", "waiting_for_applicant"))
        if refused is None and not self.model.carries("refuse"):
            refused = Conflict
        act = lambda: cases.refuse(line=self._line(), term="GRU", text="No.", by=by, now=NOW)  # noqa: E731
        if self._expect(refused, act):
            self.model.line, self.model.request = "refused", "closed"

    @rule(who=mostly("secretary"))
    def give_back(self, who: str) -> None:
        by = self._person(who)
        refused = self.model.committee(who, ("chair", "secretary"), ("in_review",))
        if self._expect(refused, lambda: cases.return_line(line=self._line(), text="Why?", by=by, now=NOW)):
            self.model.line, self.model.request = "waiting_for_applicant", "returned"

    @rule(who=st.sampled_from(JUDGES), sure=st.sampled_from([False, False, True]))
    def recuse(self, who: str, sure: bool) -> None:
        if not sure or not self.model.line or who in self.model.recused:
            return
        by = self._person(who)
        if self._expect(None, lambda: cases.recuse(case=self._line().case, reason="Friends.", by=by, now=NOW)):
            self.model.recused.add(who)

    @rule(choice=st.sampled_from(["approve", "refuse"]))
    def meet(self, choice: str) -> None:
        """A meeting: two vote alike, and the chair decides by it."""
        for who in ("chair", "representative"):
            self.vote(who, choice)
        (self.approve if choice == "approve" else self.refuse)("chair")

    @invariant()
    def states_are_those_of_the_model(self) -> None:
        if not hasattr(self, "model"):
            return
        line = Line.objects.filter(case__request=self.request).first()
        state = Request.objects.get(pk=self.request.pk).state
        assert (state, line.state if line else "") == (self.model.request, self.model.line)
        assert Grant.objects.exists() == (self.model.line == "approved")


@pytest.mark.django_db
def test_any_order_of_actions_follows_the_model() -> None:
    run_state_machine_as_test(
        Requests,
        settings=settings(
            max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
