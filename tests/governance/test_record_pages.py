"""The record as administrators read it: each event is a sentence, made of its codes alone, and nobody else sees the page."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from governance.domain.actors import Actor, ActorKind, system
from governance.domain.event_shapes import fields_of
from governance.domain.events import Kind, Subject
from governance.face.events import SENTENCES, sentence, who
from governance.models import AuditEvent
from governance.record import audit
from tests.access import builders
from tests.governance.test_job_pages import administrator, browser, read

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_has_a_sentence_that_names_only_what_every_such_event_holds(kind: Kind) -> None:
    named = set(re.findall(r"%\((\w+)\)s", str(SENTENCES[kind])))

    assert named <= {one.name for one in fields_of(kind) if not one.optional}


def test_an_event_that_lacks_what_its_sentence_names_is_shown_by_its_code() -> None:
    assert sentence(AuditEvent(kind="role.given", detail={"role": "chair"})) == "role.given"
    assert sentence(AuditEvent(kind="moon.landed", detail={})) == "moon.landed"


@pytest.mark.parametrize(
    ("actor", "words"),
    [
        (Actor(ActorKind.PERSON, "0f0f"), "0f0f"),
        (Actor(ActorKind.HOST, "harbour"), "the host harbour"),
        (system("clock"), "the platform (clock)"),
    ],
)
def test_who_acted_is_said_in_words(actor: Actor, words: str) -> None:
    assert who(AuditEvent(actor=str(actor))) == words


def many(count: int) -> None:
    with transaction.atomic():
        for number in range(count):
            about = Subject("committee", f"lake-{number % 2}")
            detail = {"role": "chair", "to": f"person-{number}"}
            audit.record(
                Kind.ROLE_GIVEN, by=system("tests"), about=about, now=NOW + timedelta(minutes=number), detail=detail
            )


@pytest.mark.django_db
def test_an_administrator_reads_the_newest_events_of_all_or_of_one_subject() -> None:
    root = browser(administrator())
    many(60)

    newest = read(root, reverse("record"))
    of_one = read(root, reverse("record") + "?about=committee:lake-1")

    assert "The role chair was given to person-59." in newest
    assert "person-9." not in newest
    assert "the platform (tests)" in newest
    assert "person-59." in of_one
    assert "person-58." not in of_one


@pytest.mark.django_db
def test_older_events_are_a_page_further() -> None:
    root = browser(administrator())
    many(60)
    answer = root.get(reverse("record")).content.decode()
    [older] = re.findall(r'href="(\?before=\d+)"', answer)

    assert "person-9." in read(root, reverse("record") + older)


@pytest.mark.django_db
def test_nobody_else_reads_the_record() -> None:
    assert browser(builders.person("ada")).get(reverse("record")).status_code == 404
    assert browser(builders.person("bo")).get(reverse("record") + "?about=committee:lake-1").status_code == 404
