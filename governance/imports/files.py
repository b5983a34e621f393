"""Reads a catalogue's file in one of the known formats. A file that cannot be read names the line that is wrong."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from governance.duo import terms
from governance.duo.catalogues.beacon import read_duo_data_use
from governance.duo.catalogues.curie_lists import lists_identifiers, read_curies
from governance.duo.catalogues.dbgap import read_code
from governance.duo.catalogues.duos import FIELDS as DUOS_FIELDS
from governance.duo.catalogues.duos import read_consent_group
from governance.duo.catalogues.named_terms import term_named
from governance.duo.catalogues.readings import CodeReading, complete, refused
from governance.duo.ontology import Ontologies
from governance.imports.places import country_code
from governance.imports.rows import CatalogueFacts, ImportRow, Unreadable, checked, count_of, kinds_of_data

LONGEST_LINE = 100_000
LARGEST_FILE = 64_000_000
_JSON_KEYS = (
    "name", "title", "summary", "country", "accession", "modes", "data_types", "participants", "data_use",
)  # fmt: skip
_ZERO = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_Read = Callable[[str, Ontologies], list[ImportRow]]


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """A file as it was read: its format, its content's hash, its rows in order."""

    format: str
    sha256: str
    rows: Sequence[ImportRow]


def read_catalogue(path: Path, format: str, ontologies: Ontologies) -> CatalogueFile:
    """Every row of the file. Raises `Unreadable` for a file that is empty, too large, not text or of another shape."""
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise Unreadable(f"{path.name} has {size} bytes: {LARGEST_FILE} is the most, give it in parts")
        content = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror or error}") from error
    return read_content(content, format, ontologies)


def read_content(content: bytes, format: str, ontologies: Ontologies) -> CatalogueFile:
    """The same for content that is in memory already."""
    text = _text(content)
    rows = FORMATS[format](text, ontologies)
    if not rows:
        raise Unreadable("the file holds no dataset: give one row for each")
    return CatalogueFile(format, hashlib.sha256(content).hexdigest(), checked(rows))


def _text(content: bytes) -> str:
    if not content.strip():
        raise Unreadable("the file is empty")
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise Unreadable(f"line {number}: is not text in UTF-8: save the file as UTF-8") from error
        if b"\x00" in line:
            raise Unreadable(f"line {number}: holds a zero byte, so this is no text file")
    return content.decode("utf-8-sig")


def _table(text: str, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str], str]]:
    """Line number, cells by heading and what is wrong with the line, for each line of a table with tabs."""
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > LONGEST_LINE:
            raise Unreadable(f"line {number}: has {len(line)} characters: {LONGEST_LINE} is the most")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t")
    try:
        heading = [cell.strip() for cell in next(reader)]
        missing = [column for column in needed if column not in heading]
        if missing:
            raise Unreadable(f"line 1: the heading lacks {', '.join(missing)}: is this the right format?")
        if len(set(heading)) < len(heading):
            raise Unreadable("line 1: the heading names a column twice: name each once")
        for cells in reader:
            if any(cell.strip() for cell in cells):
                wrong = "" if len(cells) == len(heading) else f"has {len(cells)} cells of {len(heading)}"
                padded = [*cells, *[""] * len(heading)]
                yield reader.line_num, dict(zip(heading, map(str.strip, padded), strict=False)), wrong
    except csv.Error as error:
        raise Unreadable(f"line {reader.line_num}: {error}") from error


def _read_dbgap(text: str, ontologies: Ontologies) -> list[ImportRow]:
    """dbGaP and AnVIL: one consent code a row, with its long name and the indication beside it."""
    rows = []
    for line, cells, wrong in _table(text, ("name", "data_use_restriction")):
        written, beside = (
            cells["data_use_restriction"],
            (cells.get("consent_long_name", ""), cells.get("indication", "")),
        )
        if lists_identifiers(written):
            reading = read_curies(written, ontologies, *beside, country=country_code)
        else:
            reading = read_code(written, *beside)
        rows.append(ImportRow(line, cells["name"], reading, _facts(cells), cells, wrong))
    return rows


