"""`manage.py start`: begin a real installation with keys, the first organisation and the first administrator."""

from allauth.account.app_settings import PASSWORD_RESET_TOKEN_GENERATOR
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone

from governance.domain.errors import DuologueError
from governance.models import Organisation, User
from governance.services.beginning import begin


class Command(BaseCommand):
    """Prints a one-time link with which the administrator chooses a password; it ends with its first use."""

    help = "begin a real installation: keys, the first organisation, the first administrator by one-time link"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organisation", required=True, help="its name")
        parser.add_argument("--slug", required=True, help="its short name in addresses, such as lakeland")
        parser.add_argument("--domain", required=True, help="the scope of its affiliations, such as lakeland.example")
        parser.add_argument("--country", required=True, help="two letters, such as FI")
        parser.add_argument("--kind", choices=Organisation.Kind.values, default=Organisation.Kind.NOT_FOR_PROFIT)
        parser.add_argument("--email", required=True, help="the administrator's address")

    def handle(self, *args: object, **options: object) -> None:
        names = ("organisation", "slug", "domain", "country", "kind", "email")
        try:
            begun = begin(now=timezone.now(), **{name: str(options[name]) for name in names})
        except DuologueError as error:
            raise CommandError(error.message) from error
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        self.stdout.write(f"{begun.organisation.name} stands. The administrator chooses a password here, once:")
        self.stdout.write(link_for(begun.administrator))


def link_for(person: User) -> str:
    """The address at which somebody without a password chooses one: it works once, and for three days."""
    key = PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(person), "key": key})
    return settings.BASE_URL.rstrip("/") + path
