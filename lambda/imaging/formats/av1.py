"""What the sequence header of an AV1 stream says about the size of its frames.

A container can name a smaller size, and the decoder then still decodes the whole frame.

Source: AV1 Bitstream & Decoding Process Specification, 5.3 to 5.5.
"""

from collections.abc import Iterator

Size = tuple[int, int]

SEQUENCE_HEADER = 1  # the type of an OBU
HAS_EXTENSION, HAS_SIZE = 4, 2  # flags in its header
MAX_OBUS = 1_000  # in one picture


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


def coded_size(data: memoryview) -> Size:
    """Return the largest width and height that the sequence headers in `data` allow; 0 without any."""
    sizes = [_max_frame_size(Bits(payload[:64])) for kind, payload in _obus(data) if kind == SEQUENCE_HEADER]
    return max((width for width, _ in sizes), default=0), max((height for _, height in sizes), default=0)


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


def _max_frame_size(bits: Bits) -> Size:
    bits.take(4)  # profile, still picture
    if bits.take(1):  # reduced header of a still picture
        bits.take(5)
    else:
        _skip_operating_points(bits, _skip_timing(bits))
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(width_bits) + 1, bits.take(height_bits) + 1


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
