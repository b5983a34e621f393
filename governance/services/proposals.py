"""What an import could not decide: a steward gives what is missing, or says why nobody can."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from governance import policies
from governance.domain.errors import Conflict, Invalid
from governance.domain.events import Kind, Subject
from governance.domain.roles import Role
from governance.duo import terms
from governance.models import Dataset, DatasetProposal, User
from governance.record import audit
from governance.selectors.ontology import active_ontologies
from governance.services.datasets import label_dataset, valid_label

State = DatasetProposal.State


@transaction.atomic
def settle_proposal(
    *,
    proposal: DatasetProposal,
    diseases: Sequence[str] | None,
    by: User,
    now: datetime,
    reason: str,
    permission: str | None = None,
    modifiers: Sequence[str | Mapping[str, Any]] = (),
) -> DatasetProposal:
    """Label the dataset with what was missing, or reject the proposal (`diseases` None): it stays without a label.

    `diseases` are those that the catalogue did not name by a known id; the proposal's own stay. `permission` is given where
    the catalogue names none or several. Each of `modifiers` takes the place of the same term without its value, or comes to
    the others: nothing that the catalogue says is lost by settling. Only a steward of the dataset's organisation may; the
    reason is kept as the label's evidence.
    """
    locked = DatasetProposal.objects.select_for_update(no_key=True).get(pk=proposal.pk)
    dataset = Dataset.objects.select_related("organisation").get(pk=locked.dataset_id)
    policies.require(by, Role.STEWARD, dataset.organisation)
    if locked.state != State.OPEN:
        raise Conflict(f"the proposal for {dataset.title} is settled already: it was {locked.state}")
    if not reason.strip():
        raise Invalid("say why: a label needs its evidence", {"reason": "say why"})
    if diseases is None:
        locked.state = State.REJECTED
    else:
        label = _label(locked.data_use, diseases, permission, modifiers)
        label_dataset(dataset=dataset, data_use=label, evidence=reason.strip(), by=by, now=now)
        locked.state = State.ACCEPTED
    locked.settled_at, locked.settled_by, locked.reason = now, by, reason.strip()[:500]
    locked.save(update_fields=["state", "settled_at", "settled_by", "reason"])
    audit.record(
        Kind.PROPOSAL_SETTLED,
        by=by,
        about=Subject("dataset", dataset.slug),
        now=now,
        detail={"state": locked.state, "diseases": list(diseases or ())},
    )
    return locked


def _label(
    proposed: Mapping[str, Any],
    diseases: Sequence[str],
    permission: str | None,
    modifiers: Sequence[str | Mapping[str, Any]],
) -> dict[str, Any]:
    ontologies = active_ontologies()
    for disease in diseases:
        if ontologies.resolve(disease).problem is not None:
            message = f"no loaded ontology knows {disease} for certain: choose a term by search"
            raise Invalid(message, {"diseases": message})
    if permission is not None and proposed.get("permission") is not None:
        message = "the catalogue names the permission: relabel the dataset where that is wrong"
        raise Invalid(message, {"permission": message})
    given = {_term(one) for one in modifiers}
    label = valid_label(
        {
            **proposed,
            "permission": proposed.get("permission") or permission,
            "diseases": sorted({*proposed.get("diseases", ()), *diseases}),
            "modifiers": [
                *(one for one in proposed["modifiers"] if not isinstance(one, str) or one not in given),
                *modifiers,
            ],
        }
    )
    assert label is not None
    return label


def _term(modifier: str | Mapping[str, Any]) -> str:
    """The id of the term that a modifier names; what it writes where that is none, which the kernel then refuses."""
    written = str(modifier.get("term", "") if isinstance(modifier, Mapping) else modifier)
    term = terms.find(written)
    return term.id if term else written
