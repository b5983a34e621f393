"""Reader of OBO 1.2 and 1.4 files, plain or gzipped: a stream of lines in, a `Release` out.

What it takes from a `[Term]`: id, alt_id, name, synonym, is_a, is_obsolete, replaced_by, and as exact
cross-references `xref` lines whose source holds `equivalentTo` and `property_value` lines of exactMatch.
Everything else is passed over: `consider` names candidates, not a replacement, and an is_a that holds only in
a context (`gci_relation`) is no is_a. Reading is bounded, so that a small compressed file cannot fill the
memory.
"""

import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from governance.duo.curies import compact, key
from governance.duo.releases import OntologyError, Release, Term, name_of

_GZIP_MAGIC = b"\x1f\x8b"
_QUALIFIERS = re.compile(r'\s*\{((?:[^{}"]|"(?:[^"\\]|\\.)*")*)\}\s*$')
_EQUIVALENT = re.compile(r'source\s*=\s*"(?:[^"\\]|\\.)*(?<![A-Za-z])equivalentTo(?![A-Za-z])')
_BEFORE_COMMENT = re.compile(r'(?:"(?:[^"\\]|\\.)*"|(?! !).)*')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
_EXACT_MATCH = re.compile(r"(?:^|[:#/])exactMatch$")
_RELEASED = re.compile(r"releases/v?(\d{4}-\d{2}-\d{2})(?:/|$)")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may hold; `max_bytes` counts the uncompressed content."""

    max_bytes: int = 512 * 1024 * 1024
    max_line: int = 1024 * 1024
    max_terms: int = 500_000


@dataclass(slots=True)
class _Draft:
    """A `[Term]` while its lines are read; `line` is where it starts."""

    line: int
    id: str = ""
    label: str = ""
    obsolete: bool = False
    lists: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, value: str) -> None:
        values = self.lists.setdefault(name, [])
        if value and value not in values:
            values.append(value)

    def values(self, name: str) -> tuple[str, ...]:
        return tuple(self.lists.get(name, ()))

    def term(self) -> Term:
        return Term(
            id=self.id,
            label=self.label or self.id,
            synonyms=tuple(text for text in self.values("synonym") if text != self.label),
            parents=self.values("is_a"),
            obsolete=self.obsolete,
            replaced_by=self.values("replaced_by"),
            exact=_distinct(self.values("exact")),
        )


def read_obo(source: str | Path | IO[bytes], limits: Limits = Limits(), lines: dict[str, int] | None = None) -> Release:
    """The release that a path or an open binary stream holds; gzip is recognised by its first bytes.

    `lines`, when given, is filled with the line at which each term starts.

    Raises `OntologyError` ("Invalid file line N: …") for what is not an OBO file, is damaged, or is too
    large.
    """
    if isinstance(source, (str, Path)):
        try:
            with open(source, "rb") as stream:
                return _read(stream, limits, lines)
        except OSError as error:
            raise OntologyError(f"cannot read {source}: {error.strerror or error}") from error
    return _read(source, limits, lines)


def _read(stream: IO[bytes], limits: Limits, starts: dict[str, int] | None) -> Release:
    head = stream.read(2)
    rest = io.BufferedReader(_Joined(head, stream), 1 << 18)
    readline = gzip.GzipFile(fileobj=rest, mode="rb").readline if head == _GZIP_MAGIC else rest.readline
    digest = hashlib.sha256()
    reader = _Reader(limits)
    for number, line in _lines(readline, limits, digest.update):
        reader.take(number, line)
    release = reader.release(digest.hexdigest())
    if starts is not None:
        starts.update(reader.starts())
    return release


class _Joined(io.RawIOBase):
    """The bytes already looked at, then the rest of the stream: streams that cannot seek are read too."""

    def __init__(self, head: bytes, stream: IO[bytes]) -> None:
        self._head = head
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._head or self._stream.read(len(buffer))
        self._head = b""
        buffer[: len(data)] = data
        return len(data)


def _lines(
    readline: Callable[[int], bytes], limits: Limits, seen: Callable[[bytes], None]
) -> Iterator[tuple[int, str]]:
    """Numbered lines without their ends; stops with an error at the first limit passed."""
    number = size = 0
    while True:
        try:
            raw = readline(limits.max_line + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise _invalid(number + 1, f"the compressed data are damaged or cut short ({error})") from error
        if not raw:
            return
        number += 1
        size += len(raw)
        if len(raw) > limits.max_line:
            raise _invalid(number, f"longer than {limits.max_line} bytes; is it an OBO file?")
        if size > limits.max_bytes:
            raise _invalid(number, f"more than {limits.max_bytes} bytes of content; import a smaller extract")
        seen(raw)
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _invalid(number, "not UTF-8; save the file as UTF-8 and try again") from error
        if "\0" in text:
            raise _invalid(number, "a character of value zero; is it an OBO file?")
        yield number, text.rstrip("\r\n")


class _Reader:
    """Takes one line after the other; `release` closes the file."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._header: dict[str, str] = {}
        self._stanza: str | None = None
        self._draft: _Draft | None = None
        self._terms: dict[str, Term] = {}
        self._starts: dict[str, int] = {}
        self._alternatives: dict[str, list[str]] = {}

    def take(self, number: int, line: str) -> None:
        if number == 1:
            line = line.removeprefix("\ufeff")
        line = line.strip()
        if not line or line.startswith("!"):
            return
        if line.startswith("["):
            self._open(number, line)
            return
        tag, colon, value = line.partition(":")
        if not colon or not tag or " " in tag:
            raise _invalid(number, "expected 'tag: value' or a '[Term]'; is it an OBO file?")
        if self._stanza is None:
            self._header.setdefault(tag, value.strip())
        elif self._draft is not None:
            _take_tag(self._draft, number, tag, _without_comment(value).strip())

    def release(self, sha256: str) -> Release:
        self._close()
        if not self._terms:
            raise OntologyError("the file holds no [Term]; is it an OBO file?")
        self._add_alternatives()
        version = self._header.get("data-version", "")
        released = _RELEASED.search(version)
        return Release(
            name=name_of(self._terms) or self._header.get("ontology", "").upper() or "unnamed",
            version=(released[1] if released else version) or f"sha256:{sha256[:12]}",
            sha256=sha256,
            terms=self._terms,
        )

    def starts(self) -> dict[str, int]:
        """The line at which each term starts; an alternative id has none of its own."""
        return {
            identifier: self._starts[key(identifier)] for identifier in self._terms if key(identifier) in self._starts
        }

    def _open(self, number: int, line: str) -> None:
        name = line.partition("!")[0].strip()
        if not name.endswith("]"):
            raise _invalid(number, "a stanza starts with a name in brackets, such as '[Term]'")
        self._close()
        self._stanza = name[1:-1]
        self._draft = _Draft(number) if self._stanza == "Term" else None

    def _close(self) -> None:
        draft, self._draft = self._draft, None
        if draft is None:
            return
        if not draft.id:
            raise _invalid(draft.line, "a [Term] without an id")
        same = key(draft.id)
        if same in self._starts:
            raise _invalid(draft.line, f"{draft.id} stands twice, first at line {self._starts[same]}")
        if len(self._terms) >= self._limits.max_terms:
            raise _invalid(draft.line, f"more than {self._limits.max_terms} terms; import a smaller extract")
        self._starts[same] = draft.line
        self._terms[draft.id] = draft.term()
        if not draft.obsolete:
            for alternative in draft.values("alt_id"):
                self._alternatives.setdefault(alternative, []).append(draft.id)

    def _add_alternatives(self) -> None:
        """An alt_id is an obsolete id with one replacement, unless the file says more about that id itself."""
        for alternative, replacements in self._alternatives.items():
            if key(alternative) in self._starts:
                continue
            label = self._terms[replacements[0]].label
            self._terms[alternative] = Term(alternative, label, obsolete=True, replaced_by=tuple(replacements))


