"""Words put together in the reader's language."""

from collections.abc import Iterable

from django.utils.translation import pgettext


def listed(parts: Iterable[object]) -> str:
    """Several things in one line, with the comma of the language."""
    return pgettext("between things in a list", ", ").join(str(part) for part in parts)
