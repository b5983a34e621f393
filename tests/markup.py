"""HTML without the layout of the template that it came from."""

import re

_TAG = re.compile(r"\s*(<[^<>]*?)\s*(/?>)\s*")


def flat(html: str) -> str:
    """The same markup with white space around tags, and before the end of a tag, left out and other runs of it made one.

    For comparing what is said and how it is marked up, wherever the template breaks its lines.
    """
    return re.sub(r"\s+", " ", _TAG.sub(r"\1\2", html)).strip()
