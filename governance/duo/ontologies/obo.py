"""Reader of OBO 1.2 and 1.4 files: a stream of lines in, a `Release` out.

What it takes from a `[Term]`: id, alt_id, name, synonym, is_a, is_obsolete, replaced_by (also as
`property_value: IAO:0100001`), and as exact cross-references `xref` lines whose source holds `equivalentTo`,
`property_value` lines of exactMatch, and equivalent_to. Everything else is passed over: `consider` names
candidates, not a replacement, and an is_a that holds only in a context (`gci_relation`) is no is_a.
"""

import re
from collections.abc import Iterator
from typing import IO

from governance.duo.ontologies.curies import compact
from governance.duo.ontologies.ontology_content import Content, FileLimits
from governance.duo.ontologies.release_builder import EQUIVALENT, EXACT_MATCH, REPLACED_BY, Builder, TermDraft
from governance.duo.ontologies.releases import OntologyError, Release

_QUALIFIERS = re.compile(r'\s*\{((?:[^{}"]|"(?:[^"\\]|\\.)*")*)\}\s*$')
_SOURCE = re.compile(r'source\s*=\s*"((?:[^"\\]|\\.)*)"')
_BEFORE_COMMENT = re.compile(r'(?:"(?:[^"\\]|\\.)*"|(?! !).)*')
_ID_ENDS = re.compile(r"(?<!\\)[!{]")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
_CONTINUED = re.compile(r"(?<!\\)(?:\\\\)*\\$")


class _Wrong(ValueError):
    """A line that says nothing that can be kept."""


def read_obo(content: Content, builder: Builder, limits: FileLimits) -> Release:
    """The release that the content holds. Raises `OntologyError` ("Invalid file line N: …") where it is no OBO file."""
    reader = _OboReader(builder)
    for number, line in _lines(content.stream, limits):
        reader.take(number, line)
    return reader.release(content)


def _lines(stream: IO[bytes], limits: FileLimits) -> Iterator[tuple[int, str]]:
    """Lines without their ends, each with the number at which it starts; a backslash at its end joins the next."""
    number = start = 0
    begun = ""
    while True:
        raw = stream.readline(limits.max_line + 1)
        if not raw:
            break
        number += 1
        if len(raw) + len(begun) > limits.max_line:
            raise _invalid(number, f"longer than {limits.max_line} bytes; is it an OBO file?")
        try:
            text = raw.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise _invalid(number, "not UTF-8; save the file as UTF-8 and try again") from error
        if "\0" in text:
            raise _invalid(number, "a character of value zero; is it an OBO file?")
        start = start or number
        if text.endswith("\\") and _CONTINUED.search(text):
            begun += text[:-1]
        else:
            yield start, begun + text
            start, begun = 0, ""
    if begun:
        yield start, begun


class _OboReader:
    """Takes one line after the other; `release` closes the file."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._header: dict[str, str] = {}
        self._stanza: str | None = None
        self._draft: TermDraft | None = None

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
            try:
                _take_tag(self._draft, tag, _without_comment(value).strip())
            except _Wrong as wrong:
                self._builder.left_out(number, self._draft.id, str(wrong))

    def release(self, content: Content) -> Release:
        self._close()
        if self._stanza is None:
            raise OntologyError("the file holds no [Term]; is it an OBO file?")
        version, named = self._header.get("data-version", ""), self._header.get("ontology", "").upper()
        return self._builder.release(named=named, version=version, sha256=content.sha256())

    def _open(self, number: int, line: str) -> None:
        name = line.partition("!")[0].strip()
        if not name.endswith("]"):
            raise _invalid(number, "a stanza starts with a name in brackets, such as '[Term]'")
        self._close()
        self._stanza = name[1:-1]
        self._draft = TermDraft(number) if self._stanza == "Term" else None

    def _close(self) -> None:
        draft, self._draft = self._draft, None
        if draft is not None:
            self._builder.add(draft)


def _take_tag(draft: TermDraft, tag: str, value: str) -> None:
    if tag == "id":
        if draft.id:
            raise _Wrong(f"a second id, {value[:60]}")
        draft.id = _first_id(tag, value)
    elif tag == "name":
        draft.label = draft.label or _text(value)
    elif tag == "synonym":
        quoted = _QUOTED.match(value)
        if quoted is None:
            raise _Wrong("a synonym without double quotes")
        draft.add("synonym", _unescape(quoted[1]))
    elif tag == "is_a":
        if "gci_relation" not in _qualifiers(value):
            draft.add("is_a", _first_id(tag, value))
    elif tag == "is_obsolete":
        draft.obsolete = value.split()[0].casefold() == "true" if value else False
    elif tag in ("alt_id", "replaced_by"):
        draft.add(tag, _first_id(tag, value))
    elif tag == "equivalent_to":
        draft.add("exact", _first_id(tag, value))
    elif tag == "xref":
        if any(EQUIVALENT.search(source) for source in _SOURCE.findall(_qualifiers(value))):
            draft.add("exact", _first_id(tag, value))
    elif tag == "property_value":
        _take_property(draft, value)


def _take_property(draft: TermDraft, value: str) -> None:
    written, _, target = value.partition(" ")
    relation = compact(written)
    wanted = "exact" if EXACT_MATCH.search(relation) else "replaced_by" if relation == REPLACED_BY else None
    if wanted and target.strip():
        draft.add(wanted, _first_id("property_value", target.strip().strip('"')))


def _first_id(tag: str, value: str) -> str:
    """The id a line names: up to the first space, quotes, qualifiers and comment left out, addresses as CURIEs."""
    parts = value.split(None, 1)
    if not parts or parts[0][0] in '!{"':
        raise _Wrong(f"{tag} names no id")
    return compact(_unescape(_ID_ENDS.split(parts[0], maxsplit=1)[0].rstrip('"')))


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


def _invalid(number: int, what: str) -> OntologyError:
    return OntologyError(f"Invalid file line {number}: {what}")
