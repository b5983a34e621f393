"""`manage.py import_datasets FILE --format dbgap`: datasets of another catalogue, with a report by row."""

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError
from django.db import models
from django.utils import timezone

from governance.domain.actors import system
from governance.domain.errors import DuologueError
from governance.duo.catalogues.readings import RowStatus
from governance.imports.files import FORMATS, read_catalogue
from governance.imports.rows import Unreadable
from governance.models import Committee, Organisation
from governance.selectors.ontology import active_ontologies
from governance.services.imports import RowResult, import_datasets

ACTOR = system("import_datasets")
_SHOWN = 20
T = TypeVar("T", bound=models.Model)


class Command(BaseCommand):
    help = (
        "Reads datasets from another catalogue. Each row is imported, proposed to a steward or rejected with "
        "its reason; nothing is guessed silently. Reading a file twice changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--format", required=True, choices=sorted(FORMATS))
        parser.add_argument("--organisation", metavar="SLUG", help="whose datasets they become")
        parser.add_argument("--committee", metavar="SLUG", help="which of its committees judges requests")
        parser.add_argument("--dry-run", action="store_true", help="judge every row and write nothing")
        parser.add_argument("--report", metavar="FILE", help="write one JSON line a row to this file, or to - ")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            file = read_catalogue(options["file"], options["format"], active_ontologies())
            results = import_datasets(
                file=file,
                organisation=_named(Organisation, options["organisation"]),
                committee=_named(Committee, options["committee"]),
                by=ACTOR,
                now=timezone.now(),
                dry_run=options["dry_run"],
            )
        except (Unreadable, DuologueError) as error:
            raise CommandError(str(error)) from error
        self._report(results, options["report"])
        self._say(results, options["dry_run"], to_error=options["report"] == "-")

    def _report(self, results: Sequence[RowResult], report: str | None) -> None:
        lines = [json.dumps(result.report(), ensure_ascii=False) for result in results]
        if report == "-":
            for line in lines:
                self.stdout.write(line)
        elif report is not None:
            try:
                Path(report).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            except OSError as error:
                raise CommandError(f"the report cannot be written to {report}: {error.strerror}") from error

    def _say(self, results: Sequence[RowResult], dry_run: bool, *, to_error: bool) -> None:
        """Totals, after the report's own lines; broken rows end the run with status 1."""
        write = self.stderr.write if to_error else self.stdout.write
        counts = Counter(result.status for result in results)
        said = ", ".join(f"{counts[status]} {status.value}" for status in RowStatus)
        write(f"{len(results)} rows: {said}{' (dry run: nothing was written)' if dry_run else ''}")
        faults = [result.reason for result in results if result.fault]
        if faults:
            shown = "\n".join(faults[:_SHOWN])
            more = f"\nand {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
            raise CommandError(f"{len(faults)} rows are broken and were left out:\n{shown}{more}")


def _named(kind: type[T], slug: str | None) -> T | None:
    if slug is None:
        return None
    found = kind._default_manager.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"no {kind._meta.verbose_name} is called {slug!r}: give its short name")
    return found
