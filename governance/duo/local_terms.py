"""Local terms: conditions that the Data Use Ontology has no code for, under bare names of their own."""

from governance.duo.reading import InvalidUse
from governance.duo.terms import find, looks_like_duo

VISIT_ONLY = "visit-only"
FEDERATED_ONLY = "federated-only"
ASK_ME = "ask-me-each-time"
METHODS_PERMITTED = "methods-permitted"
NO_REIDENTIFICATION = "no-reidentification"
NO_REDISTRIBUTION = "no-redistribution"

LOCAL_TERMS: dict[str, str] = {
    ASK_ME: "The person is asked about each project, and silence is no.",
    FEDERATED_ONLY: "The data stay where they are; analyses travel to them and only results leave.",
    METHODS_PERMITTED: "The data may be used to develop methods, whatever else is named.",
    NO_REDISTRIBUTION: "Whoever uses the data promises not to pass them on.",
    NO_REIDENTIFICATION: "Whoever uses the data promises not to try to find out who the people are.",
    VISIT_ONLY: "The data may be used only inside a secure place, and are not downloaded.",
}
"""Our own explanation of each local term that has a rule; any other gives review."""

_PREFIX = "local:"


def local_term(written: str, path: str) -> str:
    """The bare name of a local term; refuses ids and shorthands of the ontology."""
    name = written.strip().lower()
    while name.startswith(_PREFIX):
        name = name.removeprefix(_PREFIX).lstrip()
    if not name:
        raise InvalidUse(path, "must not be empty")
    term = find(name)
    if term is not None or looks_like_duo(name):
        told = f"is the DUO term {term.shorthand or term.id}" if term else "is written as a DUO id"
        raise InvalidUse(
            path, f"{written!r} {told}: local terms have bare names, DUO terms go where their kind belongs"
        )
    return name
