"""Real datasets for the demo's catalogue: a small file of facts, brought in by the import that everybody uses."""

from datetime import datetime
from pathlib import Path

from governance.domain.errors import Invalid
from governance.imports.files import read_content
from governance.models import Committee, DatasetProposal, Organisation, User
from governance.selectors.ontology import active_ontologies
from governance.services.imports import RowResult, import_datasets
from governance.services.proposals import settle_proposal

FILE = Path(__file__).resolve().parents[1] / "data" / "real_catalogue.tsv"
EVIDENCE = "the long name that the catalogue publishes beside the code"


def seed_real_catalogue(
    *, organisation: Organisation, committee: Committee, by: User, now: datetime
) -> list[RowResult]:
    """Import the file for this organisation, whose steward `by` settles the proposals that the file has an answer for."""
    lines = FILE.read_text("utf-8").splitlines(keepends=True)
    content = "".join(line for line in lines if not line.startswith("#")).encode()
    file = read_content(content, "dbgap", active_ontologies())
    results = import_datasets(file=file, organisation=organisation, committee=committee, by=by, now=now)
    refused = [f"{result.name}: {result.reason}" for result in results if result.status == "rejected"]
    if refused:
        raise Invalid(f"the real catalogue does not enter: {'; '.join(refused)}")
    answers = {row.name: str(row.source["disease"]) for row in file.rows if row.source["disease"]}
    for proposal in DatasetProposal.objects.filter(
        dataset__organisation=organisation, dataset__source_name__in=answers, state=DatasetProposal.State.OPEN
    ).select_related("dataset"):
        disease = answers[proposal.dataset.source_name]
        settle_proposal(proposal=proposal, diseases=[disease], by=by, now=now, reason=EVIDENCE)
    return results
