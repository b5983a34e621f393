"""What each person of the journey does, on the pages that they would use."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from access.journey.visitor import Stuck, VisitedPage, Visitor

ANSWERS: dict[str, Any] = {
    "take_part": "yes",
    "sample_storage": "yes",
    "research_scope": "health",
    "commercial_use": "no",
    "repository": "yes",
    "open_summary": "no",
    "record_access": "no",
    "results_wanted": {"actionable": "yes", "not_treatable": "no", "carrier": "no"},
    "results_designate": "nobody",
    "recontact": ["none"],
    "audio": "no",
}
DATASET = "rehearsal-genomes"
_QUESTION = re.compile(r"/questions/([a-z0-9_-]+)/$")
_MOST_QUESTIONS = 40


@dataclass
class JourneyParticipant:
    """Somebody with a letter that holds a code."""

    visitor: Visitor
    code: str
    date_of_birth: str

    def consent(self) -> None:
        """Join with the code, answer each question, review, sign."""
        page = self.visitor.open("/join/")
        page = self.visitor.submit(
            page, page.form(has=["code"]), {"code": self.code, "date_of_birth": self.date_of_birth}
        )
        if "/consent/" not in page.path:
            raise Stuck("the code and the date of birth did not open a place in the programme")
        self.place = page.path
        page = self.visitor.open(f"{self.place}questions/take_part/")
        for _ in range(_MOST_QUESTIONS):
            asked = _QUESTION.search(page.path)
            if asked is None:
                break
            page = self.visitor.submit(page, page.form(has=["then"]), _fields(ANSWERS[asked.group(1)]))
        page = self.visitor.open(f"{self.place}review/")
        page = self.visitor.submit(page, page.form(has=["ok"]), {"ok": "on"})
        if "/receipts/" not in page.path:
            raise Stuck(f"signing led to {page.path}, not to a receipt")

    def withdraw(self) -> None:
        """Stop the use of one's data: tick, press once."""
        page = self.visitor.open(f"{self.place}stop/")
        page = self.visitor.submit(page, page.form(has=["axes"]), {"axes": ["no_use"]})
        if "/receipts/" not in page.path:
            raise Stuck(f"stopping led to {page.path}, not to a receipt")


def _fields(answer: object) -> Mapping[str, str | Sequence[str]]:
    if isinstance(answer, dict):
        return {f"row-{row}": value for row, value in answer.items()}
    return {"answer": answer}  # type: ignore[dict-item]


@dataclass
class Researcher:
    """Somebody who asks for data."""

    visitor: Visitor

    def ask(self, title: str) -> str:
        """Write a request for the rehearsal dataset, see the matcher's answer, accept the terms, submit."""
        page = self.visitor.open(f"/requests/new?dataset={DATASET}")
        page = self.visitor.submit(page, page.form(action="/requests/new"), {})
        self.number = page.path.split("/")[2]
        purpose = {
            "title": title,
            "lay_summary": "We read genes to learn why hearts grow weak. This is a rehearsal.",
            "investigations": ["DUO:0000040"],
            "disease": ["MONDO:0005252"],
            "countries": "FI",
            "commercial": "no",
            "clinical_care": "no",
            "access_mode": "download",
            "months": "12",
            "ethics_reference": "RHS-2026-1",
            "ethics_until": "2099-12-31",
        }
        page = self.visitor.submit(page, page.form(has=["lay_summary"]), purpose, press=("then", "review"))
        if not page.path.endswith("/review"):
            raise Stuck(f"the purpose form led to {page.path}, not to the review")
        self.panel = page.text
        form = next(one for one in page.forms if any(name.startswith("terms_") for name in one.names))
        ticked = {name: value for name, value in _boxes(page) if name.startswith("terms_")}
        page = self.visitor.submit(page, form, ticked)
        if page.path != f"/requests/{self.number}":
            raise Stuck(f"submitting led to {page.path}")
        return self.number


_BOX = re.compile(r"<input[^>]*type=\"checkbox\"[^>]*>")


def _boxes(page: VisitedPage) -> list[tuple[str, str]]:
    found = []
    for tag in _BOX.findall(page.text):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found.append((name.group(1), value.group(1) if value else "on"))
    return found


@dataclass
class Judge:
    """Somebody with a seat on the committee."""

    visitor: Visitor

    def find_case(self, title: str) -> str:
        """The case of a request, as the queue shows it."""
        page = self.visitor.open("/queue/")
        found = re.search(r'href="(/cases/[A-Z0-9-]+)"[^>]*>\s*(?:<[^>]*>\s*)*' + re.escape(title), page.text)
        if found is None:
            raise Stuck(f"the committee's queue does not show {title!r}")
        return found.group(1)

    def act(self, case: str, action: str, values: Mapping[str, str | Sequence[str]]) -> VisitedPage:
        """Press what the case page offers for its line; a decision has a page of its own."""
        page = self.visitor.open(case)
        own = re.search(rf'href="({re.escape(case)}/lines/\d+/{action})"', page.text)
        if own is not None:
            page = self.visitor.open(own.group(1))
        return self.visitor.submit(page, page.form(action=f"/{action}"), values)

    def revoke(self, grant: str) -> None:
        """End the grant as its committee."""
        page = self.visitor.open(f"/grants/{grant}/end")
        self.visitor.submit(page, page.form(action="/end"), {"note": "The rehearsal is over."})
