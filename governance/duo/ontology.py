"""What disease ids and research types mean to the matcher: one immutable value over the loaded releases.

Nothing here decides. `Ontologies` says how two ids stand to each other, with "unknown", "disagree" and
"unlinked" kept apart from "unrelated", so that the matcher can ask for review where a plain no would hide a doubt.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from governance.duo.ontologies.curies import canonical_spelling, compact, vocabulary
from governance.duo.ontologies.extract import read_shipped
from governance.duo.ontologies.joint import build
from governance.duo.ontologies.releases import OntologyError, Release, Term
from governance.duo.ontologies.search import SearchIndex

__all__ = ["UNKNOWN", "Ontologies", "OntologyError", "Relation", "Release", "Resolution", "Term", "shipped"]

UNKNOWN = "unknown"
OBSOLETE = "obsolete"
AMBIGUOUS = "ambiguous"


class Relation(StrEnum):
    """How a purpose's term stands to a consented one."""

    BELOW = "below"
    BROADER = "broader"
    UNRELATED = "unrelated"
    DISAGREE = "disagree"
    UNLINKED = "unlinked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Resolution:
    """What an id stands for.

    `node` is the id in the joint graph. Where there is a `problem` it is the given id: "unknown" in one
    spelling for all of one id, "obsolete" (without exactly one replacement) or "ambiguous" (exact with several
    terms, none above the others).
    `followed` holds the ids left behind on the way, obsolete or cross-referenced, in order.
    """

    given: str
    node: str
    problem: str | None
    followed: tuple[str, ...] = ()


