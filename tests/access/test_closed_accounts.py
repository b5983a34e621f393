"""A closed account opens nothing more, anywhere; what it wrote and decided stays."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_refresh_token_model

from access.models import Visa
from governance.domain.errors import Invalid, NotAllowed
from governance.domain.events import Kind
from governance.domain.roles import Role
from governance.models import AuditEvent, OutboxMessage, User
from governance.record import outbox
from governance.services import people, roles
from tests.access import builders
from tests.access.provider import flows
from tests.access.provider.flows import a_world
from tests.access.provider.minting import mint, why
from tests.accounts import second_factor, signed_in
from tests.acting import TESTS

pytestmark = pytest.mark.django_db
PASSWORD = "a long pass phrase of the tests"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(builders.NOW + timedelta(hours=1), tick=False):
        yield


def close(person: User) -> User:
    return people.close_account(person=person, because="left", by=TESTS, now=timezone.now())


def events(person: User, kind: Kind) -> list[tuple[str, dict[str, object]]]:
    found = AuditEvent.objects.filter(subject_id=person.subject, kind=kind)
    return [(one.actor, one.detail) for one in found]


def test_it_ends_sessions_visas_tokens_and_parts_in_grants() -> None:
    world = a_world()
    flows.tokens(world.app, world.ada)
    mint(world)
    browser = signed_in(world.ada)
    before = browser.get("/requests/").status_code

    close(world.ada)
    outbox.drain(now=timezone.now())

    assert (before, browser.get("/requests/").status_code) == (200, 302)
    assert set(Visa.objects.values_list("revoked_at", flat=True)) == {timezone.now()}
    assert not get_access_token_model().objects.filter(user=world.ada).exists()
    assert not get_refresh_token_model().objects.filter(user=world.ada, revoked__isnull=True).exists()
    assert world.grant.people.get(person=world.ada).ended_at == timezone.now()
    assert why(mint(world)) == ["closed"]


def test_no_session_comes_back_with_the_account() -> None:
    ada = builders.person("ada")
    browser = signed_in(ada)
    close(ada)

    User.objects.filter(pk=ada.pk).update(is_active=True)

    assert browser.get("/requests/").status_code == 302


def test_closing_twice_changes_nothing() -> None:
    ada = builders.person("ada")
    close(ada)
    close(ada)

    assert events(ada, Kind.ACCOUNT_CLOSED) == [("system:tests", {"because": "left"})]
    assert OutboxMessage.objects.filter(kind=Kind.ACCOUNT_CLOSED).count() == 1


def test_an_administrator_closes_anothers_account_and_nobody_else_does() -> None:
    ada, rob, root = builders.person("ada"), builders.person("rob"), second_factor(builders.person("root"))
    roles.give_role(role=Role.ADMINISTRATOR, on=None, to=root, by=TESTS, now=builders.NOW)

    people.close_account(person=ada, because="left", by=User.objects.get(pk=root.pk), now=timezone.now())

    assert events(ada, Kind.ACCOUNT_CLOSED) == [(root.subject, {"because": "left"})]
    with pytest.raises(NotAllowed, match="only an administrator"):
        people.close_account(person=root, because="left", by=rob, now=timezone.now())
    with pytest.raises(NotAllowed, match="their own"):
        people.close_account(person=root, because="left", by=User.objects.get(pk=root.pk), now=timezone.now())


def test_the_reason_is_a_code_so_that_no_name_stands_in_the_log() -> None:
    ada = builders.person("ada")

    with pytest.raises(Invalid, match="code"):
        people.close_account(person=ada, because="Ada Lindholm left", by=TESTS, now=timezone.now())
    assert User.objects.get(pk=ada.pk).is_active


def test_the_command_names_an_account_by_user_name_or_subject() -> None:
    ada, bo = builders.person("ada"), builders.person("bo")
    said = StringIO()

    call_command("close_account", "ada", "--because", "left", stdout=said)
    call_command("close_account", bo.subject, "--because", "stolen", stdout=said)

    assert said.getvalue() == f"{ada.subject} is closed\n{bo.subject} is closed\n"
    assert outbox.waiting() == 0
    with pytest.raises(CommandError, match="nobody has"):
        call_command("close_account", "carl", "--because", "left")


def test_a_second_factor_taken_away_on_its_page_ends_the_visas() -> None:
    world = a_world()
    second_factor(world.ada)
    world.ada.set_password(PASSWORD)
    world.ada.save()
    browser = flows.Browser()
    browser.force_login(world.ada, backend="django.contrib.auth.backends.ModelBackend")
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": timezone.now().timestamp()}]
    session.save()
    mint(world)

    # The removal waits until the password is given, and is carried out by that page.
    asked = browser.post("/accounts/2fa/totp/deactivate/")
    answer = browser.post(asked.headers["Location"], {"password": PASSWORD})
    outbox.drain(now=timezone.now())

    assert answer.status_code == 302
    assert not Authenticator.objects.filter(user=world.ada).exists()
    assert events(world.ada, Kind.SECOND_FACTOR_REMOVED) == [(world.ada.subject, {})]
    assert set(Visa.objects.values_list("revoked_because", flat=True)) == {"second_factor"}


def test_of_two_fparties_one_may_go() -> None:
    ada = second_factor(builders.person("ada"))
    key = Authenticator.objects.create(user=ada, type=Authenticator.Type.WEBAUTHN, data={})

    with people.second_factor_followed(person=ada, now=timezone.now()):
        key.delete()

    assert events(ada, Kind.SECOND_FACTOR_REMOVED) == []
