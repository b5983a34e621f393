"""The clock and the small worlds that several files of tests share."""

from collections.abc import Iterator

import pytest
import time_machine

from access.models import Request
from access.requests import services as requests
from governance.imports.files import read_content
from governance.selectors.ontology import active_ontologies
from governance.services.imports import import_datasets
from tests.access.builders import DS_HEART, DS_SUGAR, NOW, World, dataset
from tests.access.builders import world as world_of_a_committee
from tests.access.operated import Operated, operated
from tests.acting import TESTS
from tests.worlds import made_once


@pytest.fixture
def _on_the_day() -> Iterator[None]:
    """Pages read the clock: stop it on the world's day."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def of() -> Operated:
    """One active grant at an enforcing and at a download host, and who operates both."""
    return operated()


@pytest.fixture
@made_once
def lake(db: None) -> World:
    """Three datasets in one committee: general research, hearts only, diabetes only; and one that is not settled."""
    made = world_of_a_committee()
    dataset("failing", made.committee, DS_HEART, data_types=["exome"], participants_declared=1497)
    dataset("sugar", made.committee, DS_SUGAR, participants_declared=7)
    file = read_content(
        b"name\tdata_use_restriction\tphs_id\nNobody knows\tDS-XYZ\tphs000123\n", "dbgap", active_ontologies()
    )
    import_datasets(file=file, organisation=None, committee=made.committee, by=TESTS, now=NOW)
    return made


@pytest.fixture
def world() -> World:
    """One committee with every seat, one dataset, and a researcher of another institution."""
    return world_of_a_committee()


@pytest.fixture
def draft(world: World) -> Request:
    """What the researcher has begun for the world's dataset: nothing is typed yet."""
    return requests.create_draft(by=world.ada, now=NOW, dataset=world.dataset)
