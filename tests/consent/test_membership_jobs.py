"""A file of memberships as a job: the same lines, the same outcome, and the rights of who asked looked at with each part."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from consent.models import Membership
from consent.services import membership_jobs
from consent.services.membership_import import AT_ONCE, FileLine, import_memberships
from governance.domain.errors import NotAllowed
from governance.domain.roles import Role
from governance.models import AuditEvent, Job, JobPart
from governance.record import jobs
from governance.services import roles
from tests.acting import TESTS
from tests.consent.builders import NOW, dataset, enrol, person, world

pytestmark = pytest.mark.django_db
HEADING = "participant_id\tdataset\n"


def test_a_job_enters_what_the_import_would_and_reports_each_line() -> None:
    of = world()
    hearts = dataset("hearts", of.programme.organisation)
    known = [enrol(of).pk for _ in range(3)]
    accession = hearts.versions.get().accession
    lines = [
        FileLine(number, participant_id=one, dataset=accession) for number, one in enumerate([*known, "nobody"], 2)
    ]
    lines *= AT_ONCE // 2

    job = membership_jobs.start(programme=of.programme, lines=lines, by=of.rosa, now=NOW)
    parts = jobs.work(now=NOW)

    job.refresh_from_db()
    report = [line for part in job.parts.all() for line in part.report]
    again = import_memberships(programme=of.programme, lines=lines, by=of.rosa, now=NOW)
    assert (parts, job.state, job.done) == (2, "done", len(lines))
    assert job.counts == {"added": 3, "unchanged": 3 * (AT_ONCE // 2) - 3, "refused": AT_ONCE // 2}
    assert [line[2] for line in report] == [one.reason for one in again]
    assert Membership.objects.count() == 3
    assert AuditEvent.objects.filter(kind="memberships.imported").values_list("actor", flat=True)[0] == of.rosa.subject


def test_who_loses_the_right_meanwhile_has_a_job_that_failed() -> None:
    of = world()
    lines = [FileLine(2, participant_id="nobody", dataset="none")]
    job = membership_jobs.start(programme=of.programme, lines=lines, by=of.rosa, now=NOW)
    roles.take_role(role=Role.COORDINATOR, on=of.programme, of=of.rosa, by=TESTS, now=NOW)

    jobs.work(now=NOW)

    job.refresh_from_db()
    assert job.state == "failed"
    assert job.error.startswith("only a coordinator of this programme may do this")


def test_nobody_else_starts_one() -> None:
    of = world()

    with pytest.raises(NotAllowed):
        membership_jobs.start(programme=of.programme, lines=[], by=person("carl"), now=NOW)
    assert Job.objects.count() == 0


def test_the_command_hands_the_file_to_the_workers(tmp_path: Path) -> None:
    of = world()
    hearts = dataset("hearts", of.programme.organisation)
    file = tmp_path / "lines.tsv"
    file.write_text(f"{HEADING}{enrol(of).pk}\t{hearts.versions.get().accession}\n", encoding="utf-8")
    said = StringIO()

    call_command("import_memberships", file, programme=of.programme.slug, job=True, stdout=said)
    job = Job.objects.get()
    before = Membership.objects.count()
    jobs.work(now=timezone.now())

    assert said.getvalue() == f"1 lines are a job now: http://127.0.0.1:8000/jobs/{job.uuid}\n"
    assert (before, Membership.objects.count()) == (0, 1)
    with pytest.raises(CommandError, match="judges no dry run"):
        call_command("import_memberships", file, programme=of.programme.slug, job=True, dry_run=True)


def test_outside_ids_are_wrapped_and_gone_when_their_part_is_done() -> None:
    of = world()
    lines = [FileLine(2, outside_id="CANARY-HOSPITAL-77", dataset="none")]
    membership_jobs.start(programme=of.programme, lines=lines, by=of.rosa, now=NOW)
    part = JobPart.objects.get()

    jobs.work(now=NOW)

    assert "CANARY" not in part.sealed
    assert JobPart.objects.get().sealed == ""
