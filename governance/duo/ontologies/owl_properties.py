"""What the properties of a class in OWL say of a term: the same in RDF/XML and in obographs."""

from governance.duo.ontologies.curies import compact
from governance.duo.ontologies.release_builder import EXACT_MATCH, REPLACED_BY, TermDraft

RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
OBO_IN_OWL = "http://www.geneontology.org/formats/oboInOwl#"
SOURCE = f"{OBO_IN_OWL}source"
"""Where an axiom about a cross-reference comes from: `MONDO:equivalentTo` makes it exact."""

_SYNONYMS = frozenset(
    [f"{OBO_IN_OWL}has{scope}Synonym" for scope in ("Exact", "Related", "Broad", "Narrow")]
    + ["http://www.w3.org/2004/02/skos/core#altLabel", "http://www.ebi.ac.uk/efo/alternative_term"]
)


def take(draft: TermDraft, name: str, said: str, *, is_address: bool) -> None:
    """What one property says of a term; those that say nothing we keep are passed over."""
    if not said:
        return
    if name in _SYNONYMS:
        draft.add("synonym", " ".join(said.split()))
    elif name == f"{RDFS}subClassOf" and is_address:
        if not said.startswith(OWL):
            draft.add("is_a", compact(said))
    elif name == f"{OWL}deprecated":
        draft.obsolete = said.casefold() in ("true", "1")
    elif name == f"{OBO_IN_OWL}hasAlternativeId":
        draft.add("alt_id", compact(said))
    elif compact(name) == REPLACED_BY:
        draft.add("replaced_by", compact(said))
    elif EXACT_MATCH.search(name) or (name == f"{OWL}equivalentClass" and is_address):
        draft.add("exact", compact(said))
