"""The states of a job: one table as data, from which service, buttons and documentation are made."""

from dataclasses import dataclass
from enum import StrEnum

from governance.domain.errors import Conflict


class State(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Who(StrEnum):
    """Who acts on a job; the value is the documentation's word."""

    ASKER = "who asked for it, or an administrator"
    WORKER = "a worker"


@dataclass(frozen=True, slots=True)
class JobStep:
    """One row: in this state, this action is open to these, and leads to that state."""

    state: State
    action: str
    who: Who
    next: State
    says: str


STEPS: tuple[JobStep, ...] = (
    JobStep(State.WAITING, "take", Who.WORKER, State.RUNNING, "the first worker that is free takes it"),
    JobStep(State.WAITING, "cancel", Who.ASKER, State.CANCELLED, "nothing of it was done"),
    JobStep(State.RUNNING, "take", Who.WORKER, State.RUNNING, "its lease is over: the next goes on where it was"),
    JobStep(State.RUNNING, "finish", Who.WORKER, State.DONE, "all its parts are done"),
    JobStep(State.RUNNING, "fail", Who.WORKER, State.FAILED, "a part cannot be done; what was done stays"),
    JobStep(State.RUNNING, "cancel", Who.ASKER, State.CANCELLED, "the part at hand is undone; what was done stays"),
    JobStep(State.FAILED, "retry", Who.ASKER, State.WAITING, "it goes on with the part that failed"),
    JobStep(State.CANCELLED, "retry", Who.ASKER, State.WAITING, "it goes on with the part after the last one done"),
)
ENDED = frozenset({State.DONE, State.FAILED, State.CANCELLED})


def step(state: str, action: str) -> JobStep:
    """The row of an action in a state; `Conflict` where there is none."""
    found = next((one for one in STEPS if (one.state, one.action) == (state, action)), None)
    if found is None:
        raise Conflict(f"the job is {state} now: it is too late to {action} it")
    return found


def actions(state: str) -> frozenset[str]:
    """What people may do with a job in this state."""
    return frozenset(one.action for one in STEPS if one.state == state and one.who is Who.ASKER)
