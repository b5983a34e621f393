"""`manage.py import_memberships FILE --programme SLUG [--dry-run] [--report FILE]`: whose data are in which dataset."""

import csv
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from consent.models import Programme
from consent.services import membership_jobs
from consent.services.membership_import import FileLine, LineOutcome, LineResult, Stopped, import_memberships
from governance.domain.actors import system
from governance.domain.errors import DuologueError

COLUMNS = {"participant_id", "outside_id", "dataset", "host", "host_member_id"}
NEEDED = {"dataset"}


class Command(BaseCommand):
    help = (
        "Reads memberships from a table with tabs: participant_id or outside_id, dataset (accession), host, "
        "host_member_id. Reading a file twice changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--programme", required=True, help="short name of the programme that the people are in")
        parser.add_argument("--dry-run", action="store_true", help="judge every line and change nothing")
        parser.add_argument(
            "--job", action="store_true", help="let the workers do it, and print the address of its page"
        )
        parser.add_argument("--report", type=Path, help="write what became of each line to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        programme = Programme.objects.filter(slug=options["programme"]).first()
        if programme is None:
            raise CommandError(f"no programme is called {options['programme']!r}: give its short name")
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as file:
                lines = read_lines(file)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from error
        if options["job"]:
            self._hand_to_workers(programme, lines, options)
            return
        try:
            results = import_memberships(
                programme=programme,
                lines=lines,
                by=system("import_memberships"),
                now=timezone.now(),
                dry_run=options["dry_run"],
            )
        except DuologueError as error:
            raise CommandError(error.message) from error
        except Stopped as stopped:
            self._say(stopped.results, options["dry_run"], options["report"])
            raise CommandError(f"{stopped} ({type(stopped.__cause__).__name__})") from stopped
        self._say(results, options["dry_run"], options["report"])

    def _hand_to_workers(self, programme: Programme, lines: list[FileLine], options: dict[str, Any]) -> None:
        if options["dry_run"] or options["report"]:
            raise CommandError(
                "--job has its report on its page and judges no dry run: leave --dry-run and --report out"
            )
        job = membership_jobs.start(
            programme=programme, lines=lines, by=system("import_memberships"), now=timezone.now()
        )
        address = settings.BASE_URL.rstrip("/") + reverse("job", args=[job.uuid])
        self.stdout.write(f"{job.total} lines are a job now: {address}")

    def _say(self, results: list[LineResult], dry_run: bool, report: Path | None) -> None:
        if report is not None:
            with report.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, delimiter="\t", lineterminator="\n")
                writer.writerow(["line", "outcome", "reason"])
                writer.writerows([result.number, result.outcome.value, result.reason] for result in results)
        for result in results:
            if result.outcome is LineOutcome.REFUSED:
                self.stdout.write(f"line {result.number}: refused: {result.reason}")
        counts = Counter(result.outcome for result in results)
        said = ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in LineOutcome)
        self.stdout.write(f"{said}{' (dry run: nothing was changed)' if dry_run else ''}")


def read_lines(file: TextIO) -> list[FileLine]:
    """The table's lines, numbered as an editor numbers them (the heading is line 1)."""
    reader = csv.DictReader(file, delimiter="\t")
    named = set(reader.fieldnames or ())
    unknown = named - COLUMNS
    if unknown:
        raise CommandError(f"unknown column {min(unknown)!r}: the columns are {', '.join(sorted(COLUMNS))}")
    if not named >= NEEDED or not named & {"participant_id", "outside_id"}:
        raise CommandError("the heading needs dataset, and participant_id or outside_id")
    return [
        FileLine(
            number=reader.line_num,
            **{column: (row.get(column) or "").strip() for column in COLUMNS if column in named},
        )
        for row in reader
    ]
