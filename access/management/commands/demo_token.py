"""`manage.py demo_token USER`: a token for trying a data host by hand; only in a demo world."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from access.models import Client
from access.passports import client_services as clients
from access.passports import minting as visas
from governance.domain.actors import system
from governance.domain.errors import DuologueError
from governance.models import Installation, User


class Command(BaseCommand):
    help = "Prints a passport-scoped access token of a demo person, or the Passport that it is exchanged for."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the user name, such as ada")
        parser.add_argument("--client", help="the client's id or name; by default the first that may have visas")
        parser.add_argument("--passport", action="store_true", help="print the Passport, narrowed to the client's host")

    def handle(self, *args: Any, **options: Any) -> None:
        if not Installation.objects.filter(demo=True).exists():
            raise CommandError("this is no demo world: tokens are given to people who sign in")
        person = User.objects.filter(username=options["user"], is_active=True).first()
        if person is None:
            raise CommandError(f"there is nobody called {options['user']} in this demo world")
        client, now = _client(options["client"]), timezone.now()
        try:
            if options["passport"]:
                minted = visas.mint_passport(person=person, client=client, now=now)
                for one in minted.withheld:
                    self.stderr.write(f"no visa{' for ' + one.grant if one.grant else ''}: {one.message}")
                self.stdout.write(minted.passport_jwt)
            else:
                self.stdout.write(clients.give_token(person=person, client=client, by=system("demo_token"), now=now))
        except DuologueError as error:
            raise CommandError(error.message) from error


def _client(wanted: str | None) -> Client:
    rows = [row for row in Client.objects.order_by("pk") if "ga4gh_passport_v1" in row.scopes]
    if wanted:
        rows = [row for row in rows if wanted in (row.client_id, row.name)]
    if not rows:
        raise CommandError(f"there is no client {wanted or 'that may have visas'}: see `manage.py demo_token --help`")
    return rows[0]
