"""Reachability in a graph of is_a links without cycles."""

from collections.abc import Iterable, Iterator, Mapping

from governance.duo.ontologies.releases import OntologyError


class Graph:
    """Who is below whom. Built once, never changed; a closure is computed at the first question and kept.

    INVARIANT: there is no cycle; a graph that has one is refused when it is built.
    """

    def __init__(self, parents: Mapping[str, tuple[str, ...]], name: str) -> None:
        self._parents = parents
        self._closures: dict[str, frozenset[str]] = {}
        self._children: dict[str, list[str]] | None = None
        _refuse_cycles(parents, name)

    def __contains__(self, node: str) -> bool:
        return node in self._parents

    def __iter__(self) -> Iterator[str]:
        return iter(self._parents)

    def parents(self, node: str) -> tuple[str, ...]:
        return self._parents.get(node, ())

    def ancestors(self, node: str) -> frozenset[str]:
        """Everything at or above `node`; an unknown node has only itself."""
        found = self._closures.get(node)
        if found is not None:
            return found
        return self._close(node) if node in self._parents else frozenset((node,))

    def below(self, node: str, other: str) -> bool:
        """Is `node` the same as `other`, or below it."""
        return other in self.ancestors(node)

    def descendants(self, node: str) -> set[str]:
        """Everything at or below `node`."""
        if self._children is None:
            self._children = _reversed(self._parents)
        seen = {node}
        waiting = [node]
        while waiting:
            for child in self._children.get(waiting.pop(), ()):
                if child not in seen:
                    seen.add(child)
                    waiting.append(child)
        return seen

    def top(self, nodes: Iterable[str]) -> str | None:
        """The one of these that is above all the others; None when there is none."""
        nodes = list(nodes)
        for candidate in nodes:
            if all(self.below(node, candidate) for node in nodes):
                return candidate
        return None

    def _close(self, node: str) -> frozenset[str]:
        """Walks up, taking what is known of the nodes on the way; keeps the answer for this node alone."""
        above = {node}
        waiting = [node]
        while waiting:
            for parent in self._parents[waiting.pop()]:
                known = self._closures.get(parent)
                if known is not None:
                    above |= known
                elif parent not in above:
                    above.add(parent)
                    waiting.append(parent)
        self._closures[node] = found = frozenset(above)
        return found


def _reversed(parents: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    children: dict[str, list[str]] = {}
    for node, above in parents.items():
        for parent in above:
            children.setdefault(parent, []).append(node)
    return children


def _refuse_cycles(parents: Mapping[str, tuple[str, ...]], name: str) -> None:
    """Walks every node's links once; a node met again on the way up closes a cycle."""
    done: set[str] = set()
    for start in parents:
        if start in done:
            continue
        way = {start: iter(parents[start])}
        while way:
            node, above = next(reversed(way.items()))
            for parent in above:
                if parent in way:
                    nodes = list(way)
                    cycle = " is_a ".join([*nodes[nodes.index(parent) :], parent])
                    raise OntologyError(f"the is_a links of {name} go in a circle: {cycle}; use another release")
                if parent not in done:
                    way[parent] = iter(parents[parent])
                    break
            else:
                done.add(node)
                way.popitem()
