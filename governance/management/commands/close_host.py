"""`manage.py close_host HOST --because CODE`: closes a data host, with the visas for it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from governance.domain.actors import system
from governance.domain.errors import DuologueError
from governance.models import DataHost
from governance.record import outbox
from governance.services import hosts

ACTOR = system("close_host")


class Command(BaseCommand):
    help = "Closes a data host for good; what it confirmed stays on record."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("host", help="its short name")
        parser.add_argument("--because", required=True, help="one word for the audit log, such as left or breach")

    def handle(self, *args: Any, **options: Any) -> None:
        host = DataHost.objects.filter(slug=options["host"]).first()
        if host is None:
            known = ", ".join(DataHost.objects.order_by("slug").values_list("slug", flat=True))
            raise CommandError(f"there is no host {options['host']}: choose among {known}")
        try:
            closed = hosts.close_host(host=host, because=options["because"], by=ACTOR, now=timezone.now())
        except DuologueError as error:
            raise CommandError(error.message) from error
        # What the event asks for is done before the command returns, worker or not; the worker finds what is left.
        outbox.drain()
        self.stdout.write(f"{closed.slug} is closed")
