"""The content of an ontology file, plain or gzipped: hashed while it is read, and bounded.

A small compressed file may unpack to very much. Real ontologies shrink to about a tenth, so a file that unpacks
to far more is refused as soon as that shows, not when the memory or an hour is used up.
"""

import gzip
import hashlib
import io
import zlib
from dataclasses import dataclass
from typing import IO

from governance.duo.ontologies.releases import OntologyError

_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class FileLimits:
    """How much one file may hold; `max_bytes` counts the uncompressed content.

    `max_unpacked` is how many times its own size a compressed file may unpack to, once it is past
    `small_enough`. `max_whole` is for formats that cannot be read piece by piece. `max_id` and `max_label` are
    what is stored of a term.
    """

    max_bytes: int = 512 * 1024 * 1024
    max_unpacked: int = 100
    small_enough: int = 16 * 1024 * 1024
    max_whole: int = 256 * 1024 * 1024
    max_line: int = 1024 * 1024
    max_terms: int = 500_000
    max_id: int = 60
    max_label: int = 500


class Content(io.RawIOBase):
    """The uncompressed bytes of a stream; gzip is recognised by its first bytes. Read it by its `stream`.

    Raises `OntologyError` for damaged data, and at the first limit that is passed.
    """

    def __init__(self, stream: IO[bytes], limits: FileLimits) -> None:
        self._limits = limits
        self._packed = _Packed(stream)
        self._zipped = self._packed.head == _GZIP_MAGIC
        buffered = io.BufferedReader(self._packed, _CHUNK)
        self._unpacked = gzip.GzipFile(fileobj=buffered, mode="rb") if self._zipped else buffered
        self._digest = hashlib.sha256()
        self._size = 0
        self.stream = io.BufferedReader(self, _CHUNK)

    def sha256(self) -> str:
        """The hash of what was read: of the whole content, once its end was met."""
        return self._digest.hexdigest()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._unpacked.read(len(buffer))
        except (OSError, EOFError, zlib.error) as error:
            raise OntologyError(f"the compressed data are damaged or cut short ({error})") from error
        self._size += len(data)
        if self._size > self._limits.max_bytes:
            raise OntologyError(f"more than {self._limits.max_bytes} bytes of content; import a smaller extract")
        most = self._limits.max_unpacked * self._packed.taken
        if self._zipped and self._size > max(most, self._limits.small_enough):
            times = f"more than {self._limits.max_unpacked} times its size"
            raise OntologyError(f"the compressed file unpacks to {times}; unpack it yourself if it is meant to be so")
        self._digest.update(data)
        buffer[: len(data)] = data
        return len(data)


class _Packed(io.RawIOBase):
    """The stream as it came, counted; `head` are its first two bytes. Streams that cannot seek are read too."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.head = self._rest = stream.read(2)
        self.taken = len(self.head)
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data, self._rest = self._rest or self._stream.read(len(buffer)), b""
        self.taken += len(data)
        buffer[: len(data)] = data
        return len(data)
