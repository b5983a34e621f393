"""What was promised is told as promised, with the day by which it is due; what is met stays met in the kernel."""

from typing import Any

import pytest

from access.cases import services as cases
from tests.access import builders
from tests.access.builders import NOW
from tests.access.granted import granted
from tests.accounts import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_on_the_day")]
LABEL: dict[str, Any] = {
    "permission": "HMB",
    "modifiers": ["PUB", "IRB", {"term": "MOR", "until": "2027-03-01"}, {"term": "TS", "months": 24}],
    "local": ["no-reidentification"],
}
AGREES = ["PUB", "MOR", "no-reidentification"]


def _told(page: str, label: str) -> str:
    """What stands in the row of an obligation."""
    row = page[page.index('id="obligations"') :].split(label, 1)[1].split("</li>", 1)[0]
    return " ".join(row.replace("<", " <").split())


def test_a_grant_tells_promises_as_promised_and_when_they_are_due() -> None:
    world = builders.world(LABEL)
    line = builders.voted(world, "approve", "approve", agrees=AGREES)
    grant = cases.approve(line=line, by=world.chair, now=NOW)

    page = signed_in(world.ada).get(f"/grants/{grant.number}").content.decode()

    told = {label: _told(page, label) for label in ("Publish", "Wait to publish", "Never identify", "Ethics approval")}
    assert "due by 17 November 2028, the last day of the grant" in told["Publish"]
    assert "nothing is published until after 1 March 2027" in told["Wait to publish"]
    assert "for as long as there are data to be kept" in told["Never identify"]
    assert [("Promised" in row, "Met" in row) for row in told.values()] == [(True, False)] * 3 + [(False, True)]
    assert {one["term"]: one["status"] for one in grant.obligations}["DUO:0000019"] == "met"


def test_the_case_and_the_participants_page_say_promised_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(builders.PURPOSE, "agrees", ["PUB"])
    of = granted({"permission": "HMB", "modifiers": ["PUB"]})

    case = signed_in(of.access.chair).get(f"/cases/{of.access.case().number}").content.decode()
    mine = signed_in(of.participants[0].account).get("/my-data/").content.decode()

    row = case[case.index("PUB-1") :].split("</tr>", 1)[0]
    assert "Promised" in row
    assert "Met" not in row
    assert "The project promised to tell the world what it finds." in mine
    before = mine[: mine.index("The project promised to tell the world")]
    assert before.rsplit('class="hush"', 1)[1].startswith(">Promised:")
