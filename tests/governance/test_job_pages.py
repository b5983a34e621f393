"""The page of a job: for who asked and for administrators; says how far it is, and cancels or tries again."""

from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from governance.domain.actors import system
from governance.domain.roles import Role
from governance.models import Job, User
from governance.record import jobs
from governance.services import roles
from tests.access import builders
from tests.acting import TESTS
from tests.architecture.doors import BACKEND, with_second_factor
from tests.governance.job_kinds import counted, counting

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _world() -> Iterator[None]:
    with counting(), time_machine.travel(NOW, tick=False):
        yield


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


@pytest.fixture
def ada(db: None) -> User:
    return builders.person("ada")


def administrator() -> User:
    root = with_second_factor(builders.person("root"))
    roles.give_role(role=Role.ADMINISTRATOR, on=None, to=root, by=TESTS, now=NOW)
    return root


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found += data.split()


def read(client: Client, path: str, **headers: str) -> str:
    """The words of a page, in one line."""
    words = _Words()
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    words.feed(answer.content.decode())
    return " ".join(words.found)


def page(job: Job) -> str:
    return reverse("job", args=[job.uuid])


def test_who_asked_reads_how_far_it_is_and_others_do_not_know_of_it(ada: User) -> None:
    job = counted(3, by=ada, now=NOW)
    jobs.work(seconds=0, now=NOW)
    ada_reads = read(browser(ada), page(job))

    assert "Running A worker is at it. You can leave this page; it goes on." in ada_reads
    assert "1 of 3 numbers" in ada_reads
    assert "1 it is odd" in ada_reads
    assert "Counting" in read(browser(ada), reverse("jobs"))
    assert browser(builders.person("carl")).get(page(job)).status_code == 404
    assert "No job yet" in read(browser(builders.person("bo")), reverse("jobs"))


def test_an_administrator_reads_every_job_and_finds_them_in_the_bar(ada: User) -> None:
    counted(3, by=ada, now=NOW)
    counted(1, by=system("import_something"), now=NOW)
    root = browser(administrator())

    listed = read(root, reverse("jobs"))

    assert "Jobs" in read(root, "/help/")
    assert ("import_something" in listed, listed.count("of 3 numbers"), listed.count("of 1 numbers")) == (True, 1, 1)
    assert "Jobs" not in read(browser(ada), "/help/")


def test_the_page_looks_again_by_itself_while_it_is_not_ended_and_has_a_link_without_scripts(ada: User) -> None:
    job = counted(1, by=ada, now=NOW)
    live = browser(ada).get(page(job)).content.decode()
    part = browser(ada).get(page(job), headers={"HX-Request": "true"}).content.decode()
    jobs.work(now=NOW)
    ended = browser(ada).get(page(job)).content.decode()

    assert ('hx-trigger="every 2s"' in live, "<noscript>" in live, "Look again" in live) == (True, True, True)
    assert ("<html" in part, 'id="job"' in part) == (False, True)
    assert ("hx-trigger" in ended, "Look again" in ended) == (False, False)


def test_it_is_cancelled_and_tried_again_by_its_buttons(ada: User) -> None:
    job = counted(2, by=ada, now=NOW)
    client = browser(ada)

    def press(action: str) -> str:
        answer = client.post(reverse("job_act", args=[job.uuid, action]), follow=True)
        assert answer.status_code == 200
        return Job.objects.get(pk=job.pk).state

    assert [press("cancel"), press("retry"), press("cancel")] == ["cancelled", "waiting", "cancelled"]
    assert "Go on with it" in read(client, page(job))
    assert client.post(reverse("job_act", args=[job.uuid, "delete"])).status_code == 404


def test_what_comes_too_late_is_said_and_changes_nothing(ada: User) -> None:
    job = counted(1, by=ada, now=NOW)
    jobs.work(now=NOW)

    answer = browser(ada).post(reverse("job_act", args=[job.uuid, "cancel"]), follow=True)

    assert "the job is done now: it is too late to cancel it" in answer.content.decode().lower()
    assert Job.objects.get(pk=job.pk).state == "done"


def test_the_whole_report_is_a_table(ada: User) -> None:
    job = counted(3, by=ada, now=NOW)
    jobs.work(now=NOW)

    answer = browser(ada).get(reverse("job_report", args=[job.uuid]))

    assert answer["Content-Disposition"] == f'attachment; filename="job-{job.uuid}.tsv"'
    said = b"".join(answer.streaming_content).decode()
    assert said == "Number\tReason\n1\tit is odd\n2\t\n3\tit is odd\n"