def _take_tag(draft: _Draft, number: int, tag: str, value: str) -> None:
    if tag == "id":
        if draft.id:
            raise _invalid(number, f"a second id in the [Term] {draft.id}")
        draft.id = _first_id(number, tag, value)
    elif tag == "name":
        draft.label = draft.label or _text(value)
    elif tag == "synonym":
        quoted = _QUOTED.match(value)
        if quoted is None:
            raise _invalid(number, 'a synonym stands in double quotes, such as: synonym: "text" EXACT []')
        draft.add("synonym", _unescape(quoted[1]))
    elif tag == "is_a":
        if "gci_relation" not in _qualifiers(value):
            draft.add("is_a", _first_id(number, tag, value))
    elif tag == "is_obsolete":
        draft.obsolete = value.split()[0].casefold() == "true" if value else False
    elif tag in ("alt_id", "replaced_by"):
        draft.add(tag, _first_id(number, tag, value))
    elif tag == "xref":
        if _EQUIVALENT.search(_qualifiers(value)):
            draft.add("exact", _first_id(number, tag, value))
    elif tag == "property_value":
        relation, _, target = value.partition(" ")
        if _EXACT_MATCH.search(compact(relation)) and target.strip():
            draft.add("exact", _first_id(number, tag, target.strip().strip('"')))


def _first_id(number: int, tag: str, value: str) -> str:
    """The id a line names: up to the first space, quotes, qualifiers and comment left out, addresses as CURIEs."""
    parts = value.split(None, 1)
    if not parts or parts[0][0] in '!{"':
        raise _invalid(number, f"{tag} names no id")
    return compact(_unescape(parts[0].rstrip('"')))


def _qualifiers(value: str) -> str:
    """What stands in the `{…}` at the end of a line."""
    found = _QUALIFIERS.search(value)
    return found[1] if found else ""


def _text(value: str) -> str:
    """A free text without its qualifiers."""
    found = _QUALIFIERS.search(value)
    return _unescape(value[: found.start()] if found and "=" in found[1] else value).strip()


def _without_comment(value: str) -> str:
    """What stands before the first ` !` that is not inside double quotes."""
    if " !" not in value:
        return value
    found = _BEFORE_COMMENT.match(value)
    return found[0].rstrip() if found else value


def _unescape(text: str) -> str:
    """OBO 1.4 section 3: a backslash takes the next character as it is, `\\n` and `\\W` being white space."""
    return _ESCAPED.sub(lambda found: " " if found[1] in "nWt" else found[1], text) if "\\" in text else text


def _distinct(identifiers: tuple[str, ...]) -> tuple[str, ...]:
    kept: dict[str, str] = {}
    for identifier in identifiers:
        kept.setdefault(key(identifier), identifier)
    return tuple(kept.values())


def _invalid(number: int, what: str) -> OntologyError:
    return OntologyError(f"Invalid file line {number}: {what}")
