"""Reader of OWL as RDF/XML, in the layout that ROBOT and the OWL API write: one element a class, one an axiom.

It takes the same as from an OBO file: classes with a name, their labels and synonyms, superclasses that are
named, obsolete ones with what replaced them, alternative ids, and as exact cross-references skos:exactMatch,
equivalent classes that are named, and those that an axiom's source calls `equivalentTo`. What is said by an
expression (a restriction, an intersection) is passed over.

The file is read piece by piece by Expat, which resolves nothing outside the file and bounds what entities
grow to; nothing here follows owl:imports.
"""

from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import urljoin
from xml.parsers import expat  # bounded by Content, and Expat by itself

from governance.duo.ontologies.curies import compact
from governance.duo.ontologies.ontology_content import Content, FileLimits
from governance.duo.ontologies.owl_properties import OBO_IN_OWL, OWL, RDFS, SOURCE, take
from governance.duo.ontologies.release_builder import EQUIVALENT, Builder, TermDraft
from governance.duo.ontologies.releases import OntologyError, Release

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML = "http://www.w3.org/XML/1998/namespace"

_CROSS_REFERENCE = f"{OBO_IN_OWL}hasDbXref"
_CHUNK = 1 << 18


@dataclass(slots=True)
class _Value:
    """One element inside a class or an axiom: its name, and the address or the text that it holds."""

    name: str
    address: str
    language: str
    texts: list[str] = field(default_factory=list)
    size: int = 0

    @property
    def text(self) -> str:
        return "".join(self.texts).strip()

    @property
    def said(self) -> str:
        return self.address or self.text


@dataclass(slots=True)
class _Element:
    """One element directly inside the document."""

    line: int
    name: str
    about: str
    values: list[_Value] = field(default_factory=list)

    def first(self, name: str) -> str:
        return next((value.said for value in self.values if value.name == name), "")


def read_owl(content: Content, builder: Builder, limits: FileLimits) -> Release:
    """The release that the content holds. Raises `OntologyError` for what is not RDF/XML, or holds no class."""
    reader = _OwlReader(builder, limits)
    stream = content.stream
    while piece := stream.read(_CHUNK):
        reader.feed(piece, final=False)
    reader.feed(b"", final=True)
    return reader.release(content.sha256())


class _OwlReader:
    def __init__(self, builder: Builder, limits: FileLimits) -> None:
        self._builder = builder
        self._limits = limits
        self._parser = expat.ParserCreate(namespace_separator="\n")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._take_text
        self._base = ""
        self._depth = 0
        self._element: _Element | None = None
        self._value: _Value | None = None
        self._drafts: dict[str, TermDraft] = {}
        self._exact: list[tuple[str, str]] = []
        self._ontology: _Element | None = None

    def feed(self, piece: bytes, *, final: bool) -> None:
        try:
            self._parser.Parse(piece, final)
        except expat.ExpatError as error:
            raise OntologyError(f"Invalid file line {error.lineno}: not well-formed XML ({error})") from error

    def release(self, sha256: str) -> Release:
        for address, target in self._exact:
            if address in self._drafts:
                self._drafts[address].add("exact", compact(target))
        for draft in self._drafts.values():
            self._builder.add(draft)
        ontology = self._ontology
        version = ontology.first(f"{OWL}versionIRI") or ontology.first(f"{OWL}versionInfo") if ontology else ""
        named = ontology.about.rsplit("/", 1)[-1].removesuffix(".owl").upper() if ontology else ""
        return self._builder.release(named=named, version=version, sha256=sha256)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        name = name.replace("\n", "")
        if self._depth == 1:
            if name != f"{_RDF}RDF":
                self._refuse("the document is not rdf:RDF; convert it to RDF/XML or OBO, for example with ROBOT")
            self._base = attributes.get(f"{_XML}\nbase", "")
        elif self._depth == 2:
            about = attributes.get(f"{_RDF}\nabout") or "#" + attributes.get(f"{_RDF}\nID", "")
            address = urljoin(self._base, about) if about != "#" else ""
            self._element = _Element(self._parser.CurrentLineNumber, name, address)
        elif self._depth == 3 and self._element is not None:
            address = attributes.get(f"{_RDF}\nresource", "")
            language = attributes.get(f"{_XML}\nlang", "")
            self._value = _Value(name, urljoin(self._base, address) if address else "", language)
            self._element.values.append(self._value)

    def _take_text(self, text: str) -> None:
        if self._depth == 3 and self._value is not None:
            self._value.size += len(text)
            if self._value.size > self._limits.max_line:
                self._refuse(f"a text longer than {self._limits.max_line} characters; is it an ontology?")
            self._value.texts.append(text)

    def _end(self, name: str) -> None:
        if self._depth == 2 and self._element is not None:
            self._close(self._element)
            self._element = None
        self._depth -= 1

    def _close(self, element: _Element) -> None:
        kinds = {element.name, *(value.address for value in element.values if value.name == f"{_RDF}type")}
        if f"{OWL}Ontology" in kinds:
            self._ontology = self._ontology or element
        elif f"{OWL}Axiom" in kinds:
            self._take_axiom(element)
        elif f"{OWL}Class" in kinds and element.about and not element.about.startswith(OWL):
            self._take_class(element)

    def _take_axiom(self, element: _Element) -> None:
        """A cross-reference is exact when the axiom about it names an equivalence as its source."""
        if element.first(f"{OWL}annotatedProperty") == _CROSS_REFERENCE and any(
            EQUIVALENT.search(value.said) for value in element.values if value.name == SOURCE
        ):
            target = element.first(f"{OWL}annotatedTarget")
            if target:
                self._exact.append((element.first(f"{OWL}annotatedSource"), target))

    def _take_class(self, element: _Element) -> None:
        draft = self._drafts.get(element.about)
        if draft is None:
            if len(self._drafts) >= self._limits.max_terms:
                raise OntologyError(f"more than {self._limits.max_terms} terms; import a smaller extract")
            draft = self._drafts[element.about] = TermDraft(element.line, compact(element.about))
        labels = [value for value in element.values if value.name == f"{RDFS}label" and value.text]
        for label in sorted(labels, key=lambda value: not _english(value)):
            if draft.label:
                draft.add("synonym", label.text)
            draft.label = draft.label or label.text
        for value in element.values:
            take(draft, value.name, value.said, is_address=bool(value.address))

    def _refuse(self, what: str) -> NoReturn:
        raise OntologyError(f"Invalid file line {self._parser.CurrentLineNumber}: {what}")


def _english(value: _Value) -> bool:
    return not value.language or value.language.casefold().startswith("en")
