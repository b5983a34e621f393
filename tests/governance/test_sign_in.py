"""Signing in with a local account, and with a second factor where one was set up."""

from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client

from governance.models import User
from tests.access import builders

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-password-for-tests-7"


@pytest.fixture
def ada() -> User:
    person = builders.person("ada")
    person.set_password(PASSWORD)
    person.save()
    return person


def code(secret: str) -> str:
    """The code that an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def sign_in(client: Client, password: str = PASSWORD) -> object:
    return client.post("/accounts/login/", {"login": "ada", "password": password}, follow=True)


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_person_signs_in_with_user_name_and_password(ada: User) -> None:
    client = Client()

    sign_in(client)

    assert is_signed_in(client)


def test_a_wrong_password_says_nothing_about_which_part_was_wrong(ada: User) -> None:
    client = Client()
    wrong_password = sign_in(client, "another-long-password-8")
    wrong_name = client.post("/accounts/login/", {"login": "nobody", "password": PASSWORD})

    assert not is_signed_in(client)
    said = [page.context["form"].non_field_errors() for page in (wrong_password, wrong_name)]  # type: ignore[attr-defined]
    assert list(said[0]) == list(said[1])
    assert list(said[0])


def test_a_second_factor_is_asked_for_at_every_sign_in_once_it_is_set_up(ada: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)
    client = Client()

    asked = sign_in(client)
    before = is_signed_in(client)
    client.post(asked.redirect_chain[-1][0], {"code": code(secret)})  # type: ignore[attr-defined]

    assert (before, is_signed_in(client)) == (False, True)


def test_a_wrong_code_does_not_sign_in(ada: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)
    client = Client()
    asked = sign_in(client)

    wrong = f"{(int(code(secret)) + 1) % 1_000_000:06d}"
    client.post(asked.redirect_chain[-1][0], {"code": wrong})  # type: ignore[attr-defined]

    assert not is_signed_in(client)


def test_passwords_are_kept_with_argon2(ada: User) -> None:
    assert ada.password.startswith("argon2")


def test_nobody_learns_from_signing_up_which_names_are_taken(client: Client, ada: User) -> None:
    page = client.get("/accounts/signup/").content.decode()
    given = {"email": "petra@example.org", "username": "ada", "password1": PASSWORD, "password2": PASSWORD}

    done = client.post("/accounts/signup/", given)

    petra = User.objects.get(email="petra@example.org")
    assert 'name="username"' not in page
    assert done.status_code == 302
    assert petra.username.startswith("person-")
    assert (petra.name, petra.shown_name) == ("", petra.username)


def test_signing_up_with_an_address_that_has_an_account_looks_like_any_other(
    client: Client, ada: User, settings: Any
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"  # as in production
    answers = [
        client.post("/accounts/signup/", {"email": address, "password1": PASSWORD, "password2": PASSWORD})
        for address in (ada.email, "somebody@example.org")
    ]

    assert [one.status_code for one in answers] == [302, 302]
    assert User.objects.filter(email=ada.email).count() == 1
