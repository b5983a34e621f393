"""The researcher's and the committees' side of the demo world: one grant, and one request under review."""

from datetime import timedelta
from typing import Any

from access.cases import services as cases
from access.committees import terms_services as terms
from access.demo.state import World
from access.models import Case, Grant, Line, Request
from access.requests import services as requests

PURPOSE: dict[str, Any] = {
    "investigations": ["DUO:0000040", "DUO:0000038"],
    "diseases": ["MONDO:0005252", "MONDO:0005021"],
    "clinical_care": False,
    "commercial": False,
    "countries": ["FI", "SE", "NO"],
    "ethics_approval": {"reference": "SAI-2026-114", "valid_until": None},
    "months": 24,
    "agrees": ["DUO:0000029", "DUO:0000019"],
    "access_mode": "visit",
}


def make_grant(world: World) -> None:
    """Ada's first request, which was approved."""
    first = _submit(
        world, "Why does heart failure run in some families?",
        "Some families have weak hearts for generations. We read the genes of many people to find out why, so that "
        "children can be checked early.",
        ["lakeland-hearts"], days=60,
    )  # fmt: skip
    _decide(world, first, days=52)


def make_request(world: World) -> None:
    """Ada's next request, which is under review."""
    _submit(
        world, "Inherited heart failure: the next stage",
        "We found genes that make hearts weak. Now we want to see whether the same genes matter for mothers, and for people "
        "with rare heart disease.",
        ["lakeland-hearts", "lakeland-births", "saimaa-rare-hearts", "costa-verde-diabetes"], days=6,
        without=["DUO:0000029"],
    )  # fmt: skip
    for line in Line.objects.filter(case__request__title__startswith="Inherited", case__committee__slug="lakeland-dac"):
        cases.take_into_review(line=line, by=world.people["sam"], now=world.ago(5))
    hearts = Line.objects.get(case__request__title__startswith="Inherited", dataset_version__accession="LLB-0003")
    cases.vote(
        line=hearts, choice="approve", reason="Fits what people agreed to. Ask for results back.",
        by=world.people["mei"], now=world.ago(4),
    )  # fmt: skip
    case = Case.objects.get(pk=hearts.case_id)
    cases.write_to_applicant(
        case=case, text="Will you return what you find, as people asked?", by=world.people["mei"], now=world.ago(4)
    )
    cases.write_to_committee(
        case=case, text="Yes, we will add that undertaking.", by=world.people["ada"], now=world.ago(3)
    )


def _submit(
    world: World, title: str, lay_summary: str, names: list[str], *, days: float, without: list[str] | None = None
) -> Request:
    ada = world.people["ada"]
    then = world.ago(days)
    request = requests.create_draft(by=ada, now=then, title=title)
    for name in names:
        request = requests.add_dataset(request=request, dataset=world.datasets[name], by=ada, now=then)
    purpose = PURPOSE | {
        "agrees": [term for term in PURPOSE["agrees"] if term not in (without or [])],
        "ethics_approval": {
            "reference": "SAI-2026-114", "valid_until": (world.now + timedelta(days=400)).date().isoformat(),
        },
    }  # fmt: skip
    request = requests.save(
        request=request,
        title=title,
        lay_summary=lay_summary,
        purpose=purpose,
        revision=request.revision,
        by=ada,
        now=then,
    )
    for committee in {world.datasets[name].committee for name in names}:
        assert committee is not None, "a dataset of the demo has its committee"
        text = committee.terms.order_by("-number").first()
        assert text is not None, "a committee of the demo has terms"
        terms.accept_terms(terms=text, sha256=text.sha256, by=ada, now=then)
    return requests.submit(request=request, by=ada, now=then)


def _decide(world: World, request: Request, *, days: float) -> Grant:
    line = Line.objects.get(case__request=request)
    then = world.ago(days)
    cases.take_into_review(line=line, by=world.people["sam"], now=then)
    for username in ("chidi", "mei", "rosa"):
        cases.vote(
            line=line, choice="approve", reason="This is what people agreed to.", by=world.people[username], now=then
        )
    return cases.approve(line=line, by=world.people["chidi"], now=then, months=24)
