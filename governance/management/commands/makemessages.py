"""Collects every text of pages and code into the languages' .po files, in one run and with stable output."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.commands import makemessages

from governance.duo.judging.text import explanations, templates


class Command(makemessages.Command):
    """`manage.py makemessages`: all languages, no line numbers, no guesses from similar texts. Needs xgettext."""

    msgmerge_options = [
        *makemessages.Command.msgmerge_options,
        "--no-fuzzy-matching",
        "--no-location",
        "--no-wrap",
    ]
    # Modules that use both call gettext_lazy `lazy`, or gettext `_now` where `_` is the lazy one.
    xgettext_options = [
        *makemessages.Command.xgettext_options,
        "--no-location",
        "--no-wrap",
        "--keyword=lazy",
        "--keyword=_now",
    ]
    msgattrib_options = [*makemessages.Command.msgattrib_options, "--no-wrap"]

    def handle(self, *args: Any, **options: Any) -> None:
        """Collect for every language of the settings but the one that texts are written in."""
        if not options["locale"] and not options["all"]:
            options["locale"] = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        options["ignore_patterns"] = [
            *options["ignore_patterns"],
            ".venv",
            "var",
            "tests",
            "docs",
            "benchmarks",
        ]
        options["no_location"] = True
        options["no_obsolete"] = True
        super().handle(*args, **options)

    def process_files(self, file_list: list[Any]) -> None:
        """Collect from the files, and from the rule table: the matcher builds its sentences, so xgettext misses them."""
        super().process_files(file_list)
        if self.domain == "django":
            collected = Path(settings.LOCALE_PATHS[0], f"{self.domain}.pot")
            with collected.open("a", encoding="utf-8") as pot:
                pot.writelines(_entries([*templates(), *explanations().values()]))


def _entries(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        yield f'\nmsgid {json.dumps(text, ensure_ascii=False)}\nmsgstr ""\n'
