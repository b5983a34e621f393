"""`manage.py match`: decide data use against purpose, JSON lines in and out. Runs without a database.

A thin shell: `governance.duo.command` does the work. Without `--ontology` the active releases of the
database are used, or the extract that ships where there is no database, none with our tables, or none
active in it.
"""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from governance.duo import command
from governance.duo.ontology import Ontologies, OntologyError, shipped
from governance.selectors.ontology import active_ontologies


class Command(BaseCommand):
    help = "Reads cases as JSON lines from standard input and writes one decision a line."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        command.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            ontologies = command.load(options["ontology"], default=self._in_use, tell=self.stderr.write)
        except (OntologyError, OSError) as error:
            raise CommandError(str(error)) from error
        status = command.run(sys.stdin.buffer, sys.stdout.buffer, ontologies, explain=options["explain"])
        if status:
            sys.exit(status)

    def _in_use(self) -> Ontologies:
        try:
            return shipped() if _sqlite_file_is_missing() else active_ontologies()
        except (DatabaseError, ImproperlyConfigured) as error:
            self.stderr.write(f"no database in reach ({type(error).__name__}): using the shipped extract")
            return shipped()


def _sqlite_file_is_missing() -> bool:
    """Asking SQLite for a database that is not there would make an empty one."""
    name = str(connection.settings_dict["NAME"])
    in_memory = name == ":memory:" or name.startswith("file:")
    return connection.vendor == "sqlite" and not in_memory and not Path(name).exists()
