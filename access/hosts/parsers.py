"""How the API reads a body: small JSON. The framework reads bodies of any size and depth, and fails on deep ones."""

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

LARGEST = 64 * 2**10


class SmallJSONParser(JSONParser):
    """JSON of at most 64 KiB, as deep as Python reads it."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The parsed body; `ParseError`, which answers 400, for what is too large, too deep or no JSON."""
        body = stream.read(LARGEST + 1)
        if len(body) > LARGEST:
            raise ParseError(f"the body is too large: send at most {LARGEST} bytes")
        try:
            return super().parse(BytesIO(body), media_type, parser_context)
        except RecursionError:
            raise ParseError("the body is nested too deeply") from None
