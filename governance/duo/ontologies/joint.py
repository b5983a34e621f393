"""The one graph that several ontologies make together: the hub's terms, and those of the others beside them.

- Each vocabulary (prefix) has its terms from the release that is about it, and from the first that has them
  otherwise.
- A foreign id that is exact with one hub term, whichever side says so, stands for that term, and its own is_a
  links are ignored. A foreign id without one keeps its links. Foreign ids never link with one another.
- Where a term has several exact ids of one vocabulary, only the one above all the others there is exact;
  where none is, none is, and the foreign ids among them are ambiguous.
- The root "disease" is not exact with any ICD code, whatever a file says.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from governance.duo.ontologies.curies import folded_name, key, vocabulary
from governance.duo.ontologies.graph import Graph
from governance.duo.ontologies.releases import Release, Term

_ROOTS = ("disease", "disease or disorder")
"""What the root of a list of diseases is called; MONDO has used both."""


@dataclass(slots=True)
class Joint:
    """What `build` finds out. Ids are spelled as the terms' own releases spell them.

    `exact` leads from a foreign id to its hub term, `counterparts` back; `own` holds each release's links
    unjoined. `lists` says of which vocabulary each node of the graph is, and is empty where there is only one.
    """

    terms: dict[str, Term] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)
    hub: str = ""
    exact: dict[str, str] = field(default_factory=dict)
    counterparts: dict[tuple[str, str], str] = field(default_factory=dict)
    ambiguous: set[str] = field(default_factory=set)
    own: list[tuple[str, Graph]] = field(default_factory=list)
    graph: Graph = field(default_factory=lambda: Graph({}, "no ontology"))
    lists: dict[str, str] = field(default_factory=dict)

    def spelled(self, identifier: str) -> str:
        """The id as the releases spell it; unchanged when they do not name it."""
        return identifier if identifier in self.terms else self.spellings.get(key(identifier), identifier)

    def knows(self, identifier: str) -> bool:
        """Does a release define this id, or an exact cross-reference name it."""
        return identifier in self.terms or identifier in self.exact or identifier in self.ambiguous

    def current(self, identifier: str) -> tuple[str | None, tuple[str, ...]]:
        """The id that is not obsolete which stands for this one, and the obsolete ids followed on the way.

        None where an obsolete id has no replacement, or more than one, or its replacements go in a circle.
        """
        now = self.spelled(identifier)
        followed: list[str] = []
        while (term := self.terms.get(now)) is not None and term.obsolete:
            followed.append(now)
            if len(term.replaced_by) != 1:
                return None, tuple(followed)
            now = self.spelled(term.replaced_by[0])
            if now in followed:
                return None, tuple(followed)
        return now, tuple(followed)

    def of_one_list(self, node: str, other: str) -> bool:
        """Are two nodes of the graph of the same vocabulary."""
        return not self.lists or self.lists[node] == self.lists[other]

    def in_hub(self, identifier: str) -> bool:
        return vocabulary(identifier) == self.hub and identifier in self.terms

    def own_graphs(self, identifier: str) -> list[Graph]:
        """The unjoined links of the id's own vocabulary; of any release that has it where none is about it."""
        own = vocabulary(identifier)
        return [graph for name, graph in self.own if name == own] or [g for _, g in self.own if identifier in g]


def build(releases: Sequence[Release]) -> Joint:
    """Joins the releases, the first being the hub. Raises `OntologyError` where is_a links go in a circle."""
    joint = Joint()
    if not releases:
        return joint
    joint.hub = folded_name(releases[0].name)
    _collect_terms(joint, releases)
    for release in releases:
        parents = _own_parents(joint, release)
        joint.own.append((folded_name(release.name), Graph(parents, f"{release.name} {release.version}")))
    _link(joint)
    if len(releases) == 1 and not joint.exact:
        joint.graph = joint.own[0][1]
    else:
        joint.graph = Graph(_joint_parents(joint), "the ontologies taken together")
    lists = {node: vocabulary(node) for node in joint.graph}
    joint.lists = lists if len(set(lists.values())) > 1 else {}
    return joint


def _collect_terms(joint: Joint, releases: Sequence[Release]) -> None:
    """Terms of the vocabulary a release is about come first; borrowed ones fill the gaps."""
    borrowed: list[Term] = []
    for release in releases:
        main = folded_name(release.name)
        for term in release.terms.values():
            if vocabulary(term.id) == main:
                _add(joint, term)
            else:
                borrowed.append(term)
    for term in borrowed:
        _add(joint, term)


