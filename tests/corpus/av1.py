"""AV1 streams that are written here, bit by bit.

Source: AV1 Bitstream & Decoding Process Specification, 5.3 to 5.9.
"""

SEQUENCE, FRAME = 1, 6  # types of OBUs
KEY = 0  # a type of frame
SIDE_BITS = 16  # of the sides of a frame
DELAY_BITS = 32
P3, SRGB, BT_601 = 12, 13, 6  # codes of primaries, transfer, and matrix

Bits = list[tuple[int, int]]  # numbers, and how many bits each has


def packed(bits: Bits) -> bytes:
    """Return `bits` as bytes, padded with zeros."""
    text = "".join(f"{number:0{count}b}" for number, count in bits)
    return int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8), "big")


def obu(kind: int, payload: bytes) -> bytes:
    """Return an OBU that says its size, in two bytes."""
    return bytes((kind << 3 | 2, 0x80 | len(payload) & 127, len(payload) >> 7)) + payload


def sequence_header(size: tuple[int, int], points: int = 0) -> bytes:
    """Return a full sequence header: 8 bits, 4:2:0, without tools. With `points`, these have delays of a decoder."""
    timing: Bits = [(0, 1)]
    operating = [(0, 12), (0, 5)]
    if points:
        timing = [(1, 1), (1, 32), (1, 32), (0, 1), (1, 1), (DELAY_BITS - 1, 5), (1, 32), (0, 5), (0, 5)]
        operating += [(1, 1), (1, DELAY_BITS), (1, DELAY_BITS), (0, 1)]
    bits = [
        *((0, 3), (0, 1), (0, 1)),  # the main profile, neither a still picture nor a reduced header
        *(*timing, (0, 1), (max(points, 1) - 1, 5)),
        *operating * max(points, 1),
        *((SIDE_BITS - 1, 4), (SIDE_BITS - 1, 4), (size[0] - 1, SIDE_BITS), (size[1] - 1, SIDE_BITS)),
        *((0, 1), (0, 3), (0, 4), (0, 1), (0, 1), (0, 1)),  # no numbers, no tools, no order, no screen content
        *((0, 3), (0, 1), (0, 1)),  # no other tools, 8 bits, not gray
        *((1, 1), (P3, 8), (SRGB, 8), (BT_601, 8), (1, 1), (0, 2), (0, 1)),
        *((0, 1), (1, 1)),  # no grain, the end
    ]
    return packed(bits)


def frame(size: tuple[int, int]) -> bytes:
    """Return a shown key frame with a size of its own, which a decoder can decode if it is small."""
    header: Bits = [
        *((0, 1), (KEY, 2), (1, 1)),
        *((0, 1), (1, 1)),  # probabilities change; the size is its own
        *((size[0] - 1, SIDE_BITS), (size[1] - 1, SIDE_BITS), (0, 1)),
        *((0, 1), (1, 1)),  # uniform tiles
    ]
    return packed(header) + bytes(200) + b"\1"
