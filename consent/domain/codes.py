"""The Data Use Ontology ids that a form may map answers to, and which way each one turns."""

from governance.duo.local_terms import LOCAL_TERMS
from governance.duo.terms import COL, DS, GRU, HMB, NRES, PARAMETER, POA, TERMS, TermKind

PERMISSIONS = (NRES, GRU, HMB, DS, POA)
SHORT = {term.id: term.shorthand or term.id for term in TERMS}
MODIFIERS = frozenset(term.id for term in TERMS if term.kind is TermKind.MODIFIER)

COVERS = {
    NRES: frozenset(PERMISSIONS),
    GRU: frozenset({GRU, HMB, DS, POA}),
    HMB: frozenset({HMB, DS}),
    DS: frozenset({DS}),
    POA: frozenset({POA}),
}
"""What each permission is at least as wide as (matching.md, "Permission rules")."""

PARAMETERS = {term: name for term, name in PARAMETER.items() if name}
"""The parameter that each term takes; every one but COL's investigators must be given."""

OPTIONAL_PARAMETER = frozenset({COL})

DATA_USE_LOCALS = frozenset(LOCAL_TERMS)
"""The local terms that the matcher knows; a form may use no other as a data-use term."""
