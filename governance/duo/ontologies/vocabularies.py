"""Vocabularies with several names: which prefixes and which web addresses mean the same list of terms.

Sources: the vocabularies' own pages, the Bioregistry (bioregistry.io, CC0; synonyms and address forms as of
0.15), identifiers.org, and what MONDO, the Disease Ontology and Orphanet write in their files. Only names of
one and the same list stand together. ICD10, ICD10WHO, ICD10CM and ICD-11 do not: they are several lists, and
files have written the bare `ICD10` for more than one of them.
"""

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One list of terms. `name` is the prefix that we write, `also` the others in use, in any letter case.

    `addresses` are where the address of a term begins, without scheme and `www.`; `local` is how its ids
    look there, because some pages serve numbers of other kinds under the same address, and after an underscore.
    """

    name: str
    also: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    local: str = r"[A-Za-z0-9][A-Za-z0-9.\-]*"


VOCABULARIES = (
    Vocabulary("MONDO", addresses=("search.clinicalgenome.org/kb/conditions/MONDO:",), local=r"\d{7}"),
    Vocabulary(
        "DOID",
        ("DO",),
        ("disease-ontology.org/term/DOID:", "disease-ontology.org/term/", "disease-ontology.org/?id=DOID:"),
        r"\d+",
    ),
    Vocabulary("HP", ("HPO",), ("hpo.jax.org/app/browse/term/HP:", "hpo.jax.org/browse/term/HP:"), r"\d{7}"),
    Vocabulary("EFO", local=r"\d{7}"),
    # Orphanet's own files say Orphanet and ORDO, its site, phenopackets and the HPO ORPHA, the Disease Ontology ORDO.
    Vocabulary(
        "Orphanet",
        ("ORPHA", "ORDO", "ORPHANET.ORDO", "ORPHAcode"),
        ("orpha.net/ORDO/Orphanet_", "orpha.net/en/disease/detail/", "orpha.net/consor/cgi-bin/OC_Exp.php?"),
        r"C?\d+",
    ),
    # Phenotypic series are a list beside the entries, with the mark PS in front of the number or without it.
    Vocabulary(
        "OMIMPS",
        ("OMIM.PS", "MIM.PS", "MIMPS"),
        ("omim.org/phenotypicSeries/", "omim.org/MIM:PS", "omim.org/OMIM:PS", "omim.org/entry/PS"),
        r"(?:PS)?\d+",
    ),
    Vocabulary(
        "OMIM",
        ("MIM",),
        (
            "omim.org/entry/",
            "omim.org/MIM:",
            "omim.org/OMIM:",
            "mirror.omim.org/entry/",
            "purl.org/mim/MIM:",
            "ncbi.nlm.nih.gov/omim/",
        ),
        r"(?:PS)?\d+",
    ),
    Vocabulary(
        "SCTID",
        ("SNOMEDCT", "SNOMEDCT_US", "SNOMED_CT", "SNOMED"),
        ("snomed.info/id/", "browser.ihtsdotools.org/?perspective=full&conceptId1="),
        r"\d{6,18}",
    ),
    Vocabulary(
        "MESH",
        ("MSH",),
        ("id.nlm.nih.gov/mesh/", "meshb.nlm.nih.gov/record/ui?ui=", "ncbi.nlm.nih.gov/mesh/"),
        r"[CDQ]\d{6,9}",
    ),
    Vocabulary(
        "UMLS",
        ("UMLS_CUI", "UMLS.CUI"),
        ("uts.nlm.nih.gov/uts/umls/concept/", "linkedlifedata.com/resource/umls/id/"),
        r"C\d+",
    ),
    Vocabulary("MEDGEN", ("MEDGEN.UID",), ("ncbi.nlm.nih.gov/medgen/",), r"(?:CN|C)?\d+"),
    Vocabulary(
        "NCIT",
        ("NCI", "NCI_Thesaurus", "NCIThesaurus"),
        (
            "ncit.nci.nih.gov/ncitbrowser/",
            "evsexplore.semantics.cancer.gov/evsexplore/concept/ncit/",
            "ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl#",
        ),
        r"[CRPA]\d+",
    ),
    Vocabulary("ICD10WHO", addresses=("icd.who.int/browse10/",), local=r"[A-Z]\d\d(?:\.\d+)?(?:-[A-Z]\d\d)?"),
    Vocabulary("icd11.foundation", addresses=("id.who.int/icd/entity/",), local=r"\d+"),
)

_RELEASE_IN_PREFIX = re.compile(r"_(?:19|20)\d\d(?:_\d{1,2}_\d{1,2})?$")
"""Some files write the release into the prefix: SNOMEDCT_US_2025_09_01, ICD9CM_2006."""

_BY_PREFIX = {prefix.casefold(): one.name for one in VOCABULARIES for prefix in (one.name, *one.also)}
_LOCALS = {one.name: re.compile(one.local) for one in VOCABULARIES}
_ADDRESSES = tuple(
    (start, one.name, re.compile(rf"(?:.*?[/#=])?({one.local})/?(?:[?#&].*)?", re.DOTALL))
    for one in VOCABULARIES
    for start in one.addresses
)


@lru_cache(maxsize=1024)
def vocabulary_name(prefix: str) -> str:
    """The name that we write for the vocabulary of this prefix; the prefix without a release where we have none."""
    bare = _RELEASE_IN_PREFIX.sub("", prefix)
    return _BY_PREFIX.get(bare.casefold(), bare)


def is_named(prefix: str) -> bool:
    """Is this prefix one of the table's."""
    return vocabulary_name(prefix) in _LOCALS


def names_term(prefix: str, local: str) -> bool:
    """Is this prefix one of the table's, and does the rest look as its ids do."""
    pattern = _LOCALS.get(vocabulary_name(prefix))
    return pattern is not None and pattern.fullmatch(local) is not None


def at_address(address: str) -> str | None:
    """The id of the term at an address without scheme and `www.`; None for an address that is none of the table's."""
    for start, name, rest in _ADDRESSES:
        found = rest.fullmatch(address, len(start)) if address.startswith(start) else None
        if found:
            return f"{name}:{found[1]}"
    return None
