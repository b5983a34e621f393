"""The hasher of client secrets: a salted SHA-256, for secrets that nobody chooses.

A client secret is 256 random bits that we make ourselves, so a slow hash would protect nothing and would
cost a third of a second at every token request. Never for passwords: `Argon2PasswordHasher` stands first in
the settings.
"""

import hashlib
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher
from django.utils.crypto import constant_time_compare


class SaltedSha256Hasher(BasePasswordHasher):
    """`client_sha256$salt$digest`; the salt is random for each secret."""

    algorithm = "client_sha256"

    def encode(self, password: str, salt: str) -> str:
        digest = hashlib.sha256(f"{salt}${password}".encode()).hexdigest()
        return f"{self.algorithm}${salt}${digest}"

    def decode(self, encoded: str) -> dict[str, str]:
        algorithm, salt, digest = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    def verify(self, password: str, encoded: str) -> bool:
        return constant_time_compare(self.encode(password, self.decode(encoded)["salt"]), encoded)

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        return {"algorithm": self.algorithm}

    def must_update(self, encoded: str) -> bool:
        return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        """A secret of 256 random bits needs no hardening."""
