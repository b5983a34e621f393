"""Writes the compiled translations; with --check, fails and lists texts that have none."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from governance.face.translations import compile_catalogues, untranslated


class Command(BaseCommand):
    """`manage.py compile_translations [--check]`."""

    help = "Compile the .po files to .mo, without gettext's tools; --check lists texts without a translation."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare --check."""
        parser.add_argument("--check", action="store_true", help="fail when a text has no translation")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compile, then check when asked."""
        folder = Path(settings.LOCALE_PATHS[0])
        for path in compile_catalogues(folder, anew=True):
            self.stdout.write(f"wrote {path.relative_to(settings.BASE_DIR)}")
        if options["check"]:
            lacking = [f"{code}: {text!r}" for code, texts in untranslated(folder).items() for text in texts]
            if lacking:
                listed = "\n".join(lacking)
                raise CommandError(f"{len(lacking)} texts without translation:\n{listed}")
