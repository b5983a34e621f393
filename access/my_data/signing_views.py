"""Signing, stopping, their receipts and the history, with what they mean for the projects that have the person's data.

The pages are consent's; what they say of projects joins both sides, so their addresses are here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpResponse

from access.my_data.consequence_selectors import consequences_of
from access.my_data.pages import host_line, project_moments
from access.my_data.selectors import Out, uses_of
from consent.models import ConsentEvent, Participant
from consent.views import leaving, records
from consent.views import review as reviewing
from governance.views.signed_in import SignedIn


def review(request: SignedIn, participant: str, signed: bool = False) -> HttpResponse:
    """The review, with the projects that would keep or lose the data, or could get them."""
    return reviewing.review(request, participant, signed=signed, beside=_consequences)


def stop(request: SignedIn, participant: str) -> HttpResponse:
    """The stop page, with the projects that lose the data."""
    return leaving.stop(request, participant, beside=_consequences)


def receipt(request: SignedIn, participant: str, uuid: str) -> HttpResponse:
    """A receipt, with the projects that the event took the data out of, and who has confirmed it."""
    return records.receipt(request, participant, uuid, beside=_taken_out)


def history(request: SignedIn, participant: str) -> HttpResponse:
    """Everything that happened, to the consent and to the projects that had the data."""
    return records.history(request, participant, beside=_projects)


def _consequences(participant: Participant, profile: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    return {"consequences": consequences_of(participant, profile, now)}


def _projects(participant: Participant, now: datetime) -> Mapping[str, Any]:
    return {"others": project_moments(uses_of(participant, now))}


def _taken_out(participant: Participant, row: ConsentEvent, now: datetime) -> Mapping[str, Any]:
    left = [use for use in uses_of(participant, now) if use.out is Out.LEFT and use.until == row.recorded_at]
    return {"left": [(use, [host_line(one) for one in use.hosts]) for use in left]}
