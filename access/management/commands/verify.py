"""`manage.py verify [--ledger]`: whether every promise stands in this database; run nightly and after every fault."""

import sys

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from access.verification import verify as access
from consent.services import verify as consent
from governance.record import append_only, outbox
from governance.selectors.audit import snapshot


class Command(BaseCommand):
    """Exit status 1 with one line for each finding; 0 where there is none."""

    help = "check all invariants; --ledger checks the consent ledger alone"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--ledger", action="store_true", help="the consent ledger and what is folded from it, alone"
        )

    def handle(self, *args: object, **options: object) -> None:
        with snapshot():
            found, looked = self._look(ledger_alone=bool(options["ledger"]))
        for line in found:
            self.stdout.write(line)
        self.stdout.write(f"looked at {looked}: {f'{len(found)} findings' if found else 'everything fits'}")
        if found:
            sys.exit(1)

    def _look(self, *, ledger_alone: bool) -> tuple[list[str], str]:
        now = timezone.now()
        report = consent.verify_ledger(now=now)
        found = [f"invariants 4 and 5: {one.about}: {one.says}" for one in report.problems]
        looked = f"{report.participants} participants, {report.events} events, {report.datasets} datasets"
        found += [f"invariant 4: the trigger {says}: run migrate" for says in append_only.unguarded()]
        if not ledger_alone:
            found += [str(one) for one in access.findings(now=now)]
            if outbox.given_up():
                found.append(f"invariant 8: {outbox.given_up()} messages were given up and stand undelivered")
        return found, looked
