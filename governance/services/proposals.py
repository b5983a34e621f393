"""What an import could not decide: a steward names the disease, or says why nobody can."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from governance import audit, policies
from governance.domain.errors import Conflict, Invalid
from governance.domain.events import Kind, Subject
from governance.domain.roles import Role
from governance.models import Dataset, DatasetProposal, User
from governance.selectors.ontology import active_ontologies
from governance.services.datasets import label_dataset, valid_label

State = DatasetProposal.State


@transaction.atomic
def settle_proposal(
    *, proposal: DatasetProposal, diseases: Sequence[str] | None, by: User, now: datetime, reason: str
) -> DatasetProposal:
    """Label the dataset with these diseases, or reject the proposal (None): the dataset stays without a label.

    Only a steward of the dataset's organisation may; the reason is kept as the label's evidence.
    """
    locked = DatasetProposal.objects.select_for_update().get(pk=proposal.pk)
    dataset = Dataset.objects.select_related("organisation").get(pk=locked.dataset_id)
    policies.require(by, Role.STEWARD, dataset.organisation)
    if locked.state != State.OPEN:
        raise Conflict(f"the proposal for {dataset.title} is settled already: it was {locked.state}")
    if not reason.strip():
        raise Invalid("say why: a label needs its evidence", {"reason": "say why"})
    if diseases is None:
        locked.state = State.REJECTED
    else:
        label_dataset(dataset=dataset, data_use=_label(locked, diseases), evidence=reason.strip(), by=by, now=now)
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


def _label(proposal: DatasetProposal, diseases: Sequence[str]) -> dict[str, object]:
    ontologies = active_ontologies()
    for disease in diseases:
        if ontologies.resolve(disease).problem is not None:
            message = f"no loaded ontology knows {disease} for certain: choose a term by search"
            raise Invalid(message, {"diseases": message})
    label = valid_label({**proposal.data_use, "diseases": sorted(set(diseases))})
    assert label is not None
    return label