def _add(joint: Joint, term: Term) -> None:
    if joint.spellings.setdefault(key(term.id), term.id) == term.id:
        joint.terms.setdefault(term.id, term)


def _own_parents(joint: Joint, release: Release) -> dict[str, tuple[str, ...]]:
    """The release's own links, obsolete parents replaced; a parent that it does not hold is no link."""
    nodes = {joint.spelled(term.id): term for term in release.terms.values() if not term.obsolete}
    return {
        node: term.parents if all(parent in nodes for parent in term.parents) else _known(joint, term, nodes)
        for node, term in nodes.items()
    }


def _known(joint: Joint, term: Term, nodes: Mapping[str, Term]) -> tuple[str, ...]:
    found = (joint.current(parent)[0] for parent in term.parents)
    return tuple(dict.fromkeys(node for node in found if node in nodes and node is not None))


def _link(joint: Joint) -> None:
    """Finds for each foreign id the one hub term it stands for.

    Both sides are judged alike: where a term has several exact ids, those below the topmost one go. What
    remains after that and is not one to one is ambiguous. The order of files and terms plays no part.
    """
    pairs = set(_pairs(joint))
    while True:
        hubs, foreigns = _grouped(pairs)
        lower = {
            (foreign, hub)
            for foreign, hub in pairs
            if _is_lower(joint, hub, hubs[foreign]) or _is_lower(joint, foreign, foreigns[hub, vocabulary(foreign)])
        }
        if not lower:
            break
        pairs -= lower
    for foreign, hub in pairs:
        joint.spellings.setdefault(key(foreign), foreign)
        if len(hubs[foreign]) == len(foreigns[hub, vocabulary(foreign)]) == 1:
            joint.exact[foreign] = hub
            joint.counterparts[hub, vocabulary(foreign)] = foreign
        else:
            joint.ambiguous.add(foreign)


def _grouped(pairs: set[tuple[str, str]]) -> tuple[dict[str, set[str]], dict[tuple[str, str], set[str]]]:
    """The hub terms of each foreign id, and the foreign ids of each hub term in each vocabulary."""
    hubs: dict[str, set[str]] = {}
    foreigns: dict[tuple[str, str], set[str]] = {}
    for foreign, hub in pairs:
        hubs.setdefault(foreign, set()).add(hub)
        foreigns.setdefault((hub, vocabulary(foreign)), set()).add(foreign)
    return hubs, foreigns


def _pairs(joint: Joint) -> Iterator[tuple[str, str]]:
    """Every exact cross-reference between a foreign id and a hub term, whichever of the two says it."""
    for term in joint.terms.values():
        if term.obsolete:
            continue
        for written in term.exact:
            other, _ = joint.current(written)
            if other is None or joint.in_hub(term.id) == joint.in_hub(other):
                continue
            foreign, hub = (other, term.id) if joint.in_hub(term.id) else (term.id, other)
            if vocabulary(foreign) != joint.hub and not _wrong_root_link(joint, joint.terms[hub], foreign):
                yield foreign, hub


def _wrong_root_link(joint: Joint, hub: Term, foreign: str) -> bool:
    """Upstream says that an ICD code is exactly "disease", which would cover every disease there is.

    The root is below nothing of its own list; some releases put it below a term of a list above all others.
    """
    is_root = hub.label.casefold() in _ROOTS and not any(joint.in_hub(joint.spelled(parent)) for parent in hub.parents)
    return is_root and vocabulary(foreign).startswith("icd")


def _is_lower(joint: Joint, identifier: str, among: set[str]) -> bool:
    """Is another one of these above all the others in their own vocabulary."""
    if len(among) == 1:
        return False
    tops = (graph.top(among) for graph in joint.own_graphs(identifier))
    return next((top != identifier for top in tops if top is not None), False)


def _joint_parents(joint: Joint) -> dict[str, tuple[str, ...]]:
    nodes = {term.id for term in joint.terms.values() if not term.obsolete and term.id not in joint.exact}
    return {node: _joint_links(joint, node, nodes) for node in nodes}


def _joint_links(joint: Joint, node: str, nodes: set[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for written in joint.terms[node].parents:
        parent, _ = joint.current(written)
        if parent is not None:
            parent = joint.exact.get(parent, parent)
            if parent in nodes and parent != node:
                found[parent] = None
    return tuple(found)
