"""Notices: one row for a thing however often it is told, counted in the bar, and mail to confirmed addresses alone."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access import notices
from access.grants import services as grants
from governance.domain.errors import Invalid
from governance.models import Notice, NoticeChoice, OutboxMessage, User
from governance.notices import kinds, selectors, services
from governance.record import outbox
from tests.access import builders
from tests.access.granted import NOW, Granted, granted

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def ended() -> Granted:
    """A grant whose people have been told that it ended."""
    of = granted_and_told()
    confirmed(of.access.ada)
    grants.end_grant(grant=of.grant, reason="closed", note="Not any more.", by=of.access.ada, now=LATER)
    outbox.drain(now=LATER)
    return of


def granted_and_told() -> Granted:
    """A grant whose people have read what they were told until now."""
    of = granted()
    outbox.drain(now=NOW)
    Notice.objects.all().delete()
    User.objects.update(unread_notices=0)
    return of


def confirmed(person: User, address: str = "ada@university.example") -> None:
    EmailAddress.objects.create(user=person, email=address, verified=True, primary=True)


def told(person: User) -> list[tuple[str, str]]:
    return list(Notice.objects.filter(person=person).values_list("kind", "about"))


def count(person: User) -> int:
    return User.objects.get(pk=person.pk).unread_notices


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def tell(person: User, kind: str = notices.ENDED, cause: str = "1") -> Notice | None:
    return services.tell(person=person, kind=kind, about="G-0001", cause=cause, now=LATER)


def test_what_is_new_is_counted_in_the_readers_digits(ended: Granted) -> None:
    ada = ended.access.ada
    for cause in ("2", "3", "4"):
        tell(ada, notices.ENDED, cause)

    page = browser(ada).get(reverse("inbox"), HTTP_ACCEPT_LANGUAGE="ar").content.decode()

    assert count(ada) == 4
    assert page.count("٤") == 2
    assert "4 أشياء" not in page


def test_the_people_of_a_grant_are_told_that_it_ended_once(ended: Granted) -> None:
    ada = ended.access.ada
    notices.on_ended({"subject": ended.grant.number}, LATER)
    outbox.drain(now=LATER)

    assert told(ada) == [(notices.ENDED, ended.grant.number)]
    assert count(ada) == 1
    [letter] = [one for one in mail.outbox if one.to == ["ada@university.example"]]
    assert letter.subject == "Access of yours has ended"
    assert f"http://127.0.0.1:8000/grants/{ended.grant.number}" in letter.body
    title = ended.access.dataset.title
    assert not [
        word for word in (title, ended.access.requests[0].title, "Not any more", "heart") if word in letter.body
    ]


def test_whose_part_had_ended_before_is_not_told_again() -> None:
    of = granted_and_told()
    of.grant.people.update(ended_at=NOW)
    grants.end_grant(grant=of.grant, reason="revoked", note="Not any more.", by=of.access.chair, now=LATER)

    outbox.drain(now=LATER)

    assert told(of.access.ada) == []


def test_a_suspension_is_told_and_then_the_end() -> None:
    of = granted_and_told()
    grants.suspend(grant=of.grant, note="We look at it.", by=of.access.chair, now=NOW + timedelta(minutes=1))
    outbox.drain(now=LATER)
    grants.end_grant(grant=of.grant, reason="closed", note="Not any more.", by=of.access.ada, now=LATER)
    outbox.drain(now=LATER)

    assert [kind for kind, _about in told(of.access.ada)] == [notices.ENDED, notices.STOPPED]


@pytest.mark.parametrize("verified", [None, False])
def test_nothing_goes_to_an_address_that_nobody_confirmed(verified: bool | None) -> None:
    ada = builders.person("ada")
    if verified is not None:
        EmailAddress.objects.create(user=ada, email="ada@university.example", verified=verified)
    tell(ada)

    outbox.drain(now=LATER)

    assert mail.outbox == []
    assert Notice.objects.get().mail == "undelivered"
    page = browser(ada).get(reverse("inbox")).content.decode()
    assert "did not reach you" not in page
    assert page.count("No mail is sent until you have confirmed an address.") == 1


def test_a_mail_that_the_server_refuses_stays_and_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    ada = builders.person("ada")
    confirmed(ada)
    tell(ada)
    with monkeypatch.context() as broken:
        broken.setattr("django.conf.settings.EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
        broken.setattr("django.conf.settings.EMAIL_PORT", 1)
        outbox.drain(now=LATER)
    [soon], [late] = (selectors.inbox(ada, LATER + wait)[0] for wait in (timedelta(minutes=1), timedelta(minutes=11)))

    assert (soon.undelivered, late.undelivered) == (False, True)
    outbox.drain(now=LATER + timedelta(hours=1))
    assert len(mail.outbox) == 1
    assert Notice.objects.get().mail == "sent"


def test_everybody_hears_of_a_kind_as_they_chose() -> None:
    ada, bo, cleo = (builders.person(name) for name in ("ada", "bo", "cleo"))
    services.choose(person=ada, ways={notices.ENDED: "inbox"})
    services.choose(person=bo, ways={notices.INVITED: "off", notices.ENDED: "mail"})
    for person in (ada, bo, cleo):
        for kind in (notices.ENDED, notices.INVITED):
            tell(person, kind)

    said = {(one.person.username, one.kind, one.mail) for one in Notice.objects.select_related("person")}
    assert said == {
        ("ada", notices.ENDED, "none"),
        ("ada", notices.INVITED, "none"),
        ("bo", notices.ENDED, "waiting"),
        ("cleo", notices.ENDED, "waiting"),
        ("cleo", notices.INVITED, "none"),
    }
    assert OutboxMessage.objects.filter(kind=services.MAIL).count() == 2


@pytest.mark.parametrize("ways", [{notices.ENDED: "off"}, {notices.ENDED: "x"}, {"nothing": "mail"}])
def test_a_way_that_is_not_offered_is_refused(ways: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        services.choose(person=builders.person("ada"), ways=ways)

    assert not NoticeChoice.objects.exists()


def test_the_inbox_counts_what_is_new_until_it_is_read(ended: Granted) -> None:
    client = browser(ended.access.ada)
    before = client.get(reverse("inbox")).content.decode()
    client.post(reverse("inbox_read"))
    after = client.get(reverse("inbox")).content.decode()

    assert "One thing is new." in before
    assert re.search(r'class="count">\s*1<', before)
    assert "Your access has ended" in after
    assert "Nothing is new." in after
    assert 'class="count"' not in after
    assert count(ended.access.ada) == 0


def test_choices_are_made_on_the_page() -> None:
    ada = builders.person("ada")
    builders.belongs(builders.organisation("saimaa"), ada)
    client = browser(ada)

    client.post(reverse("inbox_choices"), {notices.ENDED: "inbox", notices.INVITED: "off", "stray": "mail"})

    page = client.get(reverse("inbox")).content.decode()
    assert dict(NoticeChoice.objects.values_list("kind", "way")) == {notices.ENDED: "inbox", notices.INVITED: "off"}
    assert "Nothing here yet" in page
    assert "No mail is sent until you have confirmed an address." in page


def test_nobody_reads_what_another_was_told(ended: Granted) -> None:
    page = browser(builders.person("bo")).get(reverse("inbox")).content.decode()

    assert ended.grant.number not in page


def test_the_inbox_costs_no_query_for_each_notice(django_assert_max_num_queries: Callable[[int], Any]) -> None:
    ada = builders.person("ada")
    for number in range(selectors.PAGE + 5):
        tell(ada, cause=str(number))
    client = browser(ada)
    client.get(reverse("inbox"))

    with django_assert_max_num_queries(16):
        page = client.get(reverse("inbox")).content.decode()
    last = Notice.objects.filter(person=ada)[selectors.PAGE - 1].pk
    assert f"?before={last}" in page
    assert len(selectors.inbox(ada, timezone.now(), last)[0]) == 5


def test_every_kind_has_words_and_leads_somewhere() -> None:
    for kind in kinds.every():
        assert kind.address("G-0001").startswith("/")
        assert all([str(kind.title), str(kind.text), str(kind.mail), str(kind.step)])
