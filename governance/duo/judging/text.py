"""Sentences for people, from rule id and facts. They are no part of a decision's bytes.

`translate` takes an English template of the rule table to another language, as gettext does; `name` gives
the words for an id, as `Ontologies.label` does for diseases, or for a country's code, or a day; `figure` writes numbers. They
change nothing by default.
"""

from collections.abc import Callable, Iterator, Mapping

from governance.duo import terms
from governance.duo.decision import Fact, Reason
from governance.duo.judging.rules import BY_ID, RULES
from governance.duo.local_terms import LOCAL_TERMS

ANOTHER = "another kind of research"

_NAMED = (
    "diseases",
    "agreed",
    "read_as",
    "research_types",
    "fitting",
    "allowed",
    "countries",
    "outside",
    "valid_until",
    "until",
)


_BETWEEN_LISTS = frozenset({"DS-5", "DS-7", "DIS-5", "RS-4", "RS-7"})
"""Rules about terms of several lists, which are often called alike: the ids tell them apart."""


def _same(text: str) -> str:
    return text


def sentence(
    reason: Reason,
    translate: Callable[[str], str] = _same,
    name: Callable[[str], str | None] = _same,
    figure: Callable[[int], str] = str,
) -> str:
    """The reason in one or two plain sentences."""
    with_ids = reason.rule in _BETWEEN_LISTS
    places: dict[str, str] = {key: _words(key, value, name, figure, with_ids) for key, value in reason.facts.items()}
    if reason.term in terms.BY_ID:
        places["term"] = translate(terms.BY_ID[reason.term].name)
    investigation = reason.facts.get("investigation")
    if isinstance(investigation, str):
        known = terms.BY_ID.get(investigation)
        places["investigation"] = translate(known.name if known else ANOTHER)
    return translate(BY_ID[reason.rule].says).format_map(places)


def templates() -> Iterator[str]:
    """Every English text that `sentence` asks to have translated, each once."""
    yield from dict.fromkeys([*(rule.says for rule in RULES), *(term.name for term in terms.TERMS), ANOTHER])


def explanations() -> Mapping[str, str]:
    """Our own explanation of every DUO term and every local term with a rule, by id or name."""
    return {term.id: term.says for term in terms.TERMS} | LOCAL_TERMS


def _words(
    key: str, value: Fact, name: Callable[[str], str | None], figure: Callable[[int], str], with_ids: bool
) -> str:
    values = value if isinstance(value, tuple) else (value,)
    return ", ".join(_one(key, one, name, figure, with_ids) for one in values)


def _one(key: str, one: object, name: Callable[[str], str | None], figure: Callable[[int], str], with_ids: bool) -> str:
    if isinstance(one, str):
        return _called(one, name, with_ids) if key in _NAMED else one
    return figure(one) if isinstance(one, int) and not isinstance(one, bool) else str(one)


def _called(id: str, name: Callable[[str], str | None], with_id: bool) -> str:
    called = name(id)
    return f"{called} ({id})" if with_id and called and called != id else called or id
