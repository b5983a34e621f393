"""The pure part of `manage.py match`: JSON lines in, one decision a line out. No settings, no database.

A line that is not a valid case is answered by `{"error": …, "field": …}` in its place, and the exit status
is 1 at the end; the other lines are still answered.
"""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, BinaryIO

from governance.duo.canonical_json import canonical_bytes
from governance.duo.data_use import parse_data_use
from governance.duo.judging.explain import obstacles
from governance.duo.judging.text import sentence
from governance.duo.matcher import match
from governance.duo.ontologies.ontology_files import FORMS, ReadingReport, read_ontology
from governance.duo.ontology import Ontologies, shipped
from governance.duo.purpose import parse_purpose
from governance.duo.reading import InvalidUse, day

_KEYS = ("data_use", "purpose", "at", "id")


def add_arguments(parser: ArgumentParser) -> None:
    """The options of the command, for any parser."""
    parser.add_argument(
        "--ontology",
        action="append",
        default=[],
        metavar="FILE",
        help=f"an ontology file to use ({FORMS}); repeatable, the first is the hub",
    )
    parser.add_argument(
        "--explain",
        action="store_true",
        help="add `obstacles`: for each reason in the way, the fact or term that it stands on",
    )


def load(
    files: Sequence[str], default: Callable[[], Ontologies] = shipped, tell: Callable[[str], object] = print
) -> Ontologies:
    """The ontologies of these files, or the default without any; `tell` is told what of a file was left out.

    Raises `OntologyError` and `OSError`.
    """
    releases = []
    for file in files:
        report = ReadingReport()
        releases.append(read_ontology(file, report=report))
        for finding in report.findings:
            tell(f"{file}: {finding}")
    return Ontologies(releases) if releases else default()


def run(lines: Iterable[bytes], out: BinaryIO, ontologies: Ontologies, *, explain: bool = False) -> int:
    """Answers every line that is not blank, in order. Returns the exit status: 1 when one was refused."""
    status = 0
    for line in lines:
        if line.strip():
            answered = answer(line, ontologies, explain=explain)
            status = 1 if "error" in answered else status
            out.write(canonical_bytes(answered) + b"\n")
            out.flush()
    return status


def answer(line: bytes, ontologies: Ontologies, *, explain: bool = False) -> dict[str, Any]:
    """The decision for one case with the English sentence of each reason, or the error in its place.

    With `explain` it names what stands in the way: `obstacles`, in the order of the reasons.
    """
    given: dict[str, Any] = {}
    try:
        case = _read(line)
        if "id" in case:
            given["id"] = _writable(case["id"])
        return _decide(case, ontologies, explain) | given
    except InvalidUse as invalid:
        return {"error": invalid.message, "field": invalid.field} | given


def _decide(case: Mapping[str, Any], ontologies: Ontologies, explain: bool) -> dict[str, Any]:
    for key in case:
        if key not in _KEYS:
            raise InvalidUse(key, f"unknown key {key!r}: a case has data_use, purpose, at and perhaps id")
    for key in ("data_use", "purpose", "at"):
        if key not in case:
            raise InvalidUse(key, "is missing: a case has data_use, purpose and at")
    data_use = parse_data_use(case["data_use"])
    purpose = parse_purpose(case["purpose"])
    decision = match(data_use, purpose, day(case["at"], "at"), ontologies)
    answered = decision.to_json()
    for written, reason in zip(answered["reasons"], decision.reasons, strict=True):
        written["text"] = sentence(reason, name=ontologies.label)
    if explain:
        answered["obstacles"] = [
            {
                "rule": one.reason.rule,
                "term": one.reason.term,
                "kind": one.kind.value,
                "field": one.field,
                "outstanding": one.outstanding,
            }
            for one in obstacles(decision)
        ]
    return answered


class _Object(dict[str, Any]):
    """A JSON object that remembers a key given twice, which Python's reader would pass over in silence."""

    twice: str | None = None


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    found = _Object(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        found.twice = next(key for key in keys if keys.count(key) > 1)
    return found


def _constant(name: str) -> None:
    raise InvalidUse("line", f"{name} is no JSON: use a number, or null")


def _read(line: bytes) -> Mapping[str, Any]:
    try:
        case = json.loads(line.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_constant)
        _refuse_twice(case, "")
    except InvalidUse:
        raise
    except (ValueError, RecursionError) as error:
        raise InvalidUse("line", f"is not JSON in UTF-8: {type(error).__name__}; write one object a line") from error
    if not isinstance(case, _Object):
        raise InvalidUse("line", "must be a JSON object with data_use, purpose and at")
    return case


def _refuse_twice(value: object, path: str) -> None:
    """Two values for one key are two answers to one question: nobody can say which was meant."""
    if isinstance(value, _Object):
        if value.twice is not None:
            raise InvalidUse(f"{path}{value.twice}", "is given twice: give it once")
        for key, inner in value.items():
            _refuse_twice(inner, f"{path}{key}.")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _refuse_twice(inner, f"{path.removesuffix('.')}[{index}].")


def _writable(id: Any) -> Any:
    """The id as given, where it can be written back as UTF-8."""
    try:
        canonical_bytes(id)
    except (ValueError, RecursionError) as error:
        raise InvalidUse("id", "cannot be given back: use a plain string or number") from error
    return id
