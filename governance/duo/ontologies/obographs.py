"""Reader of obographs, the JSON form of OBO ontologies (github.com/geneontology/obographs).

It takes the same as from an OBO file, from nodes of type CLASS, their `meta`, `is_a` edges and
`equivalentNodesSets`. Several graphs in one file are read as one.
"""

import json
from collections.abc import Iterator
from typing import Any

from governance.duo.ontologies.curies import compact
from governance.duo.ontologies.ontology_content import Content, FileLimits
from governance.duo.ontologies.owl_properties import OWL, SOURCE, take
from governance.duo.ontologies.release_builder import EQUIVALENT, Builder, TermDraft
from governance.duo.ontologies.releases import OntologyError, Release

_LARGEST_SET = 100
"""A larger set of nodes that are one thing is a mistake: each of them would stand for all the others."""


def read_obographs(content: Content, builder: Builder, limits: FileLimits) -> Release:
    """The release that the content holds. Raises `OntologyError` for what is no JSON, or holds no class."""
    text = content.stream.read(limits.max_whole + 1)
    if len(text) > limits.max_whole:
        raise OntologyError(f"more than {limits.max_whole} bytes of JSON; import the OBO file of this ontology")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise OntologyError(f"not JSON ({error})") from error
    graphs = [graph for graph in _list(_get(document, "graphs")) if isinstance(graph, dict)]
    if not graphs:
        raise OntologyError("the file holds no graphs; is it an obographs file?")
    reader = _GraphsReader(builder, limits)
    for graph in graphs:
        reader.take(graph)
    return reader.release(graphs[0], content.sha256())


class _GraphsReader:
    def __init__(self, builder: Builder, limits: FileLimits) -> None:
        self._builder = builder
        self._limits = limits
        self._drafts: dict[str, TermDraft] = {}

    def take(self, graph: dict[str, Any]) -> None:
        for place, node in enumerate(_list(graph.get("nodes"))):
            if _get(node, "type") == "CLASS":
                self._take_node(place, node)
        for edge in _list(graph.get("edges")):
            draft = self._drafts.get(_text(_get(edge, "sub") or _get(edge, "subj")))
            if draft is not None and _get(edge, "pred") == "is_a":
                draft.add("is_a", compact(_text(_get(edge, "obj"))))
        for together in _list(graph.get("equivalentNodesSets")):
            self._take_equivalents([_text(one) for one in _list(_get(together, "nodeIds"))])

    def _take_equivalents(self, addresses: list[str]) -> None:
        if len(addresses) > _LARGEST_SET:
            self._builder.left_out(0, addresses[0], f"more than {_LARGEST_SET} nodes are said to be one")
            return
        for address in addresses:
            if address in self._drafts:
                for other in addresses:
                    if other != address:
                        self._drafts[address].add("exact", compact(other))

    def release(self, first: dict[str, Any], sha256: str) -> Release:
        for draft in self._drafts.values():
            self._builder.add(draft)
        meta = first.get("meta")
        said = [value for name, value in _properties(meta) if name == f"{OWL}versionInfo"]
        version = next((text for text in (_text(_get(meta, "version")), *said) if text), "")
        named = _text(first.get("id")).rsplit("/", 1)[-1].removesuffix(".owl").upper()
        return self._builder.release(named=named, version=version, sha256=sha256)

    def _take_node(self, place: int, node: dict[str, Any]) -> None:
        address = node.get("id")
        if _text(address) == "":
            self._builder.left_out(0, f"node {place}", "a class without an id that can be kept")
            return
        assert isinstance(address, str)
        draft = self._drafts.get(address)
        if draft is None:
            if len(self._drafts) >= self._limits.max_terms:
                raise OntologyError(f"more than {self._limits.max_terms} terms; import a smaller extract")
            draft = self._drafts[address] = TermDraft(0, compact(address))
        draft.label = draft.label or " ".join(_text(node.get("lbl")).split())
        meta = node.get("meta")
        draft.obsolete = draft.obsolete or _get(meta, "deprecated") is True
        for synonym in _list(_get(meta, "synonyms")):
            draft.add("synonym", " ".join(_text(_get(synonym, "val")).split()))
        for reference in _list(_get(meta, "xrefs")):
            sources = [value for name, value in _properties(_get(reference, "meta")) if name == SOURCE]
            if any(EQUIVALENT.search(source) for source in sources):
                draft.add("exact", compact(_text(_get(reference, "val"))))
        for name, value in _properties(meta):
            take(draft, name, value, is_address=True)


def _properties(meta: Any) -> Iterator[tuple[str, str]]:
    for one in _list(_get(meta, "basicPropertyValues")):
        yield _text(_get(one, "pred")), _text(_get(one, "val"))


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    """A text that can be stored; empty for anything else: JSON can write half characters and characters of value zero."""
    if not isinstance(value, str) or "\0" in value:
        return ""
    return "" if any("\ud800" <= character <= "\udfff" for character in value) else value.strip()
