"""Identifiers of ontology terms: compact ids (CURIEs) and the web addresses that stand for them.

Two ids are the same when their prefixes are, letter case ignored, and the rest is equal as written:
`mondo:0004992` is `MONDO:0004992`, and `ICD10WHO:C50` is not `ICD10CM:C50`.
"""

import re
from functools import lru_cache

_FOLDERS = {
    "purl.bioontology.org/ontology/": None,
    "identifiers.org/": None,
    "linkedlifedata.com/resource/umls/id/": "UMLS",
    "omim.org/entry/": "OMIM",
    "omim.org/phenotypicSeries/": "OMIMPS",
    "icd.who.int/browse10/": "ICD10WHO",
    "id.who.int/icd/entity/": "icd11.foundation",
    "snomed.info/id/": "SCTID",
    "ncit.nci.nih.gov/ncitbrowser/": "NCIT",
}
"""Where an address that is not `…/PREFIX_local` says its vocabulary; None: the next part of the path is the
prefix."""

_UNDERSCORED = re.compile(r"[/#]([A-Za-z][A-Za-z0-9.]*)_([A-Za-z0-9][A-Za-z0-9.\-]*)$")


@lru_cache(maxsize=256)
def _folded(prefix: str) -> str:
    return prefix.casefold()


def key(identifier: str) -> str:
    """What two spellings of one id share: the prefix in folded case, the rest as written."""
    prefix, colon, local = identifier.partition(":")
    return f"{_folded(prefix)}:{local}" if colon and len(prefix) <= 40 else identifier


def vocabulary(identifier: str) -> str:
    """The prefix in folded case: `mondo` for `MONDO:0004992`; empty when there is none."""
    prefix, colon, _ = identifier.partition(":")
    return prefix.casefold() if colon else ""


def compact(text: str) -> str:
    """The CURIE that a web address stands for; anything else comes back trimmed and unchanged."""
    text = text.strip().removeprefix("<").removesuffix(">")
    scheme, mark, address = text.partition("://")
    if not mark or scheme.casefold() not in ("http", "https"):
        return text
    address = address.removeprefix("www.")
    for folder, prefix in _FOLDERS.items():
        if address.startswith(folder):
            return _inside(address.removeprefix(folder), prefix) or text
    underscored = _UNDERSCORED.search(address)
    return f"{underscored[1]}:{underscored[2]}" if underscored else text


def _inside(rest: str, prefix: str | None) -> str | None:
    """The CURIE for what follows a known folder: `mesh/D001`, `mesh:D001`, `C50`, `2019/en#/C50`."""
    if prefix is not None:
        local = re.split(r"[/#?=]", rest)[-1]
        return f"{prefix}:{local}" if local else None
    if ":" in rest:
        return rest.rsplit("/", 1)[-1]
    first, slash, local = rest.partition("/")
    return f"{first}:{local}" if slash and first and local and "/" not in local else None
