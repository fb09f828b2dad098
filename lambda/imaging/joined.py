"""Read several buffers as one file."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

Buffer = bytes | memoryview


class Joined:
    """A readable file that concatenates `parts` without a copy of the whole. Pillow reads it piece by piece."""

    def __init__(self, parts: Iterable[Buffer]) -> None:
        self._parts = [memoryview(part) for part in parts if part]
        self._starts = [0, *accumulate(map(len, self._parts))]
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next `size` bytes, or the rest."""
        end = self._starts[-1] if size < 0 else min(self._at + size, self._starts[-1])
        found = []
        while self._at < end:
            number = bisect_right(self._starts, self._at) - 1
            start = self._starts[number]
            found.append(self._parts[number][self._at - start : end - start])
            self._at += len(found[-1])
        return b"".join(found)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to `offset` from the beginning (`whence` 0), the current position (1), or the end (2)."""
        self._at = offset + (0, self._at, self._starts[-1])[whence]
        return self._at

    def tell(self) -> int:
        """Return the current position."""
        return self._at
