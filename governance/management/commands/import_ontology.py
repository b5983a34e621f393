"""`manage.py import_ontology FILE`: load an ontology release, and switch it on when asked to."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from governance.domain.actors import system
from governance.domain.errors import DuologueError
from governance.duo.ontologies.ontology_files import FORMS
from governance.services import ontology

ACTOR = system("import_ontology")
_SHOWN = 20


class Command(BaseCommand):
    help = f"Loads an ontology file ({FORMS}) as a release, which judges nothing until switched on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help=f"the ontology: {FORMS}")
        parser.add_argument("--dry-run", action="store_true", help="report only; change nothing")
        parser.add_argument("--activate", action="store_true", help="switch the release on after loading it")
        parser.add_argument(
            "--hub",
            action="store_true",
            default=None,
            help="bring foreign ids to this ontology (MONDO by default)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"] and options["activate"]:
            raise CommandError("--dry-run and --activate exclude each other: leave one of them out")
        now = timezone.now()
        try:
            done = ontology.import_release(
                file=options["file"], by=ACTOR, now=now, hub=options["hub"], dry_run=options["dry_run"]
            )
            self._report(done, all_findings=options["verbosity"] > 1)
            if done.release is None:
                self.stdout.write("dry run: nothing was changed")
            elif options["activate"]:
                active = ontology.activate_release(release=done.release, by=ACTOR, now=now, hub=options["hub"])
                self.stdout.write(f"{active} is active{' and the hub' if active.is_hub else ''}")
            else:
                self.stdout.write("it judges nothing until it is switched on: run again with --activate")
        except DuologueError as error:
            raise CommandError(error.message) from error

    def _report(self, done: ontology.Import, *, all_findings: bool) -> None:
        found = done.survey
        self.stdout.write(f"{done.name} {done.version} (sha256 {done.sha256[:12]}…)")
        obsolete = f"{found.obsolete} of them obsolete ({found.followed} with one replacement)"
        counts = f"{found.synonyms} synonyms, {found.exact} exact cross-references"
        self.stdout.write(f"{found.terms} terms, {obsolete}, {counts}")
        if done.difference is not None:
            self.stdout.write(f"against the active {done.difference.against}:")
            self._list("new", done.difference.new)
            self._list("gone", done.difference.gone)
            self._list("newly obsolete", done.difference.newly_obsolete)
        shown = found.findings if all_findings else found.findings[:_SHOWN]
        for finding in shown:
            self.stdout.write(str(finding))
        if len(shown) < len(found.findings):
            self.stdout.write(f"and {len(found.findings) - len(shown)} more findings: run with -v 2 to see all")
        for other in done.same_version:
            self.stdout.write(f"says the same version as {other} and holds something else: they are two releases")
        if done.release is not None and not done.created:
            self.stdout.write("the same content was loaded before: nothing was added")

    def _list(self, what: str, identifiers: Sequence[str]) -> None:
        shown = ", ".join(identifiers[:_SHOWN]) + (" …" if len(identifiers) > _SHOWN else "")
        self.stdout.write(f"  {len(identifiers)} {what}{': ' if shown else ''}{shown}")
