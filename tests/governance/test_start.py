"""A real installation begins with keys, an organisation, and an administrator who chooses a password once."""

from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from governance import policies
from governance.models import Installation, Organisation, SigningKey, User

pytestmark = pytest.mark.django_db
WORDS = ["--organisation", "Lakeland", "--slug", "lakeland", "--domain", "lakeland.example", "--country", "FI"]


def begun(*words: str) -> str:
    said = StringIO()
    call_command("start", *WORDS, "--email", "alex@lakeland.example", *words, stdout=said)
    return said.getvalue().strip().splitlines()[-1]


def test_an_installation_begins_with_keys_an_organisation_and_an_administrator() -> None:
    begun()

    assert Organisation.objects.get().name == "Lakeland"
    assert policies.is_administrator(User.objects.get(username="administrator"))
    assert SigningKey.objects.filter(state=SigningKey.State.ACTIVE).count() >= 2
    assert Installation.objects.get().demo is False


def test_the_administrator_chooses_a_password_with_a_link_that_works_once() -> None:
    path = urlsplit(begun()).path
    words = {"password1": "a-long-and-new-password-7", "password2": "a-long-and-new-password-7"}

    browser = Client()
    form = browser.get(path, follow=True)
    browser.post(form.redirect_chain[-1][0], words)

    assert Client().login(username="administrator", password=words["password1"])
    assert b"password1" not in Client().get(path, follow=True).content


def test_an_installation_begins_once() -> None:
    begun()

    with pytest.raises(CommandError, match="has begun already"):
        begun()


def test_wrong_words_make_nothing() -> None:
    with pytest.raises(CommandError):
        call_command("start", *WORDS[:-1], "Finland", "--email", "alex@lakeland.example")

    assert not Installation.objects.exists()
