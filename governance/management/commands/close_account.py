"""`manage.py close_account USER --because CODE`: closes an account, with its sessions, tokens and visas."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from governance.domain.actors import system
from governance.domain.errors import DuologueError
from governance.models import User
from governance.record import outbox
from governance.services import people

ACTOR = system("close_account")


class Command(BaseCommand):
    help = "Closes an account for good; what it wrote and decided stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the user name, or the opaque subject that the audit log names")
        parser.add_argument("--because", required=True, help="one word for the audit log, such as left or stolen")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["user"]
        person = User.objects.filter(username=name).first() or User.objects.filter(subject=name).first()
        if person is None:
            raise CommandError(f"nobody has the user name or subject {name}: look for it in the audit log")
        try:
            closed = people.close_account(person=person, because=options["because"], by=ACTOR, now=timezone.now())
        except DuologueError as error:
            raise CommandError(error.message) from error
        # What the event asks for is done before the command returns, worker or not; the worker finds what is left.
        outbox.drain()
        self.stdout.write(f"{closed.subject} is closed")
