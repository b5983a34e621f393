"""What nothing can go below: the same writes as raw SQL, the signing library alone, an empty view behind all middleware."""

import base64
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from django.db import connection, transaction

from benchmarks._http import get
from benchmarks._measuring import Call, statements


class _TakenBack(Exception):
    """What was done in the block shall not stay."""


def _as_one(sent: list[tuple[str, Any, bool]]) -> list[tuple[str, Any, bool]]:
    writes = [one for one in sent if one[0].startswith(("INSERT", "UPDATE", "DELETE"))]
    locks = [one for one in sent if one[0].startswith("SELECT") and " FOR " in one[0]]
    return [*locks, *writes]


def same_writes(world: Any, call: Call) -> Call:
    """The locks and the writes of the call, sent again by a bare cursor in one transaction that is taken back."""
    try:
        with statements() as sent, transaction.atomic():
            call()
            raise _TakenBack
    except _TakenBack:
        wanted = _as_one(sent)

    def again() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                for sql, params, many in wanted:
                    (cursor.cursor.executemany if many else cursor.cursor.execute)(sql, params)
                raise _TakenBack
        except _TakenBack:
            return

    return again


def empty_view(world: Any, call: Call) -> Call:
    """A view that does nothing, behind all middleware of the product."""
    return lambda: get("/health/live")


def signatures(count: int) -> Callable[[Any, Call], Call]:
    """So many RS256 signatures by the library that signs, over as many bytes as a visa has, and nothing around them."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    visa = base64.urlsafe_b64encode(b"v" * 700)

    def floor(world: Any, call: Call) -> Call:
        def sign() -> None:
            for _ in range(count):
                key.sign(visa, padding.PKCS1v15(), SHA256())

        return sign

    return floor
