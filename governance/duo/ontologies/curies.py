"""Identifiers of ontology terms: compact ids (CURIEs) and the web addresses that stand for them.

Two ids are the same when their prefixes name the same vocabulary (`vocabularies.py`, letter case ignored) and
the rest is equal as written: `mondo:0004992` is `MONDO:0004992`, `ORPHA:558` is `Orphanet:558`, and
`ICD10WHO:C50` is not `ICD10CM:C50`.
"""

import re
from functools import lru_cache

from governance.duo.ontologies.vocabularies import at_address, is_named, names_term, vocabulary_name

_PREFIXED = ("purl.bioontology.org/ontology/", "identifiers.org/")
"""Addresses whose next part is the prefix: `…/mesh/D001`, `…/mesh:D001`."""

_LONGEST_PREFIX = 40
_UNDERSCORED = re.compile(r"([A-Za-z][A-Za-z0-9.]*(?:_[A-Za-z]+)*)_((?=[^_]*\d)[A-Za-z0-9][A-Za-z0-9.\-]*)")
"""`MONDO_0004992`, `UMLS_CUI_C01`: what follows the last underscore holds a digit, or it is a word of a text."""

_AT_END = re.compile(rf"[/#]{_UNDERSCORED.pattern}$")
_ONTOLOGY_FRAGMENT = re.compile(r"purl\.obolibrary\.org/obo/[A-Za-z]+#")
"""`…/obo/mondo#disease_triad` is an id without a prefix (OBO 1.4, 5.9.3): nothing in it is one."""


def key(identifier: str) -> str:
    """What two spellings of one id share: its vocabulary in folded case, the rest as written."""
    prefix, local = _parted(identifier)
    return f"{_folded(prefix)}:{local}" if prefix else local


@lru_cache(maxsize=65_536)
def vocabulary(identifier: str) -> str:
    """The vocabulary in folded case: `mondo` for `MONDO:0004992`; empty when there is none."""
    return _folded(_parted(identifier)[0])


def canonical_spelling(identifier: str) -> str:
    """One spelling for all of one id, for ids that no release spells; a text that is no id stays as it is."""
    if ":" not in identifier:
        return identifier
    prefix, local = _parted(identifier)
    name = vocabulary_name(prefix)
    return f"{name if is_named(prefix) else name.upper()}:{local}" if prefix else identifier


def compact(text: str) -> str:
    """The CURIE that a web address or a name with an underscore stands for; anything else comes back trimmed."""
    text = text.strip().removeprefix("<").removesuffix(">")
    scheme, mark, address = text.partition("://")
    if not mark:
        return ("_" in text and _from_underscored(text.removeprefix("obo:"))) or text
    if scheme.casefold() not in ("http", "https"):
        return text
    address = address.removeprefix("www.")
    for folder in _PREFIXED:
        if address.startswith(folder):
            return _inside(address.removeprefix(folder)) or text
    underscored = None if _ONTOLOGY_FRAGMENT.match(address) else _AT_END.search(address)
    return at_address(address) or (f"{underscored[1]}:{underscored[2]}" if underscored else text)


def folded_name(prefix: str) -> str:
    """A vocabulary's name, or any of its names, as `vocabulary` says it."""
    return _folded(prefix)


@lru_cache(maxsize=1024)
def _folded(prefix: str) -> str:
    return vocabulary_name(prefix).casefold()


def _parted(identifier: str) -> tuple[str, str]:
    """Prefix and the rest of an id; an empty prefix when it has none.

    The mark PS of a phenotypic series, which some write as an entry of OMIM, becomes the series' own prefix.
    """
    prefix, colon, local = identifier.partition(":")
    if not colon:
        underscored = _UNDERSCORED.fullmatch(identifier)
        if underscored is None:
            return "", identifier
        prefix, local = underscored[1], underscored[2]
    if not prefix or len(prefix) > _LONGEST_PREFIX or local.startswith("//") or " " in identifier:
        return "", identifier
    if local.startswith("PS") and _folded(prefix) in ("omim", "omimps"):
        return "OMIMPS", local[2:]
    return prefix, local


def _from_underscored(text: str) -> str | None:
    """`MONDO_0004992` as a CURIE, where the table says that it is an id: other texts may have underscores."""
    underscored = _UNDERSCORED.fullmatch(text)
    return f"{underscored[1]}:{underscored[2]}" if underscored and names_term(*underscored.groups()) else None


def _inside(rest: str) -> str | None:
    """The CURIE for what follows a known folder: `mesh/D001`, `mesh:D001`, and with the prefix twice."""
    if ":" in rest:
        curie = rest.rsplit("/", 1)[-1]
        return _from_underscored(curie.partition(":")[2]) or curie
    first, slash, local = rest.partition("/")
    if not slash or not first or not local or "/" in local:
        return None
    return _from_underscored(local) or f"{first}:{local}"
