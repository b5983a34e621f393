"""Signing, stopping and their receipts, with what they mean for the projects that have the person's data.

The pages are consent's; what they say of projects joins both sides, so their addresses are here.
"""

from django.http import HttpRequest, HttpResponse

from consent.views import leaving, records
from consent.views import review as reviewing


def review(request: HttpRequest, programme: str, signed: bool = False) -> HttpResponse:
    """The review, with the projects that would keep, lose or ask for the data."""
    return reviewing.review(request, programme, signed=signed)


def stop(request: HttpRequest, programme: str) -> HttpResponse:
    """The stop page, with the projects that lose the data."""
    return leaving.stop(request, programme)


def receipt(request: HttpRequest, programme: str, uuid: str) -> HttpResponse:
    """A receipt, with the projects that the event took the data out of, and who has confirmed it."""
    return records.receipt(request, programme, uuid)
