"""What a person should know of an ontology file before it is imported: counts, and terms that miss something."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from governance.duo.ontologies.curies import key
from governance.duo.ontologies.releases import Release, ReleaseFinding, Term


@dataclass(frozen=True, slots=True)
class Survey:
    """A release in numbers; `followed` counts the obsolete terms that have exactly one replacement."""

    terms: int
    obsolete: int
    followed: int
    synonyms: int
    exact: int
    findings: tuple[ReleaseFinding, ...]


def survey(release: Release, lines: Mapping[str, int] | None = None, left_out: Sequence[ReleaseFinding] = ()) -> Survey:
    """The numbers of a release, what was left out when it was read, and, in the order of the file, faults of single terms."""
    obsolete = [term for term in release.terms.values() if term.obsolete]
    known = {key(identifier): term for identifier, term in release.terms.items()}
    return Survey(
        terms=len(release.terms),
        obsolete=len(obsolete),
        followed=sum(len(term.replaced_by) == 1 for term in obsolete),
        synonyms=sum(len(term.synonyms) for term in release.terms.values()),
        exact=sum(len(term.exact) for term in release.terms.values()),
        findings=(
            *left_out,
            *(
                ReleaseFinding((lines or {}).get(term.id, 0), term.id, what)
                for term in release.terms.values()
                for what in _faults(term, known)
            ),
        ),
    )


def _faults(term: Term, known: Mapping[str, Term]) -> Iterator[str]:
    if ":" not in term.id:
        yield "the id has no prefix: it is compared as it is written"
    if term.obsolete:
        return
    for parent in term.parents:
        above = known.get(key(parent))
        if above is None:
            yield f"is_a names {parent}, which the file does not hold: the link is left out"
        elif above.obsolete and len(above.replaced_by) != 1:
            yield f"is_a names {parent}, which is obsolete without one replacement: the link is left out"
