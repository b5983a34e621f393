"""`manage.py export_datasets [--format json|beacon]`: the catalogue's labelled datasets, as `import_datasets` reads them."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance.models import Dataset
from governance.selectors.exports import as_beacon, as_json

_FORMATS: Mapping[str, Callable[[Dataset], dict[str, Any]]] = {"beacon": as_beacon, "json": as_json}


class Command(BaseCommand):
    help = "Writes every dataset whose label is settled, in our own JSON or as Beacon v2 collections."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=sorted(_FORMATS), default="json")
        parser.add_argument("--output", metavar="FILE", default="-", help="where to write; - is the screen")

    def handle(self, *args: Any, **options: Any) -> None:
        labelled = Dataset.objects.filter(data_use__isnull=False).order_by("slug").prefetch_related("versions")
        one = _FORMATS[options["format"]]
        found = {"datasets": [one(dataset) for dataset in labelled]}
        text = json.dumps(found, ensure_ascii=False, indent=1)
        if options["output"] == "-":
            self.stdout.write(text)
            return
        try:
            Path(options["output"]).write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{options['output']} cannot be written: {error.strerror}") from error