def _read_ega(text: str, ontologies: Ontologies) -> list[ImportRow]:
    """EGA: a list of identifiers of DUO terms and diseases a row, in the column `data_use`; or policies as JSON."""
    if text.lstrip()[:1] in ("[", "{"):
        return _read_ega_policies(text, ontologies)
    rows = []
    for line, cells, wrong in _table(text, ("name", "data_use")):
        beside = cells.get("consent_long_name", ""), cells.get("indication", "")
        reading = read_curies(cells["data_use"], ontologies, *beside, country=country_code)
        rows.append(ImportRow(line, cells["name"], reading, _facts(cells), cells, wrong))
    return rows


def _read_ega_policies(text: str, ontologies: Ontologies) -> list[ImportRow]:
    """EGA's policies (schema EGA.policy): each stands for the data that it governs, by its accession or its alias."""
    rows = []
    for number, item in enumerate(_listed(text, ("policies",)), start=1):
        ids = item.get("object_id")
        named = ids if isinstance(ids, Mapping) else item
        name = next(filter(None, (_string(named, key) for key in ("ega_accession", "accession_id", "alias"))), "")
        codes = item.get("duo_codes_curies")
        reading = (
            read_duo_data_use(codes, ontologies, country=country_code)
            if codes
            else refused("no duo_codes_curies are given")
        )
        facts = CatalogueFacts(title=_string(item, "object_title") or _string(item, "title"))
        rows.append(ImportRow(number, name, reading, facts, {"id": name, "duoDataUse": codes}, _unstorable(item)))
    return rows


def _read_duos(text: str, ontologies: Ontologies) -> list[ImportRow]:
    """DUOS: studies with `consentGroups`, of which each is a dataset."""
    rows = []
    for number, study in enumerate(_listed(text, ("studies",), alone="consentGroups"), start=1):
        groups = study.get("consentGroups")
        for group in groups if isinstance(groups, list) else []:
            told = group if isinstance(group, Mapping) else {}
            people = told.get("numberOfParticipants")
            kinds = study.get("dataTypes")
            facts = CatalogueFacts(
                title=" · ".join(filter(None, (_string(study, "studyName"), _string(told, "consentGroupName")))),
                summary=_string(study, "studyDescription"),
                data_types=[one for one in kinds if isinstance(one, str)] if isinstance(kinds, list) else [],
                participants=people if type(people) is int and 0 < people < 10**9 else None,
            )
            source = {"data_use": {key: told[key] for key in DUOS_FIELDS if key in told}}
            reading = read_consent_group(told, ontologies, country_code)
            rows.append(ImportRow(number, _string(told, "consentGroupName"), reading, facts, source, _unstorable(told)))
    return rows


def _facts(cells: Mapping[str, str]) -> CatalogueFacts:
    return CatalogueFacts(
        title=cells.get("title", ""),
        summary=cells.get("summary", ""),
        country=country_code(cells.get("country", "")),
        accession=cells.get("accession", ""),
        data_types=kinds_of_data(cells.get("data_type", "")),
        participants=count_of(cells.get("participant_count", "")),
    )


def _read_beacon(text: str, ontologies: Ontologies) -> list[ImportRow]:
    """Beacon v2: datasets with `dataUseConditions.duoDataUse`, as a list or inside a Beacon's answer."""
    rows = []
    for number, item in enumerate(_listed(text), start=1):
        conditions = item.get("dataUseConditions")
        written = conditions.get("duoDataUse") if isinstance(conditions, Mapping) else None
        info = item.get("info")
        whole = info.get("dataUse") if isinstance(info, Mapping) else item.get("dataUse")
        reading = (
            read_duo_data_use(written, ontologies, whole, country_code)
            if written
            else refused("no duoDataUse is given")
        )
        facts = CatalogueFacts(title=_string(item, "name"), summary=_string(item, "description"))
        source = {"id": item.get("id"), "name": item.get("name"), "duoDataUse": written, "dataUse": whole}
        rows.append(ImportRow(number, _string(item, "id"), reading, facts, source, _unstorable(item)))
    return rows


def _read_json(text: str, ontologies: Ontologies) -> list[ImportRow]:
    """Our own JSON, as `export_datasets` writes it."""
    rows = []
    for number, item in enumerate(_listed(text), start=1):
        unknown = next((key for key in item if key not in _JSON_KEYS), None)
        fault = f"unknown key {unknown!r}: use {', '.join(_JSON_KEYS)}" if unknown else _wrong_kind(item)
        fault = _unstorable(item) or fault
        rows.append(ImportRow(number, _string(item, "name"), _own(item, ontologies), _own_facts(item), item, fault))
    return rows


