"""RSA keys for tests: as new in each test, made once for the whole run, because looking for primes is slow.

The first key that any test makes is the same in all of them, and so is the second; within a test no two are the same. Only the
search for primes is left out: what the product does with a new key, it does each time.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from joserfc.jwk import RSAKey

_find_primes = RSAKey.binding.generate_private_key


class Keys:
    """The keys of this run, and how many of them the running test has taken."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, int], RSAPrivateKey] = {}
        self.taken = 0

    def take(self, size: int) -> RSAPrivateKey:
        """The next key of this size that the test has not seen."""
        place = (size, self.taken)
        if place not in self._made:
            self._made[place] = _find_primes(size)
        self.taken += 1
        return self._made[place]


keys = Keys()


@contextmanager
def made_before() -> Iterator[None]:
    """Let every new RSA key come from those of this run, from the first one on."""
    keys.taken = 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(RSAKey.binding, "generate_private_key", staticmethod(keys.take))
        yield
