"""`manage.py change_host HOST --enforces-cohorts yes|no --audience NAME …`: changes settings of a data host."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from governance.domain.actors import system
from governance.domain.errors import DuologueError
from governance.models import DataHost
from governance.record import outbox
from governance.services import hosts
from governance.services.datasets import MODES

ACTOR = system("change_host")
_YES_OR_NO = {"yes": True, "no": False}
_WORDS = ("name", "country", "base_url", "audience")
_SWITCHES = ("enforces_cohorts", "polls", "passport_aud")


class Command(BaseCommand):
    help = "Changes settings of a data host; the visas that were made for the former ones end."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("host", help="its short name")
        for name in _WORDS:
            parser.add_argument(f"--{name.replace('_', '-')}")
        for name in _SWITCHES:
            parser.add_argument(f"--{name.replace('_', '-')}", choices=list(_YES_OR_NO))
        parser.add_argument("--modes", nargs="+", choices=MODES)
        parser.add_argument("--visa-typ", choices=DataHost.Typ.values)

    def handle(self, *args: Any, **options: Any) -> None:
        host = DataHost.objects.filter(slug=options["host"]).first()
        if host is None:
            known = ", ".join(DataHost.objects.order_by("slug").values_list("slug", flat=True))
            raise CommandError(f"there is no host {options['host']}: choose among {known}")
        given = {name: options[name] for name in hosts.SETTINGS if options[name] is not None}
        wanted = {name: _YES_OR_NO.get(value, value) if name in _SWITCHES else value for name, value in given.items()}
        try:
            hosts.change_host(host=host, by=ACTOR, now=timezone.now(), **wanted)
        except DuologueError as error:
            raise CommandError(error.message) from error
        outbox.drain()
        self.stdout.write(f"{host.slug} is changed")
