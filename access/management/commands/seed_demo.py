"""`manage.py seed_demo`: make the demo world in an empty database, and the files of its data hosts."""

import json
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from access.demo import files, world
from governance.domain.errors import DuologueError


class Command(BaseCommand):
    """Prints the password of all demo people; the hosts' files and secrets go to the data folder."""

    help = "make the demo world in an empty database"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--data", type=Path, default=settings.DATA_DIR)

    def handle(self, *args: object, **options: object) -> None:
        if settings.PRODUCTION:
            raise CommandError("a demo world is never made under production settings")
        try:
            made = world.make(now=timezone.now(), port=int(str(options["port"])))
        except DuologueError as error:
            raise CommandError(error.message) from error
        folder = Path(str(options["data"]))
        files.write(made, folder)
        (folder / "demo.json").write_text(json.dumps({"password": made.password}), encoding="utf-8")
        self.stdout.write(f"the demo world stands; everybody's password: {made.password}")
