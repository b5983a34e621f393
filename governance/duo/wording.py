"""Free text that is compared: kinds of study and projects, as people write them.

Letter case and spaces never matter. Punctuation matters inside an identifier (`GRANT:1-2` is not `GRANT:12`)
and nowhere else: `CSC/REMS` is `csc rems`.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from governance.duo.ontologies.curies import folded_name

_CURIE = re.compile(r"([A-Za-z][A-Za-z0-9._\-]*):(?!//)(\S+)")
_PORTS = {"http": 80, "https": 443}


@lru_cache(maxsize=8192)
def same_words(text: str) -> tuple[str, str]:
    """What two ways to write one thing share: the scheme of an identifier, empty for words, and what is left."""
    scheme, rest = _identifier(text.strip())
    folded = unicodedata.normalize("NFKC", rest).casefold()
    return scheme, "".join(folded.split()) if scheme else _letters_and_digits(folded) or folded


@lru_cache(maxsize=8192)
def may_be_same(one: str, other: str) -> bool:
    """May two texts that are not the same words name one thing? Not if they are different identifiers of one scheme."""
    (scheme, first), (other_scheme, second) = same_words(one), same_words(other)
    return not scheme or scheme != other_scheme or _letters_and_digits(first) == _letters_and_digits(second)


def each_once(texts: Iterable[str]) -> tuple[str, ...]:
    """One of the ways in which each thing is written, always the same one whichever come first; sorted."""
    found: dict[tuple[str, str], str] = {}
    for text in sorted(texts):
        found.setdefault(same_words(text), text)
    return tuple(sorted(found.values()))


def _identifier(text: str) -> tuple[str, str]:
    """The scheme of an identifier, which is the prefix of a CURIE or the origin of a web address, and the rest."""
    curie = _CURIE.fullmatch(text)
    if curie:
        return folded_name(curie[1]), curie[2]
    start = text.partition("://")[0].casefold()
    if start not in _PORTS or " " in text:
        return "", text
    try:
        address = urlsplit(text)
        port = address.port or _PORTS[start]
    except ValueError:
        return "", text
    if not address.hostname:
        return "", text
    rest = text.split("://", 1)[1].partition("/")[2]
    return f"{start}://{address.hostname}:{port}", rest


def _letters_and_digits(folded: str) -> str:
    return "".join(character for character in folded if character.isalnum())
