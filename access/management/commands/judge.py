"""`manage.py judge GRANT`: judges one grant now, and shows the whole error where it cannot be judged."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from access.grants.evaluation import judge_grant
from access.grants.judgement import CouldNotJudge, Judged
from access.models import Grant


class Command(BaseCommand):
    """For whoever mends a grant that was set aside: its error may hold words of the purpose, so no log has it."""

    help = "judge one grant now; the error of one that cannot be judged is shown whole"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("grant", help="its number, as G-0001")

    def handle(self, *args: object, **options: object) -> None:
        grant = Grant.objects.filter(number=options["grant"]).first()
        if grant is None:
            raise CommandError(f"there is no grant {options['grant']}: give its number, as G-0001")
        match judge_grant(grant, timezone.now()):
            case Judged(judged):
                self.stdout.write(f"{judged.number}: {judged.state}")
            case CouldNotJudge(cause):
                raise cause
