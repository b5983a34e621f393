"""The kinds of notices: filled at start by the apps whose events people are told of, in one table each (`access.notices`)."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from governance.face.look import Words
from governance.models import User


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """What a kind of notice says, and where it leads.

    `title` and `text` say it on the page; `mail` is the same for a mail, which names no dataset, project or disease. `step` is
    what to do there, `address(about)` where. `concerns(person)`: whether there can be such a thing for them, so that they are
    asked how they want to hear of it. `mailed`: by mail too until the person chooses otherwise; `may_be_off`: may not be heard
    of at all. `names(abouts)`: what the inbox calls the things, by `about`, where that is not what people know them by.
    """

    name: str
    title: Words
    text: Words
    mail: Words
    step: Words
    address: Callable[[str], str]
    concerns: Callable[[User], bool]
    mailed: bool = True
    may_be_off: bool = False
    names: Callable[[Collection[str]], Mapping[str, str]] | None = None


_kinds: dict[str, NoticeKind] = {}


def add(kind: NoticeKind) -> None:
    """Declare a kind. Called in `AppConfig.ready()`."""
    _kinds[kind.name] = kind


def every() -> list[NoticeKind]:
    """Every kind, in the order in which they were declared."""
    return list(_kinds.values())


def find(name: str) -> NoticeKind | None:
    """The kind that a row names; none where another version of the product wrote it."""
    return _kinds.get(name)
