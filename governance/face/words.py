"""Words put together in the reader's language."""

from collections.abc import Iterable
from unicodedata import combining, normalize

from django.utils.translation import get_language_bidi, pgettext


def listed(parts: Iterable[object]) -> str:
    """Several things in one line, with the comma of the language."""
    return pgettext("between things in a list", ", ").join(str(part) for part in parts)


def isolated(words: str) -> str:
    """What somebody wrote, inside a sentence of ours: where reading goes from right to left it keeps its own direction.

    Without it the marks at its end jump to the other side (Unicode isolates, UAX 9).
    """
    return f"\u2068{words}\u2069" if get_language_bidi() else words


def plain(words: str) -> str:
    """A text for comparing: without accents, in small letters, its spaces single."""
    letters = (one for one in normalize("NFKD", words) if not combining(one))
    return " ".join("".join(letters).casefold().split())
