"""What judging comes to: an answer, or that nobody could judge. The second is neither yes nor no.

Whoever judges a grant takes both apart with `match`, and the types hold them to it; asked whether they are true, both refuse.
What nobody could judge opens nothing: its grant is set aside, which suspends it and raises an alarm
(`access.grants.evaluation`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, NoReturn, TypeVar

from django.db import InterfaceError, OperationalError

from governance.domain.errors import NotNow

T = TypeVar("T")
# What says nothing about a grant: the database had no time for it, or the audit log could not be written.
TRANSIENT: tuple[type[Exception], ...] = (OperationalError, InterfaceError, NotNow)


class _NoTruth:
    """Holds `if judged:` to be the fault that it is."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is neither yes nor no: take it apart with match")


@dataclass(frozen=True, slots=True)
class Judged(_NoTruth, Generic[T]):
    """Somebody could judge, and this is the answer, whatever it says."""

    answer: T


@dataclass(frozen=True, slots=True)
class CouldNotJudge(_NoTruth):
    """Nobody could judge, since this was raised. Only its kind is for logs: its text may hold words of a purpose."""

    cause: Exception = field(repr=False)

    @property
    def reason(self) -> str:
        """The kind of error."""
        return type(self.cause).__name__


def judgement_of(
    judge: Callable[[], T], *, let_through: tuple[type[Exception], ...] = TRANSIENT
) -> Judged[T] | CouldNotJudge:
    """What judging comes to, whatever a purpose, a label or a rule raises. INVARIANT: nowhere else is that caught.

    Raises what is `let_through`: by default what is no fault of the grant, which is to be tried again.
    """
    try:
        return Judged(judge())
    except let_through:
        raise
    except Exception as error:  # noqa: BLE001  a value from here on, which no caller can overlook
        return CouldNotJudge(error)
