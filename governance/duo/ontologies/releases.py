"""One ontology file, read: its terms as plain values. What they mean together is `ontology.py`'s business."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from governance.duo.ontologies.vocabularies import vocabulary_name


class OntologyError(ValueError):
    """An ontology file that cannot be read or used; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a release, ids as the file writes them.

    `exact` holds only the cross-references that the file marks as exact; broad, narrow, close and unmarked
    ones are left out when the file is read, because they never link two terms.
    """

    id: str
    label: str
    synonyms: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    obsolete: bool = False
    replaced_by: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """One version of one ontology; `sha256` is that of the uncompressed content."""

    name: str
    version: str
    sha256: str
    terms: Mapping[str, Term]

    @property
    def identity(self) -> str:
        """The version and the hash of the content: files that say the same version may differ."""
        if not self.sha256:
            return self.version
        return f"sha256:{self.sha256}" if self.version.startswith("sha256:") else f"{self.version} sha256:{self.sha256}"


@dataclass(frozen=True, slots=True)
class ReleaseFinding:
    """One thing that a file says and the release or its graph will not hold; `line` is 0 where there is none to name."""

    line: int
    term: str
    what: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.line and f"line {self.line}", self.term, self.what) if part)


def name_of(terms: Iterable[str]) -> str:
    """The vocabulary that most of these ids are of: what a file is about, beside terms it borrows."""
    counted = Counter(vocabulary_name(identifier.partition(":")[0]) for identifier in terms if ":" in identifier)
    return counted.most_common(1)[0][0] if counted else ""
