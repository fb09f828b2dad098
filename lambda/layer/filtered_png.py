"""Make PNGs of all kinds of pixels, with filters of one's choice. The same pixels come from any filter."""

import random
import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import NamedTuple

SIZE = WIDTH, HEIGHT = 29, 20
NONE, SUB, UP, AVERAGE, PAETH = ((number,) for number in range(5))
FILTERS = (SUB, UP, AVERAGE, PAETH, (3, 4, 0, 1, 4, 2, 3))  # for the rows, repeated
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by color type
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}  # by color type
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))  # Adam7
PALETTE = bytes(value * 151 % 256 for value in range(3 * 256))


class Form(NamedTuple):
    """A kind of pixels."""

    color_type: int
    depth: int
    interlaced: bool

    @property
    def bits(self) -> int:
        return self.depth * CHANNELS[self.color_type]


FORMS = tuple(
    Form(color_type, depth, interlaced)
    for color_type, depths in DEPTHS.items()
    for depth in depths
    for interlaced in (False, True)
)


def png(form: Form, filters: Sequence[int]) -> bytes:
    """Return a PNG of `form`, whose rows have `filters` in turn. The pixels depend on the form alone.

    Source: https://www.w3.org/TR/png-3/#9Filters
    """
    number = cycle(filters)
    data = b"".join(filtered(next(number), row, above, max(1, form.bits // 8)) for above, row in _pairs(form))
    header = struct.pack(">IIBBBBB", *SIZE, form.depth, form.color_type, 0, 0, form.interlaced)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", PALETTE[: 3 << min(8, form.depth)]),
        (b"IDAT", zlib.compress(data)),
        (b"IEND", b""),
    )
    used = (chunk for chunk in chunks if form.color_type == 3 or chunk[0] != b"PLTE")
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, used))


def filtered(number: int, row: bytes, above: bytes, step: int) -> bytes:
    """Return `row` after filter `number`; `step` is the bytes of a pixel, at least one."""
    left, upper_left = bytes(step) + row, bytes(step) + above
    neighbors = zip(row, left, above, upper_left, strict=False)
    return bytes([number, *((x - _predict(number, a, b, c)) % 256 for x, a, b, c in neighbors)])


def _predict(number: int, a: int, b: int, c: int) -> int:
    nearest = min((a, b, c), key=lambda level: abs(a + b - c - level))  # the first one of equally near ones
    return (0, a, b, (a + b) // 2, nearest)[number]


def _pairs(form: Form) -> Iterator[tuple[bytes, bytes]]:
    """Yield each row after the one above it: noise, few levels, and ramps, in turn."""
    dice = random.Random(str(form))  # noqa: S311 - every build makes the same pixels
    for left, top, right, down in PASSES if form.interlaced else ((0, 0, 1, 1),):
        width, height = -(-(WIDTH - left) // right), -(-(HEIGHT - top) // down)
        length = (width * form.bits + 7) // 8
        above = bytes(length)
        for number in range(height):
            row = (
                dice.randbytes(length),
                bytes(dice.choice((0, 1, 2, 128, 254, 255)) for _ in range(length)),
                bytes((level + dice.randrange(-3, 4)) % 256 for level in above),
            )[number % 3]
            yield above, row
            above = row


def _chunk(chunk: tuple[bytes, bytes]) -> bytes:
    kind, data = chunk
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
