"""`manage.py rotate_keys`: make, rotate, list and revoke signing keys."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from governance.domain.actors import system
from governance.domain.errors import DuologueError
from governance.models import SigningKey
from governance.record import outbox
from governance.services import keys

ACTOR = system("rotate_keys")


class Command(BaseCommand):
    help = "Makes missing signing keys and lets the next ones take over; --revoke KID is for emergencies."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--use", choices=SigningKey.Use.values, help="rotate the keys of one use only")
        parser.add_argument("--due", action="store_true", help="rotate only what the schedule asks for")
        parser.add_argument("--list", action="store_true", help="name every key and its state; change nothing")
        parser.add_argument("--rewrap", action="store_true", help="encrypt private halves under the first wrapping key")
        parser.add_argument("--revoke", metavar="KID", help="revoke a key, and all that it signed, in one step")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            if options["list"]:
                self._list()
            elif options["rewrap"]:
                self.stdout.write(f"rewrapped {keys.rewrap(by=ACTOR, now=now)} private halves")
            elif options["revoke"]:
                self._revoke(options["revoke"])
            elif options["due"]:
                self._tell(keys.rotate_due(by=ACTOR, now=now))
            else:
                uses = [options["use"]] if options["use"] else SigningKey.Use.values
                self._tell([keys.rotate(use=use, by=ACTOR, now=now) for use in uses])
        except DuologueError as error:
            raise CommandError(error.message) from error

    def _list(self) -> None:
        for key in SigningKey.objects.order_by("use", "created_at"):
            self.stdout.write(f"{key.kid}  {key.use}  {key.state}")

    def _revoke(self, kid: str) -> None:
        done = keys.revoke(kid=kid, by=ACTOR, now=timezone.now())
        # What the event asks for is done before the command returns, worker or not; the worker finds what is left.
        outbox.drain()
        said = [f"revoked {kid}"]
        said += [f"{done.activated} signs from now on"] if done.activated else ["the active key goes on signing"]
        said += [f"{done.made} is next"] if done.made else []
        self.stdout.write("; ".join(said))

    def _tell(self, rotations: list[keys.Rotation]) -> None:
        if not rotations:
            self.stdout.write("nothing is due")
        for done in rotations:
            if done.waits:
                self.stdout.write(f"{done.use}: {done.waits}")
            else:
                self.stdout.write(
                    f"{done.use}: {done.activated or 'no key'} activated, {done.retired or 'no key'} retired, "
                    f"{done.made} is next"
                )
