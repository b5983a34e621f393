"""A draft's form as somebody types it."""

from typing import Any

from access.models import Request
from tests.access.builders import HEART_FAILURE

TYPED: dict[str, Any] = {
    "title": "Inherited heart failure",
    "lay_summary": "We look for causes.",
    "investigations": ["DUO:0000040"],
    "disease": [HEART_FAILURE],
    "countries": "FI, SE",
    "commercial": "no",
    "genetic": "unknown",
    "clinical_care": "no",
    "access_mode": "visit",
    "months": "24",
    "ethics_reference": "HEL-2026-114",
    "ethics_until": "2027-12-31",
    "agrees": ["PUB"],
}


def typed_into(request: Request, **changes: Any) -> dict[str, Any]:
    """The whole form on top of what is stored, with these changes; None leaves a field out."""
    request.refresh_from_db()
    given = TYPED | {"revision": str(request.revision)} | changes
    return {name: value for name, value in given.items() if value is not None}
