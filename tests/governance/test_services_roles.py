"""Roles: given on the right kind of object, never by oneself, and an administrator judges nothing."""

import pytest
from django.db import models

from governance import policies
from governance.domain.errors import Invalid, NotAllowed
from governance.domain.roles import ROLES, Role, Scope
from governance.models import AuditEvent, Committee, User
from governance.record.actors import By
from governance.services import roles
from tests.access.builders import NOW, committee, organisation, person
from tests.acting import TESTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def lakeland() -> Committee:
    return committee("lakeland", organisation("lakeland"))


def give(role: Role, on: models.Model | None, to: User, by: By = TESTS) -> None:
    roles.give_role(role=role, on=on, to=to, by=by, now=NOW)


def test_a_role_opens_what_it_is_for_and_nothing_beside_it(lakeland: Committee) -> None:
    chidi, other = person("chidi"), committee("other", organisation("other"))

    give(Role.CHAIR, lakeland, chidi)

    assert policies.holds(chidi, Role.CHAIR, lakeland)
    assert not policies.holds(chidi, Role.MEMBER, lakeland)
    assert not policies.holds(chidi, Role.CHAIR, other)
    assert list(policies.held(chidi, Role.CHAIR, Committee)) == [lakeland]
    assert policies.roles_of(chidi) == {Role.CHAIR}


def test_every_role_is_given_on_its_own_kind_of_object_alone(lakeland: Committee) -> None:
    chidi = person("chidi")
    refused = []

    for rule in ROLES:
        if rule.scope is Scope.COMMITTEE:
            continue
        with pytest.raises(Invalid, match=f"is a role on {rule.scope.value}, not on committee"):
            give(rule.role, lakeland, chidi)
        refused.append(rule.role)

    assert len(refused) == 5
    assert policies.roles_of(chidi) == frozenset()


def test_nobody_gives_a_role_to_themselves(lakeland: Committee) -> None:
    chidi = person("chidi")

    with pytest.raises(NotAllowed, match="nobody gives a role to themselves"):
        give(Role.CHAIR, lakeland, chidi, by=chidi)

    assert policies.roles_of(chidi) == frozenset()


def test_an_administrator_holds_no_other_role_either_way_round(lakeland: Committee) -> None:
    root, chidi = person("root"), person("chidi")
    give(Role.ADMINISTRATOR, None, root)
    give(Role.CHAIR, lakeland, chidi)

    with pytest.raises(NotAllowed, match="an administrator holds no other role"):
        give(Role.MEMBER, lakeland, root)
    with pytest.raises(NotAllowed, match="an administrator holds no other role"):
        give(Role.ADMINISTRATOR, None, chidi)

    assert (policies.roles_of(root), policies.roles_of(chidi)) == ({Role.ADMINISTRATOR}, {Role.CHAIR})


def test_giving_twice_is_recorded_once_and_taking_ends_it_at_once(lakeland: Committee) -> None:
    chidi = person("chidi")

    give(Role.CHAIR, lakeland, chidi)
    give(Role.CHAIR, lakeland, chidi)
    roles.take_role(role=Role.CHAIR, on=lakeland, of=chidi, by=TESTS, now=NOW)

    assert not policies.holds(chidi, Role.CHAIR, lakeland)
    recorded = AuditEvent.objects.filter(kind__startswith="role.").order_by("id")
    assert [(event.kind, event.subject_id, event.detail) for event in recorded] == [
        ("role.given", "lakeland", {"role": "chair", "to": chidi.subject}),
        ("role.taken", "lakeland", {"role": "chair", "of": chidi.subject}),
    ]


def test_taking_what_was_never_given_leaves_no_record(lakeland: Committee) -> None:
    chidi = person("chidi")

    roles.take_role(role=Role.CHAIR, on=lakeland, of=chidi, by=TESTS, now=NOW)
    roles.take_role(role=Role.ADMINISTRATOR, on=None, of=chidi, by=TESTS, now=NOW)

    assert not AuditEvent.objects.filter(kind="role.taken").exists()


def test_a_closed_account_holds_nothing(lakeland: Committee) -> None:
    chidi, root = person("chidi"), person("root")
    give(Role.CHAIR, lakeland, chidi)
    give(Role.ADMINISTRATOR, None, root)
    User.objects.update(is_active=False)

    closed = [User.objects.get(pk=one.pk) for one in (chidi, root)]

    assert [policies.roles_of(one) for one in closed] == [frozenset(), frozenset()]
    assert not policies.holds(closed[0], Role.CHAIR, lakeland)
    assert not policies.is_administrator(closed[1])
    assert list(policies.holders(Role.CHAIR, lakeland)) == []
    assert policies.seated(policies.seats_on(lakeland)) == []
