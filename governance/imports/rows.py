"""A row of an import: which dataset, what it may be used for, and the facts that stand beside it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from governance.duo.catalogues.readings import CodeReading, RowStatus

LONGEST_NAME = 200
_FORMULA = re.compile(r"[=+\-@\t\r]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOTHING = frozenset({"", "0", "tbd", "na", "n/a", "none", "unspecified", "unknown", "--"})
_KINDS: Mapping[str, str] = {
    "exome": "exome",
    "whole exome": "exome",
    "whole exome sequencing": "exome",
    "whole genome": "whole genome",
    "whole genome sequencing": "whole genome",
    "genotyping array": "genotyping array",
}


class Unreadable(ValueError):
    """A file that cannot be read at all; the message names the line and says what to do."""


@dataclass(frozen=True, slots=True)
class CatalogueFacts:
    """What a catalogue says of a dataset besides its data use; empty where it says nothing."""

    title: str = ""
    summary: str = ""
    country: str = ""
    accession: str = ""
    modes: Sequence[str] = ()
    data_types: Sequence[str] = ()
    participants: int | None = None


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row. `line` is where it stands; `fault` says why the row itself is broken; `source` is it as read."""

    line: int
    name: str
    reading: CodeReading
    facts: CatalogueFacts = CatalogueFacts()
    source: Mapping[str, Any] = field(default_factory=dict)
    fault: str = ""

    @property
    def label_source(self) -> Mapping[str, Any]:
        """The cells that the label rests on: where one of them changes, the row says something new."""
        keys = ("data_use_restriction", "consent_long_name", "data_use", "duoDataUse", "dataUse")
        return {key: self.source[key] for key in keys if key in self.source}


def checked(rows: Sequence[ImportRow]) -> list[ImportRow]:
    """The rows, each broken one refused with its line: names that are missing, unsafe or given twice."""
    lines: dict[str, list[int]] = {}
    for row in rows:
        lines.setdefault(row.name, []).append(row.line)
    return [_refused(row, fault) if (fault := row.fault or _fault(row, lines)) else row for row in rows]


def _fault(row: ImportRow, lines: Mapping[str, list[int]]) -> str:
    if not row.name:
        return "the name is empty: rows are known by their name"
    if len(row.name) > LONGEST_NAME:
        return f"the name has {len(row.name)} characters: {LONGEST_NAME} is the most"
    if _FORMULA.match(row.name) or _CONTROL.search(row.name):
        return f"the name begins with {row.name[0]!r} or holds a control character: a spreadsheet could run it"
    if len(lines[row.name]) > 1:
        others = ", ".join(str(line) for line in lines[row.name] if line != row.line)
        return f"the name {row.name} stands in line {others} too: a name is given once"
    return ""


def _refused(row: ImportRow, fault: str) -> ImportRow:
    reading = CodeReading(RowStatus.REJECTED, reason=f"line {row.line}: {fault}")
    printable = row.name.encode("utf-8", "replace").decode().replace("\x00", "?")
    return replace(row, name=printable, reading=reading, fault=fault)


def kinds_of_data(written: str) -> list[str]:
    """The kinds of data that a cell lists, in our words where we have some, each once."""
    listed = [" ".join(one.split()).casefold() for one in written.split(",")]
    return list(dict.fromkeys(_KINDS.get(one, one) for one in listed if one not in _NOTHING))


def count_of(written: str) -> int | None:
    """A number of people; none where the cell holds zero or no number, because catalogues write 0 for unknown."""
    digits = written.strip().replace(",", "")
    return int(digits) or None if digits.isascii() and digits.isdigit() and len(digits) < 10 else None
