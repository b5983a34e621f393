"""`manage.py verify [--ledger] [--witness FILE]`: whether every promise stands in this database; run it each night."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from access.verification import verify as access
from consent.services import verify as consent
from governance.record import append_only, outbox
from governance.record import verify as record
from governance.record.notes import notes_in
from governance.selectors.audit import snapshot


class Command(BaseCommand):
    """Exit status 1 with one line for each finding; 0 where there is none."""

    help = "check all invariants; --ledger checks the consent ledger alone"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--ledger", action="store_true", help="the consent ledger and what is folded from it, alone"
        )
        parser.add_argument(
            "--witness", metavar="FILE", action="append", default=[], help="checkpoints that somebody outside kept"
        )

    def handle(self, *args: object, **options: object) -> None:
        files: Any = options["witness"]
        witnessed = list(_witnessed(files))
        with snapshot():
            found, looked = self._look(ledger_alone=bool(options["ledger"]), witnessed=witnessed)
        for line in found:
            self.stdout.write(line)
        self.stdout.write(f"looked at {looked}: {f'{len(found)} findings' if found else 'everything fits'}")
        if found:
            sys.exit(1)

    def _look(self, *, ledger_alone: bool, witnessed: list[str]) -> tuple[list[str], str]:
        now = timezone.now()
        report = consent.verify_ledger(now=now)
        found = [f"invariants 4 and 5: {one.about}: {one.says}" for one in report.problems]
        looked = f"{report.participants} participants, {report.events} events, {report.datasets} datasets"
        found += [f"invariant 4: the trigger {says}: run migrate" for says in append_only.unguarded()]
        if not ledger_alone:
            found += [str(one) for one in record.findings(now=now, witnessed=witnessed)]
            found += [str(one) for one in access.findings(now=now)]
            if outbox.given_up():
                found.append(f"invariant 8: {outbox.given_up()} messages were given up and stand undelivered")
        return found, looked


def _witnessed(files: Iterable[str]) -> Iterable[str]:
    for file in files:
        try:
            yield from notes_in(Path(file).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CommandError(f"{file} cannot be read ({type(error).__name__}): it is what a witness kept") from error
