"""Translations without gettext's tools: reads .po files and writes the .mo files that Python's gettext loads.

Only .po files are kept in the repository. A fresh machine has no `msgfmt`, so `compile_catalogues` is
called when the application starts, and by `manage.py compile_translations`: it writes a .mo where none
stands or where the .po is newer.
"""

import ast
import os
import re
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_MAGIC = 0x950412DE
_CONTEXT, _PLURAL = "\x04", "\x00"
_QUOTED = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr(?:\[(\d+)\])?)?\s*(".*")$')


@dataclass(slots=True)
class PoEntry:
    """One text of a .po file. `strings` holds the translation, or one for each plural form."""

    msgid: str = ""
    plural: str = ""
    context: str | None = None
    strings: dict[int, str] = field(default_factory=dict)
    fuzzy: bool = False

    @property
    def key(self) -> str:
        """The name under which gettext looks the text up."""
        name = self.msgid if self.context is None else self.context + _CONTEXT + self.msgid
        return name + _PLURAL + self.plural if self.plural else name

    @property
    def value(self) -> str:
        """The translation, all plural forms of it."""
        return _PLURAL.join(self.strings[index] for index in sorted(self.strings))

    @property
    def translated(self) -> bool:
        """Whether every form has its words, and nobody marked them as a guess; the header always counts."""
        return bool(self.strings) and all(self.strings.values()) and not (self.fuzzy and self.msgid)


def read_po(path: Path) -> Iterator[PoEntry]:
    """The entries of a .po file, the header (empty msgid) first.

    Raises ValueError naming the line that cannot be read.
    """
    entry, part, index, begun = PoEntry(), "", 0, False
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip()
        if line.startswith("#~") or (line.startswith("#") and not line.startswith("#,")):
            continue
        if not line or line.startswith("#,"):
            if begun:
                yield entry
                entry, begun = PoEntry(), False
            entry.fuzzy = entry.fuzzy or "fuzzy" in line
            continue
        found = _QUOTED.match(line)
        if not found:
            raise ValueError(f"{path}:{number}: not a line of a .po file: quote the text, or begin it with msgid")
        keyword, form, quoted = found.groups()
        if keyword in ("msgid", "msgctxt") and begun and entry.strings:
            yield entry
            entry = PoEntry()
        begun = True
        if keyword:
            part, index = keyword.split("[")[0], int(form or 0)
        _add(entry, part, index, ast.literal_eval(quoted))
    if begun:
        yield entry


def _add(entry: PoEntry, part: str, index: int, text: str) -> None:
    if part == "msgid":
        entry.msgid += text
    elif part == "msgid_plural":
        entry.plural += text
    elif part == "msgctxt":
        entry.context = (entry.context or "") + text
    else:
        entry.strings[index] = entry.strings.get(index, "") + text


def mo_bytes(entries: list[PoEntry]) -> bytes:
    """The .mo file of the translated entries: two tables of lengths and offsets, then the texts, sorted by key."""
    kept = {entry.key: entry.value for entry in entries if entry.translated}
    pairs = sorted((key.encode(), value.encode()) for key, value in kept.items())
    tables = 28 + 16 * len(pairs)
    keys = b"".join(key + b"\0" for key, _value in pairs)
    values = b"".join(value + b"\0" for _key, value in pairs)
    lengths: list[int] = []
    for start, column in ((tables, 0), (tables + len(keys), 1)):
        for pair in pairs:
            lengths += [len(pair[column]), start]
            start += len(pair[column]) + 1
    head = struct.pack("<7I", _MAGIC, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, tables)
    return head + struct.pack(f"<{len(lengths)}I", *lengths) + keys + values


def catalogues(folder: Path) -> list[Path]:
    """The .po files below a locale folder."""
    return sorted(folder.glob("*/LC_MESSAGES/*.po"))


def compile_catalogues(folder: Path, *, anew: bool = False) -> list[Path]:
    """Write the .mo beside each .po that is newer than it (all of them `anew`); returns what was written.

    A file is complete or absent: several processes may start at once. Where the folder cannot be written,
    the .mo files that were installed with it stand.
    """
    written = []
    for source in catalogues(folder):
        target = source.with_suffix(".mo")
        if not anew and target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        if not os.access(source.parent, os.W_OK):
            continue
        with tempfile.NamedTemporaryFile(dir=source.parent, suffix=".tmp", delete=False) as scratch:
            scratch.write(mo_bytes(list(read_po(source))))
        os.chmod(scratch.name, 0o644)
        os.replace(scratch.name, target)
        written.append(target)
    return written


def untranslated(folder: Path) -> dict[str, list[str]]:
    """For each language, the texts that have no translation yet."""
    return {
        path.parent.parent.name: [entry.msgid for entry in read_po(path) if entry.msgid and not entry.translated]
        for path in catalogues(folder)
    }