def _own(item: Mapping[str, Any], ontologies: Ontologies) -> CodeReading:
    data_use = item.get("data_use")
    if not isinstance(data_use, dict):
        return refused("data_use is not an object: nothing says what the data may be used for")
    return complete(_by_id(data_use), ontologies)


def _by_id(data_use: dict[str, Any]) -> dict[str, Any]:
    """The data use with ids for labels of terms and codes for names of countries; all else as it is written."""
    found = {**data_use}
    if isinstance(found.get("permission"), str):
        found["permission"] = _term_id(found["permission"])
    if isinstance(found.get("modifiers"), list):
        found["modifiers"] = [_modifier_by_id(one) for one in found["modifiers"]]
    return found


def _modifier_by_id(modifier: Any) -> Any:
    if isinstance(modifier, str):
        return _term_id(modifier)
    if not isinstance(modifier, dict):
        return modifier
    found = {**modifier}
    if isinstance(found.get("term"), str):
        found["term"] = _term_id(found["term"])
    if isinstance(found.get("countries"), list):
        found["countries"] = [country_code(one) if isinstance(one, str) else one for one in found["countries"]]
    return found


def _term_id(written: str) -> str:
    """The id of a term that is written by its label; a shorthand or an id stays as it is."""
    term = None if terms.find(written) else term_named(written)
    return term.id if term else written


def _wrong_kind(item: Mapping[str, Any]) -> str:
    for key in ("modes", "data_types"):
        value = item.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            return f"{key} is not a list of words"
    people = item.get("participants")
    if people is not None and (isinstance(people, bool) or not isinstance(people, int) or not 0 < people < 10**9):
        return "participants is not a whole number from 1"
    return ""


def _own_facts(item: Mapping[str, Any]) -> CatalogueFacts:
    if _wrong_kind(item):
        return CatalogueFacts()
    return CatalogueFacts(
        title=_string(item, "title"),
        summary=_string(item, "summary"),
        country=country_code(_string(item, "country")),
        accession=_string(item, "accession"),
        modes=list(item.get("modes", ())),
        data_types=list(item.get("data_types", ())),
        participants=item.get("participants"),
    )


def _listed(text: str, under: Sequence[str] = ("datasets", "collections"), alone: str = "") -> list[Mapping[str, Any]]:
    """The objects of a JSON file: a list, or what stands under one of some keys, also inside a Beacon's `response`.

    With `alone`, one object that has this key stands for itself.
    """
    try:
        found = json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise Unreadable(f"line {error.lineno}: is not JSON: {error.msg}") from error
    except ValueError as error:
        raise Unreadable(f"the file holds a number that JSON cannot: {error}") from error
    except RecursionError as error:
        raise Unreadable("line 1: the JSON is nested too deeply") from error
    if isinstance(found, Mapping) and isinstance(found.get("response"), Mapping):
        found = found["response"]
    if isinstance(found, Mapping):
        found = [found] if alone in found else next((found[key] for key in under if key in found), None)
    if not isinstance(found, list):
        raise Unreadable(f"line 1: holds no list of datasets: give one, or an object with `{under[0]}`")
    for number, item in enumerate(found, start=1):
        if not isinstance(item, Mapping):
            raise Unreadable(f"dataset {number}: is not an object")
    return found


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def _unstorable(item: Mapping[str, Any]) -> str:
    """Why no database can hold the dataset: half of a surrogate pair, a zero character, a number beyond all bounds."""
    try:
        written = json.dumps(item, ensure_ascii=False, allow_nan=False)
        written.encode()
    except UnicodeEncodeError:
        return "it is not valid Unicode: half of a surrogate pair stands alone"
    except ValueError:
        return "it holds a number that is too large"
    return "it holds a zero character" if _ZERO.search(written) else ""


def _string(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    return value.strip() if isinstance(value, str) else ""


FORMATS: Mapping[str, _Read] = {
    "dbgap": _read_dbgap,
    "ega": _read_ega,
    "beacon": _read_beacon,
    "duos": _read_duos,
    "json": _read_json,
}
