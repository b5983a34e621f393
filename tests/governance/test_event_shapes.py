"""The detail of an event has the shape of its kind: a missing, foreign or wrongly typed field is refused before it is kept."""

from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from governance.domain.event_shapes import SHAPES, faults, fields_of
from governance.domain.events import Kind, Subject
from governance.models import AuditEvent
from governance.record import audit
from tests.acting import TESTS


def test_every_kind_has_a_shape_and_every_shape_is_read() -> None:
    assert set(SHAPES) == set(Kind)
    assert all(len({one.name for one in fields_of(kind)}) == len(fields_of(kind)) for kind in Kind)


@pytest.mark.parametrize(
    ("detail", "wrong"),
    [
        ({"role": "chair", "to": "0f"}, []),
        ({"role": "chair"}, ["to is missing"]),
        ({"role": "chair", "to": "0f", "name": "Ada"}, ["name is no field of role.given"]),
        ({"role": 3, "to": "0f"}, ["role is no text"]),
    ],
)
def test_a_detail_is_held_against_the_shape_of_its_kind(detail: dict[str, Any], wrong: list[str]) -> None:
    assert faults(Kind.ROLE_GIVEN, detail) == wrong


@pytest.mark.parametrize(
    ("kind", "detail", "wrong"),
    [
        (Kind.KEYS_REWRAPPED, {"keys": True}, ["keys is no number"]),
        (Kind.REQUEST_DRAFTED, {"seal": "abc"}, ["seal is no hash"]),
        (Kind.REQUEST_DRAFTED, {"seal": "0" * 64}, []),
        (Kind.CLIENT_CONSENT_REMEMBERED, {"scopes": ["openid", 3]}, ["scopes is no texts"]),
        (Kind.INVITATION_REFUSED, {}, []),
        (Kind.INVITATION_REFUSED, {"invitation": None}, ["invitation is no number"]),
    ],
)
def test_numbers_hashes_and_lists_are_told_apart(kind: Kind, detail: dict[str, Any], wrong: list[str]) -> None:
    assert faults(kind, detail) == wrong


@pytest.mark.django_db
def test_what_has_not_the_shape_of_its_kind_is_not_recorded() -> None:
    with pytest.raises(ValueError, match=r"role\.given is not as declared: to is missing"), transaction.atomic():
        audit.record(
            Kind.ROLE_GIVEN, by=TESTS, about=Subject("committee", "x"), now=timezone.now(), detail={"role": "chair"}
        )

    assert not AuditEvent.objects.exists()
