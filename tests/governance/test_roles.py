"""Who gives roles, to whom, on what."""

import pytest
from django.contrib.auth.models import AnonymousUser

from governance import policies
from governance.domain.actors import system
from governance.domain.errors import Invalid, NotAllowed
from governance.domain.roles import Role
from governance.models import AuditEvent, User
from governance.selectors.standing import ReaderStanding, standing_of
from governance.services import roles
from tests.access import builders
from tests.access.builders import NOW
from tests.acting import TESTS
from tests.consent import builders as consent

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    person = builders.person("admin")
    roles.give_role(role=Role.ADMINISTRATOR, on=None, to=person, by=system("start"), now=NOW)
    return person


def test_an_administrator_gives_and_takes_a_role_and_both_are_recorded(admin: User) -> None:
    dac, mei = builders.committee("lakeland", builders.organisation("lakeland")), builders.person("mei")

    roles.give_role(role=Role.MEMBER, on=dac, to=mei, by=admin, now=NOW)
    held = policies.holds(mei, Role.MEMBER, dac)
    roles.take_role(role=Role.MEMBER, on=dac, of=mei, by=admin, now=NOW)

    kinds = list(AuditEvent.objects.filter(actor=admin.subject).order_by("id").values_list("kind", flat=True))
    assert (held, policies.holds(mei, Role.MEMBER, dac)) == (True, False)
    assert kinds == ["role.given", "role.taken"]


def test_nobody_but_an_administrator_gives_or_takes_a_role() -> None:
    dac = builders.committee("lakeland", builders.organisation("lakeland"))
    chair, mei = builders.seat(dac, Role.CHAIR, "chidi"), builders.person("mei")

    with pytest.raises(NotAllowed, match="only an administrator"):
        roles.give_role(role=Role.MEMBER, on=dac, to=mei, by=chair, now=NOW)
    with pytest.raises(NotAllowed, match="only an administrator"):
        roles.take_role(role=Role.CHAIR, on=dac, of=chair, by=mei, now=NOW)


def test_nobody_gives_a_role_to_themselves(admin: User) -> None:
    with pytest.raises(NotAllowed, match="themselves"):
        roles.give_role(role=Role.ADMINISTRATOR, on=None, to=admin, by=admin, now=NOW)


def test_an_administrator_holds_no_other_role(admin: User) -> None:
    dac = builders.committee("lakeland", builders.organisation("lakeland"))
    chair = builders.seat(dac, Role.CHAIR, "chidi")

    with pytest.raises(NotAllowed, match="holds no other role"):
        roles.give_role(role=Role.MEMBER, on=dac, to=admin, by=system("start"), now=NOW)
    with pytest.raises(NotAllowed, match="holds no other role"):
        roles.give_role(role=Role.ADMINISTRATOR, on=None, to=chair, by=admin, now=NOW)


def test_a_role_stands_on_its_own_kind_of_object_only(admin: User) -> None:
    with pytest.raises(Invalid, match="is a role on committee"):
        roles.give_role(
            role=Role.CHAIR, on=builders.organisation("lakeland"), to=builders.person("mei"), by=admin, now=NOW
        )


def test_every_role_a_person_holds_is_read_at_once(django_assert_num_queries: object) -> None:
    lake = builders.organisation("lakeland")
    dac, mei = builders.committee("lakeland", lake), builders.person("mei")
    roles.give_role(role=Role.MEMBER, on=dac, to=mei, by=TESTS, now=NOW)
    roles.give_role(role=Role.STEWARD, on=lake, to=mei, by=TESTS, now=NOW)

    with django_assert_num_queries(1):  # type: ignore[operator]
        assert policies.roles_of(mei) == {Role.MEMBER, Role.STEWARD}


def test_what_the_frame_of_a_page_must_know_is_read_at_once(django_assert_num_queries: object) -> None:
    lake = builders.organisation("lakeland")
    mei = builders.seat(builders.committee("lakeland", lake), Role.MEMBER, "mei")
    builders.belongs(lake, mei)
    karelia = consent.world("karelia")
    participant = consent.enrol(karelia, mei)

    with django_assert_num_queries(1):  # type: ignore[operator]
        found = standing_of(mei)

    assert found == ReaderStanding(frozenset({Role.MEMBER}), belongs=True, participants=(participant.pk,))
    assert standing_of(AnonymousUser()) == ReaderStanding()


def test_a_closed_account_holds_nothing() -> None:
    dac = builders.committee("lakeland", builders.organisation("lakeland"))
    mei = builders.seat(dac, Role.MEMBER, "mei")
    mei.is_active = False
    mei.save(update_fields=["is_active"])

    assert (policies.roles_of(mei), policies.holds(mei, Role.MEMBER, dac)) == (frozenset(), False)
