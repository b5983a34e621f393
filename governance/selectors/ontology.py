"""Which ontologies judge now. Each process keeps what it read, by the content of the releases that are active."""

from collections.abc import Iterable
from functools import lru_cache
from threading import Lock

from governance.duo.ontology import Ontologies, Release, Term, shipped
from governance.models import OntologyRelease, OntologyTerm

DEFAULT_HUB = "MONDO"
_Loaded = tuple[int, str]
_SHIPPED: _Loaded = (0, "shipped")
_building = Lock()


def active_ontologies() -> Ontologies:
    """What the matcher is given: the active releases, or the shipped extract where there are none.

    Where releases are active and none of them is the hub, the shipped extract of MONDO is.
    """
    return _joined(_order(OntologyRelease.objects.filter(state=OntologyRelease.State.ACTIVE)))


def ontologies_with(release: OntologyRelease) -> Ontologies:
    """What would judge if this release were switched on now: for the dry run, and to refuse what cannot be joined."""
    others = OntologyRelease.objects.filter(state=OntologyRelease.State.ACTIVE).exclude(name=release.name)
    if release.is_hub:
        return _joined((_loaded(release), *map(_loaded, others)))
    return _joined(_order([*others, release]))


def search_terms(text: str, limit: int = 20) -> list[Term]:
    """Terms of the active ontologies by id, label or synonym, best first."""
    return active_ontologies().search(text, limit)


def _order(releases: Iterable[OntologyRelease]) -> tuple[_Loaded, ...]:
    """The hub first: the one marked so, else MONDO, else what ships."""
    releases = list(releases)
    hubs = [one for one in releases if one.is_hub] or [one for one in releases if one.name == DEFAULT_HUB]
    first = [_loaded(one) for one in hubs[:1]] or [_SHIPPED]
    return (*first, *(_loaded(one) for one in releases if one not in hubs[:1]))


def _loaded(release: OntologyRelease) -> _Loaded:
    return release.pk, release.sha256


def _joined(order: tuple[_Loaded, ...]) -> Ontologies:
    """Threads that ask at once wait for one of them to build."""
    if order == (_SHIPPED,):
        return shipped()
    with _building:
        return _build(order)


@lru_cache(maxsize=2)
def _build(order: tuple[_Loaded, ...]) -> Ontologies:
    return Ontologies([_read(*loaded) for loaded in order])


@lru_cache(maxsize=4)
def _read(pk: int, sha256: str) -> Release:
    """One release from its rows. `sha256` makes the key: a row number may come back with other content in a test."""
    if (pk, sha256) == _SHIPPED:
        return shipped().releases[0]
    release = OntologyRelease.objects.get(pk=pk)
    columns = ("curie", "label", "synonyms", "parents", "obsolete", "replaced_by", "exact")
    terms = {
        curie: Term(curie, label, tuple(synonyms), tuple(parents), obsolete, tuple(replaced), tuple(exact))
        for curie, label, synonyms, parents, obsolete, replaced, exact in OntologyTerm.objects.filter(release=release)
        .order_by("pk")
        .values_list(*columns)
        .iterator()
    }
    return Release(release.name, release.version, sha256, terms)
