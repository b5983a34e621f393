"""A file on its way out: always to be kept, never to be shown, under a name of our own."""

from django.http import HttpResponse

from governance.files.kinds import ENDINGS, MEDIA_TYPES, Kind
from governance.files.services import read
from governance.models import StoredFile


def attachment(file: StoredFile, name: str) -> HttpResponse:
    """The answer with the content of a file. `name` is ours, of letters, digits and hyphens; its ending follows the content."""
    kind = Kind(file.kind)
    answer = HttpResponse(read(file), content_type=MEDIA_TYPES[kind])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{ENDINGS[kind]}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer
