"""What the readers of all formats share: drafts of terms in, a release out, and what was left out on the way.

One bad id refuses no file: what cannot be kept is left out and reported with its line.
"""

import re
from dataclasses import dataclass, field, replace

from governance.duo.ontologies.curies import key
from governance.duo.ontologies.ontology_content import FileLimits
from governance.duo.ontologies.releases import OntologyError, Release, ReleaseFinding, Term, name_of

EQUIVALENT = re.compile(r"(?<![A-Za-z])equivalentTo(?![A-Za-z])")
"""How a source marks a cross-reference as exact: `MONDO:equivalentTo`."""

EXACT_MATCH = re.compile(r"(?:^|[:#/])exactMatch$")
REPLACED_BY = "IAO:0100001"

_RELEASED = re.compile(r"(?:^|/)releases/v?(\d{4}-\d{2}-\d{2})(?:/|$)")


@dataclass(slots=True)
class TermDraft:
    """A term while it is read; `line` is where it starts."""

    line: int
    id: str = ""
    label: str = ""
    obsolete: bool = False
    lists: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, name: str, value: str) -> None:
        if value:
            self.lists.setdefault(name, {})[value] = None

    def values(self, name: str) -> tuple[str, ...]:
        return tuple(self.lists.get(name, ()))

    def term(self) -> Term:
        return Term(
            id=self.id,
            label=self.label or self.id,
            synonyms=tuple(text for text in self.values("synonym") if text != self.label),
            parents=self.values("is_a"),
            obsolete=self.obsolete,
            replaced_by=_distinct(self.values("replaced_by")),
            exact=_distinct(self.values("exact")),
        )


class Builder:
    """Takes one draft after the other; `release` closes the file.

    `findings` are what was left out, `lines` where each term starts.
    """

    def __init__(self, limits: FileLimits) -> None:
        self._limits = limits
        self._terms: dict[str, Term] = {}
        self._starts: dict[str, int] = {}
        self._alternatives: dict[str, list[str]] = {}
        self.findings: list[ReleaseFinding] = []

    def left_out(self, line: int, term: str, what: str) -> None:
        self.findings.append(ReleaseFinding(line, term[: self._limits.max_id], f"{what}: left out"))

    def add(self, draft: TermDraft) -> None:
        same = key(draft.id)
        if not draft.id:
            self.left_out(draft.line, "", "a term without an id")
        elif len(draft.id) > self._limits.max_id:
            self.left_out(draft.line, draft.id, f"the id is longer than {self._limits.max_id} characters")
        elif same in self._starts:
            first = self._starts[same]
            self.left_out(draft.line, draft.id, "stands twice" + (f", first at line {first}" if first else ""))
        elif len(self._terms) >= self._limits.max_terms:
            where = f"Invalid file line {draft.line}: " if draft.line else ""
            raise OntologyError(f"{where}more than {self._limits.max_terms} terms; import a smaller extract")
        else:
            self._starts[same] = draft.line
            self._terms[draft.id] = self._shortened(draft)
            if not draft.obsolete:
                for alternative in draft.values("alt_id"):
                    self._alternatives.setdefault(alternative, []).append(draft.id)

    def release(self, *, named: str, version: str, sha256: str) -> Release:
        """The release; `named` is what the file calls itself, for files whose ids do not say it."""
        if not self._terms:
            raise OntologyError("the file holds no term that can be kept")
        self._add_alternatives()
        released = _RELEASED.search(version)
        return Release(
            name=name_of(self._terms) or named or "unnamed",
            version=(released[1] if released else version) or f"sha256:{sha256[:12]}",
            sha256=sha256,
            terms=self._terms,
        )

    def lines(self) -> dict[str, int]:
        """The line at which each term starts; an alternative id has none of its own."""
        return {
            identifier: self._starts[key(identifier)] for identifier in self._terms if key(identifier) in self._starts
        }

    def _shortened(self, draft: TermDraft) -> Term:
        if len(draft.label) > self._limits.max_label:
            what = f"the name is longer than {self._limits.max_label} characters: it is cut"
            self.findings.append(ReleaseFinding(draft.line, draft.id, what))
            draft.label = draft.label[: self._limits.max_label - 1] + "…"
        return draft.term()

    def _add_alternatives(self) -> None:
        """An alt_id is an obsolete id with one replacement, unless the file says more about that id itself."""
        spelled = {key(identifier): identifier for identifier in self._terms}
        for alternative, replacements in self._alternatives.items():
            own = self._terms.get(spelled.get(key(alternative), ""))
            if own is None:
                label = self._terms[replacements[0]].label
                self._terms[alternative] = Term(alternative, label, obsolete=True, replaced_by=tuple(replacements))
            elif own.obsolete and not own.replaced_by:
                self._terms[own.id] = replace(own, replaced_by=tuple(replacements))


def _distinct(identifiers: tuple[str, ...]) -> tuple[str, ...]:
    kept: dict[str, str] = {}
    for identifier in identifiers:
        kept.setdefault(key(identifier), identifier)
    return tuple(kept.values())
