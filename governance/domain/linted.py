"""What a signer takes: a token that passed its lint, once. Each kind has its lint where it is planned."""

from typing import Protocol


class Linted(Protocol):
    """A token that passed its lint: `kid` and `alg` choose the key, `signing_input` is what the lint saw, byte for byte."""

    @property
    def kid(self) -> str:
        """The key that it was planned for."""

    @property
    def alg(self) -> str:
        """The algorithm that its header names."""

    @property
    def signing_input(self) -> bytes:
        """Header and claims as they are signed."""

    def complete(self, signature: bytes) -> str:
        """The signed token; a second time it is refused."""
