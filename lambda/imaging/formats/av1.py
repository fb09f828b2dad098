"""What the headers in an AV1 stream say about the size and the colors of its frames.

A container can name a smaller size, and a frame a larger one than its sequence: the decoder then decodes all of it.

Source: AV1 Bitstream & Decoding Process Specification, 5.3 to 5.9.
"""

from collections.abc import Iterator
from typing import NamedTuple

from imaging.model import Size
from imaging.rejection import corrupt

Colors = tuple[int, int]  # the codes of primaries and transfer in ITU-T H.273

SEQUENCE_HEADER, FRAME_HEADERS = 1, {3, 6, 7}  # types of OBUs; a frame begins with its header
HAS_EXTENSION, HAS_SIZE = 4, 2  # flags in the header of an OBU
HIGH, PROFESSIONAL = 1, 2  # profiles
KEY, INTRA_ONLY, SWITCH = 0, 2, 3  # types of frames
SELECT = 2  # each frame says whether it uses a tool
REFERENCES, SLOTS = 7, 8
MAX_OBUS = 10_000  # in one picture
MAX_HEADER = 1_024  # bytes: more than a sequence header with 32 operating points can have


class SequenceHeader(NamedTuple):
    """The largest width and height of a frame, its colors if they are named, and what it takes to read a frame's size.

    `side_bits` are the bits of a width and a height, `id_bits` those of a frame's number and of a difference of two.
    """

    size: Size
    colors: Colors | None
    is_reduced: bool
    has_model: bool  # of a decoder's buffer
    side_bits: tuple[int, int]
    id_bits: tuple[int, int]
    order_bits: int
    screen_content: int
    motion: int


class Bits:
    """Unsigned numbers in a bit stream; zeros follow its end."""

    def __init__(self, data: memoryview) -> None:
        self._bits = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        """Return the number in the next `count` bits."""
        self._left -= count
        shifted = self._bits >> self._left if self._left >= 0 else self._bits << -self._left
        return shifted & (1 << count) - 1


def check_size(data: memoryview, size: Size, sequence: SequenceHeader | None = None) -> SequenceHeader | None:
    """Return the sequence header of a picture, or `sequence`, that of those before it, unless it has one.

    Raises:
        Rejected: the picture is larger than `size`, what its container says: the decoder would decode all of it.
    """
    sizes, sequence = read_headers(data, sequence)
    if any(width > size[0] or height > size[1] for width, height in sizes):
        raise corrupt("it contradicts itself about its size")
    return sequence


def colors(header: SequenceHeader | None) -> Colors | None:
    """Return the colors that a sequence header names, if there is one."""
    return header.colors if header else None


def read_headers(data: memoryview, sequence: SequenceHeader | None = None) -> tuple[list[Size], SequenceHeader | None]:
    """Return the sizes that the headers in `data` name, and the last sequence header, at first `sequence`.

    Raises:
        Rejected: there are too many OBUs.
    """
    sizes = []
    for kind, payload in _obus(data):
        bits = Bits(payload[:MAX_HEADER])
        if kind == SEQUENCE_HEADER:
            sequence = _sequence_header(bits)
            sizes.append(sequence.size)
        elif kind in FRAME_HEADERS and sequence and (size := _frame_size(bits, sequence)):
            sizes.append(size)
    return sizes, sequence


