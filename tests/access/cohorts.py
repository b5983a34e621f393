"""Participants for the datasets of the access side, through the consent services."""

from consent.models import Participant
from consent.services import memberships
from governance.models import Dataset
from tests.acting import TESTS
from tests.consent import builders as consent


def members(of: consent.World, dataset: Dataset, *answers: dict | None) -> list[Participant]:
    """One participant for each set of answers (None: enrolled, never answered), all members of the dataset."""
    made = []
    for number, given in enumerate(answers):
        account = consent.person(f"{dataset.slug}-member{number}") if given is not None else None
        participant = consent.enrol(of, account)
        if given is not None:
            consent.answer(participant, of, given)
        memberships.add(participant=participant, dataset=dataset, by=TESTS, now=consent.NOW)
        made.append(participant)
    dataset.refresh_from_db()
    return made
