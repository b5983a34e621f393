"""The MONDO extract that ships with the project: how it is read, and how it is made anew.

    python -m governance.duo.ontologies.extract OUT

makes it from the package `cellxgene-ontology-guide`, which is needed for this alone and is no requirement of
the product. The extract is a gzipped table: a first line `name<TAB>version`, then one line a term: id, label,
parents, synonyms, replaced-by and `1` for obsolete; ids without the name and its colon, lists joined with
`|`.
"""

import argparse
import gzip
import hashlib
import importlib
import io
import re
import sys
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from governance.duo.ontologies.releases import OntologyError, Release, Term

SHIPPED = "mondo.tsv.gz"
_GUIDE = "cellxgene_ontology_guide.supported_versions"
_SEPARATORS = re.compile(r"[\s|]+")


def read_shipped() -> Release:
    """The extract in this package's `data` folder."""
    return read_extract(resources.files("governance.duo").joinpath("data", SHIPPED).read_bytes())


def read_extract(data: bytes) -> Release:
    """A release from the bytes of an extract, as `write_extract` made them."""
    try:
        content = gzip.decompress(data)
        head, *lines = content.decode("utf-8").split("\n")
        name, version = head.split("\t")
        terms = {term.id: term for term in (_term(f"{name}:", line) for line in lines if line)}
    except (OSError, EOFError, ValueError) as error:
        raise OntologyError(f"the ontology extract is damaged ({error}); install the project again") from error
    return Release(name, version, hashlib.sha256(content).hexdigest(), terms)


def write_extract(release: Release) -> bytes:
    """The bytes of an extract: the same release gives the same bytes."""
    prefix = f"{release.name}:"
    lines = [f"{release.name}\t{release.version}"]
    lines += [_line(prefix, term) for _, term in sorted(release.terms.items())]
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=9, mtime=0) as stream:
        stream.write("".join(f"{line}\n" for line in lines).encode())
    return buffer.getvalue()


def from_guide(name: str, version: str, terms: Mapping[str, Mapping[str, Any]]) -> Release:
    """A release from the guide's form of an ontology: ancestors with their distance, those at 1 being the parents."""
    kept = {identifier: _from_guide(identifier, entry) for identifier, entry in terms.items()}
    return Release(name, version.removeprefix("v"), "", kept)


def main(arguments: list[str] | None = None) -> int:
    """Writes the extract to OUT and says what it holds."""
    parser = argparse.ArgumentParser(prog="python -m governance.duo.ontologies.extract", description=main.__doc__)
    parser.add_argument("out", type=Path, metavar="OUT", help=f"the file to write, such as {SHIPPED}")
    options = parser.parse_args(arguments)
    try:
        schema = importlib.import_module(_GUIDE).CXGSchema()
    except ModuleNotFoundError:
        sys.stderr.write("cellxgene-ontology-guide is not installed: pip install cellxgene-ontology-guide\n")
        return 1
    version = schema.supported_ontologies["MONDO"]["version"]
    data = write_extract(from_guide("MONDO", version, schema.ontology("MONDO")))
    options.out.write_bytes(data)
    release = read_extract(data)
    about = f"{len(release.terms)} terms of {release.name} {release.version}, {len(data)} bytes"
    sys.stdout.write(f"{options.out}: {about}\n")
    return 0


def _from_guide(identifier: str, entry: Mapping[str, Any]) -> Term:
    label = _plain(entry.get("label") or identifier)
    synonyms = dict.fromkeys(_plain(text) for text in entry.get("synonyms", ()))
    replacement = entry.get("replaced_by")
    return Term(
        id=identifier,
        label=label,
        synonyms=tuple(text for text in synonyms if text and text != label),
        parents=tuple(sorted(above for above, distance in entry["ancestors"].items() if distance == 1)),
        obsolete=bool(entry.get("deprecated")),
        replaced_by=(replacement,) if replacement else (),
    )


def _plain(text: str) -> str:
    """One line without the signs that part columns and lists."""
    return _SEPARATORS.sub(" ", text).strip()


def _line(prefix: str, term: Term) -> str:
    parents, replaced = ("|".join(i.removeprefix(prefix) for i in ids) for ids in (term.parents, term.replaced_by))
    obsolete = "1" if term.obsolete else ""
    synonyms = "|".join(term.synonyms)
    return "\t".join((term.id.removeprefix(prefix), term.label, parents, synonyms, replaced, obsolete)).rstrip("\t")


def _term(prefix: str, line: str) -> Term:
    columns = line.split("\t")
    if len(columns) < 6:
        columns += [""] * (6 - len(columns))
    local, label, parents, synonyms, replaced, obsolete = columns
    return Term(
        _whole(prefix, local),
        label,
        tuple(synonyms.split("|")) if synonyms else (),
        tuple(_whole(prefix, parent) for parent in parents.split("|")) if parents else (),
        obsolete == "1",
        tuple(_whole(prefix, other) for other in replaced.split("|")) if replaced else (),
    )


def _whole(prefix: str, identifier: str) -> str:
    return identifier if ":" in identifier else prefix + identifier


if __name__ == "__main__":
    sys.exit(main())
