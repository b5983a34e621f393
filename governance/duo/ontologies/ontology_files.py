"""One ontology file in, a `Release` out, whatever form it is written in: OBO, OWL as RDF/XML, obographs JSON.

The form is told by the first character, not by the file's name; each may be gzipped.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from governance.duo.ontologies.obo import read_obo
from governance.duo.ontologies.obographs import read_obographs
from governance.duo.ontologies.ontology_content import Content, FileLimits
from governance.duo.ontologies.owl import read_owl
from governance.duo.ontologies.release_builder import Builder
from governance.duo.ontologies.releases import OntologyError, Release, ReleaseFinding

FORMS = ".obo, .owl (RDF/XML) or obographs .json, each also gzipped"

LIMITS = FileLimits()

_READERS: dict[bytes, Callable[[Content, Builder, FileLimits], Release]] = {b"<": read_owl, b"{": read_obographs}


@dataclass(slots=True)
class ReadingReport:
    """What reading left out, and the line at which each term starts, for formats that have lines."""

    findings: list[ReleaseFinding] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)


def read_ontology(
    source: str | Path | IO[bytes], limits: FileLimits = LIMITS, report: ReadingReport | None = None
) -> Release:
    """The release that a path or an open binary stream holds; `report`, when given, is filled.

    Raises `OntologyError` for what is no ontology, is damaged, or is too large.
    """
    if isinstance(source, (str, Path)):
        try:
            with open(source, "rb") as stream:
                return _read(stream, limits, report)
        except OSError as error:
            raise OntologyError(f"cannot read {source}: {error.strerror or error}") from error
    return _read(source, limits, report)


def _read(stream: IO[bytes], limits: FileLimits, report: ReadingReport | None) -> Release:
    content = Content(stream, limits)
    builder = Builder(limits)
    begin = content.stream.peek(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    release = _READERS.get(begin, read_obo)(content, builder, limits)
    if report is not None:
        report.findings += builder.findings
        report.lines |= builder.lines()
    return release