class Ontologies:
    """The loaded releases, the first being the hub; the order of the others does not matter. Immutable, kept by callers.

    Raises `OntologyError` when is_a links go in a circle. `Ontologies([])` knows nothing.
    """

    def __init__(self, releases: Sequence[Release]) -> None:
        self.releases = (*releases[:1], *sorted(releases[1:], key=lambda release: (release.name, release.identity)))
        self._joint = build(self.releases)
        self._resolutions: dict[str, Resolution] = {}
        self._index: SearchIndex | None = None

    def identity(self) -> dict[str, str]:
        """Which releases these are, `{"MONDO": "2026-08-04 sha256:…"}`: by version and content, which is the hub too.

        The hub is marked where there are others beside it, because another one gives other answers. Several of
        one name are joined with " + ".
        """
        names: dict[str, list[str]] = {}
        for place, release in enumerate(self.releases):
            mark = " (hub)" if place == 0 and len(self.releases) > 1 else ""
            names.setdefault(release.name, []).append(release.identity + mark)
        return {name: " + ".join(identities) for name, identities in names.items()}

    def resolve(self, id: str) -> Resolution:
        """The node an id stands for. The prefix may be in any letter case; OBO web addresses are read too."""
        known = self._resolutions.get(id)
        if known is not None:
            return known
        resolution = self._resolve(id)
        if self._joint.knows(id):
            self._resolutions[id] = resolution
        return resolution

    def relation(self, term: str, to: str) -> Relation:
        """Is `term` the same as or below `to`? Both are ids as answered.

        DISAGREE where the joint graph does not say so and the vocabulary of `term` does. `to` is first taken
        to its node and from there to that vocabulary, so that the answer is the same for every id that `to`
        could be written as: a stored profile in hub ids is judged like the one in ids as answered.

        UNLINKED where nodes of two vocabularies have no path, so that one of them has no exact link to the
        hub: only inside one list does the absence of a path mean that two terms are different things.
        """
        one, other = self.resolve(term), self.resolve(to)
        if one.problem or other.problem:
            return Relation.UNKNOWN
        graph = self._joint.graph
        if graph.below(one.node, other.node):
            return Relation.BELOW
        if self._own_vocabulary_says_below(one, other.node):
            return Relation.DISAGREE
        if graph.below(other.node, one.node):
            return Relation.BROADER
        return Relation.UNRELATED if self._joint.of_one_list(one.node, other.node) else Relation.UNLINKED

    def ancestors(self, node: str) -> frozenset[str]:
        """Everything at or above a node, itself included; an unknown one has only itself."""
        return self._joint.graph.ancestors(self.resolve(node).node)

    def parents(self, node: str) -> tuple[str, ...]:
        """The nodes directly above one; none above a root or an unknown one."""
        return self._joint.graph.parents(self.resolve(node).node)

    def broadest(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """Those of these nodes that are below no other of them, sorted.

        An id with a problem stays, and nothing is dropped for being below it: nobody knows what it covers.
        """
        resolved = {resolution.node: resolution.problem for resolution in map(self.resolve, nodes)}
        clear = {node for node, problem in resolved.items() if problem is None}
        kept = [node for node in resolved if node not in clear or self._is_top(node, clear)]
        return tuple(sorted(kept))

    def common_descendants(self, a: str, b: str) -> tuple[str, ...]:
        """The greatest terms below both, sorted; the lower of the two where one is below the other.

        None where nothing is below both. An id with a problem has only itself in common with anything; nor
        is an ambiguous term an answer, because it covers nothing for certain.
        """
        one, other = self.resolve(a), self.resolve(b)
        graph = self._joint.graph
        if one.problem or other.problem:
            return (one.node,) if one.node == other.node else ()
        if graph.below(one.node, other.node):
            return (one.node,)
        if graph.below(other.node, one.node):
            return (other.node,)
        common = graph.descendants(one.node) & graph.descendants(other.node) - self._joint.ambiguous
        return tuple(sorted(node for node in common if self._is_top(node, common)))

    def label(self, id: str) -> str | None:
        """The term's own label; for an id known by cross-reference alone, that of its hub term."""
        spelled = self._joint.spelled(compact(id))
        term = self._joint.terms.get(spelled) or self._joint.terms.get(self.resolve(id).node)
        return term.label if term is not None else None

    def search(self, text: str, limit: int = 20) -> list[Term]:
        """Terms found by id, label or synonym, best first: the id asked for, exact label, prefix, word.

        Letter case is ignored. An obsolete or cross-referenced id finds the term it stands for; texts find no
        obsolete term.
        """
        terms = self._joint.terms
        asked = self.resolve(text.strip())
        first = [asked.node] if asked.node in terms else []
        found = first + [node for node in self._names().find(text, limit + 1) if node not in first]
        return [terms[node] for node in found[: max(limit, 0)]]

    def called(self, name: str) -> str | None:
        """The node whose label is exactly this, or else one of whose other names is; letter case is ignored."""
        return self._names().called(name)

    def is_in_a_name(self, word: str) -> bool:
        """Whether the name of any term holds this word."""
        return self._names().holds(word)

    def _names(self) -> SearchIndex:
        if self._index is None:
            self._index = SearchIndex(self._joint)
        return self._index

    def _resolve(self, given: str) -> Resolution:
        joint = self._joint
        spelled = joint.spelled(compact(given))
        if not joint.knows(spelled):
            return Resolution(given, canonical_spelling(spelled), UNKNOWN)
        current, followed = joint.current(spelled)
        if current is None:
            return Resolution(given, spelled, OBSOLETE, followed)
        if current in joint.ambiguous:
            return Resolution(given, current, AMBIGUOUS, followed)
        if not joint.knows(current):
            return Resolution(given, canonical_spelling(spelled), UNKNOWN, followed)
        node = joint.exact.get(current, current)
        return Resolution(given, node, None, followed if node == current else (*followed, current))

    def _is_top(self, node: str, among: set[str]) -> bool:
        return self._joint.graph.ancestors(node) & among == {node}

    def _own_vocabulary_says_below(self, one: Resolution, other: str) -> bool:
        joint = self._joint
        if len(self.releases) == 1 and not joint.exact:
            return False
        term, _ = joint.current(compact(one.given))
        if term is None:
            return False
        own = vocabulary(term)
        there = other if vocabulary(other) == own else joint.counterparts.get((other, own), other)
        return any(graph.below(term, there) for graph in joint.own_graphs(term))


@cache
def shipped() -> Ontologies:
    """The MONDO extract that ships with the project; read at the first call and kept."""
    return Ontologies([read_shipped()])
