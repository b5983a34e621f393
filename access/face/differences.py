"""What two versions of a request say differently: each thing by its label, as both have it."""

from typing import Any, Protocol

from django.utils.translation import gettext as _

from access.face.sentences import Stated, facts
from governance.duo.ontology import Ontologies


class Worded(Stated, Protocol):
    """A purpose with the words that go with it."""

    @property
    def title(self) -> Any: ...

    @property
    def lay_summary(self) -> Any: ...


def differences(old: Worded, new: Worded, ontologies: Ontologies) -> list[tuple[str, str, str]]:
    """What is not the same: what, in the old version, in the new one."""
    before, after = _said(old, ontologies), _said(new, ontologies)
    labels = dict.fromkeys([*after, *before])
    return [(one, before.get(one, "–"), after.get(one, "–")) for one in labels if before.get(one) != after.get(one)]


def _said(version: Worded, ontologies: Ontologies) -> dict[str, str]:
    said = {row.label: row.value for row in facts(version, ontologies)}
    return said | {_("Title"): version.title or "–", _("Summary for participants"): version.lay_summary or "–"}
