"""A data use as archives list it: identifiers side by side, as in `DUO:0000007 MONDO:0005267`."""

import re
from typing import Any

from governance.duo import terms
from governance.duo.curies import compact
from governance.duo.data_use import parse_data_use
from governance.duo.dbgap import CodeReading, Status
from governance.duo.ontology import Ontologies
from governance.duo.reading import Invalid
from governance.duo.terms import Kind

_SEPARATORS = re.compile(r"[\s,;|]+")


def read_curies(written: str, ontologies: Ontologies) -> CodeReading:
    """The data use that a list of identifiers states; one that nothing knows refuses the row, by name."""
    listed = [compact(one) for one in _SEPARATORS.split(written.strip()) if one]
    if not listed:
        return refused("the list of data-use terms is empty")
    data_use: dict[str, Any] = {"permission": None, "diseases": [], "modifiers": [], "local": []}
    for one in listed:
        term = terms.find(one)
        if term is not None and term.kind is Kind.PERMISSION:
            if data_use["permission"] not in (None, term.id):
                return refused("the list names two permissions: it can have one")
            data_use["permission"] = term.id
        elif term is not None or terms.looks_like_duo(one):
            data_use["modifiers"].append(term.id if term else one)
        else:
            data_use["diseases"].append(one)
    return complete(data_use, ontologies)


def complete(data_use: dict[str, Any], ontologies: Ontologies) -> CodeReading:
    """The data use once the kernel has read it; a disease that no loaded ontology knows refuses it."""
    try:
        read = parse_data_use(data_use)
    except Invalid as wrong:
        return refused(f"no valid data use: {wrong}")
    for disease in read.diseases:
        problem = ontologies.resolve(disease).problem
        if problem is not None:
            return refused(f"the disease {disease} is {problem} to the loaded ontologies: name another")
    return CodeReading(Status.IMPORTED, data_use)


def refused(reason: str) -> CodeReading:
    """A row that does not enter, and why."""
    return CodeReading(Status.REJECTED, reason=reason)
