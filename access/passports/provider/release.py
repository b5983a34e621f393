"""What a person may release to a program, on the consent screen and on the page of a device alike."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from access.passports.scopes import ALWAYS, PASSPORT, ClientScopes


@dataclass(frozen=True, slots=True)
class ScopeFact:
    """A scope that was asked for: its words, whether it always goes along, and whether it stands ticked."""

    scope: str
    words: str
    always: bool
    ticked: bool


def facts(asked: Sequence[str], ticked: Collection[str] = (PASSPORT,)) -> list[ScopeFact]:
    """The scopes as the page shows them. At first the visas are ticked, because they are what a program comes for."""
    words = ClientScopes().get_all_scopes()
    return [ScopeFact(scope, words[scope], scope in ALWAYS, scope in ALWAYS or scope in ticked) for scope in asked]


def to_be_asked_again(asked: Collection[str], chosen: Collection[str], sent: Mapping[str, str]) -> bool:
    """Whether a yes leaves out the visas that were asked for, and the person was not told so yet."""
    return PASSPORT in asked and PASSPORT not in chosen and "without_visas" not in sent
