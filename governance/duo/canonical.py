"""The canonical form of a data use: what is hashed, stored as a profile, and compared.

Two data uses that mean the same under the loaded releases have one canonical form, derived anew for each.
"""

from governance.duo.data_use import DataUse
from governance.duo.modifiers import absorb, broadest, combine_repeated
from governance.duo.ontology import Ontologies
from governance.duo.reading import unique


def canonical(data_use: DataUse, ontologies: Ontologies, path: str = "data_use") -> DataUse:
    """The canonical form under these releases. Raises `Invalid` where a repeated term leaves nothing."""
    return DataUse(
        data_use.permission,
        broadest(data_use.diseases, ontologies),
        absorb(combine_repeated(enumerate(data_use.modifiers), ontologies, path)),
        unique(data_use.local),
    )