def _obus(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield the type and the payload of each OBU."""
    at = 0
    for _ in range(MAX_OBUS):
        if at >= len(data):
            return
        header = data[at]
        at += 2 if header & HAS_EXTENSION else 1
        size = len(data) - at
        if header & HAS_SIZE:
            size, at = _leb128(data, at)
        yield header >> 3 & 15, data[at : at + size]
        at += size
    if at < len(data):
        raise corrupt(f"more than {MAX_OBUS:,} OBUs in a picture")


def _leb128(data: memoryview, at: int) -> tuple[int, int]:
    """Return the number of up to eight bytes at `at`, seven bits in each, and where it ends."""
    number = 0
    for shift in range(0, 56, 7):
        byte = data[at] if at < len(data) else 0
        at += 1
        number |= (byte & 127) << shift
        if not byte & 128:
            break
    return number, at


def _sequence_header(bits: Bits) -> SequenceHeader:
    profile, _, is_reduced = bits.take(3), bits.take(1), bits.take(1)  # a still picture may have a reduced header
    delay_bits = 0
    if is_reduced:
        bits.take(5)
    else:
        delay_bits = _skip_timing(bits)
        _skip_operating_points(bits, delay_bits)
    side_bits = bits.take(4) + 1, bits.take(4) + 1
    size = bits.take(side_bits[0]) + 1, bits.take(side_bits[1]) + 1
    id_bits = 0, 0
    if not is_reduced and bits.take(1):  # frames have numbers
        difference = bits.take(4) + 2
        id_bits = difference + bits.take(3) + 1, difference
    bits.take(3)
    tools = (0, SELECT, SELECT) if is_reduced else _tools(bits)
    bits.take(3)
    return SequenceHeader(size, _colors(bits, profile), bool(is_reduced), delay_bits > 0, side_bits, id_bits, *tools)


def _tools(bits: Bits) -> tuple[int, int, int]:
    """Return the bits of a frame's order, and whether frames use tools for screen content and motion in full pixels."""
    bits.take(4)
    has_order = bits.take(1)
    bits.take(2 * has_order)
    screen_content = SELECT if bits.take(1) else bits.take(1)
    motion = SELECT
    if screen_content and not bits.take(1):
        motion = bits.take(1)
    return bits.take(3) + 1 if has_order else 0, screen_content, motion


def _frame_size(bits: Bits, sequence: SequenceHeader) -> Size | None:
    """Return the size that a frame header names; None if the frame is as large as its sequence, or another frame."""
    if sequence.is_reduced or bits.take(1):  # the latter shows another frame
        return None
    if sequence.has_model:  # AVIF encoders write none. What follows isn't read, so the frame may be as large as can be
        return 1 << sequence.side_bits[0], 1 << sequence.side_bits[1]
    kind, is_shown = bits.take(2), bits.take(1)
    if not is_shown:
        bits.take(1)
    refreshes_all = kind == SWITCH or (kind == KEY and is_shown)
    is_resilient = refreshes_all or bits.take(1)
    bits.take(1)
    uses_screen_content = bits.take(1) if sequence.screen_content == SELECT else sequence.screen_content
    if uses_screen_content and sequence.motion == SELECT:
        bits.take(1)
    bits.take(sequence.id_bits[0])
    if kind != SWITCH and not bits.take(1):
        return None
    bits.take(sequence.order_bits)
    is_intra = kind in (KEY, INTRA_ONLY)
    if not is_intra and not is_resilient:
        bits.take(3)
    refreshed = 255 if refreshes_all else bits.take(8)
    if is_resilient and (not is_intra or refreshed != 255):
        bits.take(SLOTS * sequence.order_bits)
    if not is_intra and _has_size_of_reference(bits, sequence, bool(is_resilient)):
        return None
    return bits.take(sequence.side_bits[0]) + 1, bits.take(sequence.side_bits[1]) + 1


def _has_size_of_reference(bits: Bits, sequence: SequenceHeader, is_resilient: bool) -> bool:
    is_short = sequence.order_bits and bits.take(1)
    bits.take(6 if is_short else 0)
    bits.take(REFERENCES * ((0 if is_short else 3) + sequence.id_bits[1]))
    return not is_resilient and any(bits.take(1) for _ in range(REFERENCES))


def _colors(bits: Bits, profile: int) -> Colors | None:
    is_deep = bits.take(1)
    if profile == PROFESSIONAL and is_deep:
        bits.take(1)  # 12 bits
    if profile != HIGH:
        bits.take(1)  # gray
    return (bits.take(8), bits.take(8)) if bits.take(1) else None


def _skip_timing(bits: Bits) -> int:
    """Skip the timing, and return the bits of a decoder's delay, which are 0 without a decoder model."""
    if not bits.take(1):
        return 0
    bits.take(64)
    if bits.take(1):  # equal intervals: a number of as many bits as there are zeros before it
        zeros = 0
        while zeros < 32 and not bits.take(1):
            zeros += 1
        bits.take(zeros)
    if not bits.take(1):
        return 0
    delay_bits = bits.take(5) + 1
    bits.take(42)
    return delay_bits


def _skip_operating_points(bits: Bits, delay_bits: int) -> None:
    has_initial_delay = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:  # the level; high ones have a tier
            bits.take(1)
        if delay_bits and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if has_initial_delay and bits.take(1):
            bits.take(4)
