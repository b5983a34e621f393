"""Mails of the pages of accounts: a worker sends them, and what is on its way lies wrapped and is deleted once it is sent."""

import json
import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.models import Letter, OutboxMessage, User
from governance.notices import letters
from governance.record import outbox
from tests.access import builders

pytestmark = pytest.mark.django_db
ADDRESS = "ada@university.example"
PASSWORD = "another-long-password-8"


@pytest.fixture
def ada() -> User:
    person = builders.person("ada")
    person.email = ADDRESS
    person.save()
    EmailAddress.objects.create(user=person, email=ADDRESS, verified=True, primary=True)
    return person


def ask_for_a_new_password(address: str = ADDRESS) -> Client:
    client = Client()
    client.post(reverse("account_reset_password"), {"email": address})
    return client


def link_in(letter: mail.EmailMessage) -> str:
    [found] = re.findall(r"https?://\S+", str(letter.body))
    return re.sub(r"^https?://[^/]+", "", found)


def test_a_new_password_is_set_by_the_link_of_a_mail_that_the_worker_sent(ada: User) -> None:
    client = ask_for_a_new_password()
    sent_in_the_request = list(mail.outbox)

    outbox.drain()
    [letter] = mail.outbox
    page = client.get(link_in(letter), follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": PASSWORD, "password2": PASSWORD})

    assert sent_in_the_request == []
    assert letter.to == [ADDRESS]
    assert User.objects.get(pk=ada.pk).check_password(PASSWORD)


def test_what_is_on_its_way_lies_wrapped_and_is_deleted_once_it_is_sent(ada: User) -> None:
    ask_for_a_new_password()
    waiting = Letter.objects.get()
    messages = json.dumps(list(OutboxMessage.objects.values_list("payload", flat=True)))

    outbox.drain()

    link = link_in(mail.outbox[0])
    token = link.rstrip("/").rsplit("/", 1)[-1]
    assert not [clear for clear in (ADDRESS, token) if clear in waiting.sealed + messages]
    assert not Letter.objects.exists()
    assert token not in json.dumps(list(OutboxMessage.objects.values_list("payload", flat=True)))


def test_the_request_does_as_much_whether_the_address_is_known_or_not(ada: User) -> None:
    ask_for_a_new_password()
    ask_for_a_new_password("nobody@university.example")

    assert Letter.objects.count() == 2


def test_what_the_server_refuses_is_tried_again(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_for_a_new_password()
    with monkeypatch.context() as broken:
        broken.setattr("django.conf.settings.EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
        broken.setattr("django.conf.settings.EMAIL_PORT", 1)
        outbox.drain()
    kept = Letter.objects.count()

    outbox.drain(now=timezone.now() + timedelta(hours=1))

    assert kept == 1
    assert len(mail.outbox) == 1
    assert not Letter.objects.exists()


def test_a_letter_that_nobody_could_send_is_deleted_when_its_link_is_over(ada: User) -> None:
    ask_for_a_new_password()
    now = timezone.now()

    assert letters.forget_old(now + timedelta(hours=74)) == 0
    assert letters.forget_old(now + timedelta(hours=76)) == 1
    outbox.drain()
    assert mail.outbox == []


def test_a_mail_that_comes_twice_is_sent_once(ada: User) -> None:
    ask_for_a_new_password()
    message = OutboxMessage.objects.get(kind=letters.SENT)

    letters.on_letter(message.payload, timezone.now())
    outbox.drain()

    assert len(mail.outbox) == 1
