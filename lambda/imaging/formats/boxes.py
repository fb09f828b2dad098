"""The boxes of HEIF and AVIF files, and the numbers in them.

Source: ISO/IEC 14496-12, 4.2.
"""

from collections.abc import Iterable, Iterator

from imaging.rejection import bytes_missing, corrupt, truncated

Box = tuple[bytes, memoryview]  # its kind, and its content
Boxes = dict[bytes, memoryview]  # the first of each kind

MAX_BOXES = 10_000  # in one box
MAX_ENTRIES = 100_000  # in one table: items (a grid of 48 megapixels has about 200) or frames


class Cursor:
    """Numbers in a box, read one after the other."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> memoryview:
        """Return the next `count` bytes, or raise Rejected."""
        self.at += count
        if self.at > len(self.data):
            raise corrupt("a box is too short for its content")
        return self.data[self.at - count : self.at]

    def number(self, count: int) -> int:
        """Return the unsigned number in the next `count` bytes; 0 for no bytes."""
        return int.from_bytes(self.take(count), "big")

    def numbers(self, count: int, size: int) -> list[int]:
        """Return `count` numbers of `size` bytes each."""
        return [self.number(size) for _ in range(count)]

    def count(self, size: int) -> int:
        """Return the number of a table's entries, which has `size` bytes, or raise Rejected if there are too many."""
        number = self.number(size)
        if number > MAX_ENTRIES:
            raise corrupt(f"a table of more than {MAX_ENTRIES:,} entries")
        return number


class FullBox(Cursor):
    """Numbers in a box that begins with its version and its flags."""

    def __init__(self, data: memoryview) -> None:
        super().__init__(data)
        self.version, self.flags = self.number(1), self.number(3)

    def table(self, columns: int, size: int) -> list[tuple[int, ...]]:
        """Return the rows of a table that begins with their count."""
        return [tuple(self.numbers(columns, size)) for _ in range(self.count(4))]


def split(data: memoryview) -> Iterator[Box]:
    """Yield the boxes in `data`.

    Raises:
        Rejected: a box is longer than `data`, or there are too many.
    """
    at = 0
    for _ in range(MAX_BOXES):
        if at + 8 > len(data):
            return
        size, kind, header = int.from_bytes(data[at : at + 4], "big"), bytes(data[at + 4 : at + 8]), 8
        if size == 1:
            size, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        end = at + size if size else len(data)
        if end < at + header or min(kind) < ord(" "):
            raise corrupt("its boxes make no sense")
        if end > len(data):
            raise bytes_missing(end - len(data), end)
        yield kind, data[at + header : end]
        at = end
    raise corrupt(f"more than {MAX_BOXES:,} boxes")


def first_of_each(found: Iterable[Box]) -> Boxes:
    """Return the first box of each kind."""
    return dict(reversed(list(found)))


def find(content: bytes, kind: bytes) -> memoryview:
    """Return the file's first box of that `kind`. What follows it may be missing.

    Raises:
        Rejected: it is not there.
    """
    for each, data in split(memoryview(content)):
        if each == kind:
            return data
    raise truncated(f"the file ends before its {kind.decode()} box")
