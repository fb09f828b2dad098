"""The limits on uploads, which follow from the function's memory and timeout.

The cost of the worst picture of each kind is a sum of terms that were measured on noise. `make test-limits` generates
and processes the largest pictures that the limits allow; docs/formats.md has the results.
"""

import os
from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from imaging.model import Size
from imaging.rejection import Rejected, too_many_pixels

MEGABYTE = 2**20

# The function's resources. At 1,769 MB, Lambda provides a whole processor. A second one doesn't help with large
# pictures, because their variants are encoded one after the other.
MEMORY = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")) * MEGABYTE
TIMEOUT = int(os.environ.get("TIMEOUT_SECONDS", "60"))
PROCESSOR = min(1.0, MEMORY / (1769 * MEGABYTE))

# The part that an upload may use.
RESERVED = 90 * MEGABYTE  # for the interpreter, botocore, and Pillow
ROOM = MEMORY - RESERVED  # bytes
TIME = 0.9 * TIMEOUT * PROCESSOR * 1e6  # microseconds of a processor; the rest is for reading, writing, and headers

# Bytes a pixel that are in memory at the same time.
PICTURE = 4  # in Pillow, for any mode
WEBP_COLORS = 10  # in libwebp: its own copies, and its output, which doubles when it grows
WEBP_ALPHA = 28  # in libwebp: alpha compressed without loss
WEBP_DECODER = 3 * PICTURE  # in Pillow, for an animation: more than what GIF and PNG need
AVIF_STILL, AVIF_SEQUENCE = 20, 100  # in libaom, in addition to libwebp's
AVIF_FRAMES = 6  # in libaom and its output, for each pixel of each frame
OUTPUT = 3  # of an animated WebP, for each pixel of each frame

# Microseconds of a processor.
SCAN = 0.0065  # for each pixel of a JPEG, and each scan after the first: a scan covers all pixels
AVIF_MICROSECONDS = 0.75  # for each pixel of each frame of a sequence
AVIF_SHARE = 0.3  # of the time
FRAME = 600  # for each frame, of any size

MAX_SIDE = 16_383  # pixels: WebP has 14 bits for each side
MAX_FILE_BYTES = min(MEMORY // 4, ROOM // 2)  # copied once before a pixel is decoded
MAX_FRAMES = 2_000
MAX_PROFILE = 8 * MEGABYTE  # of an ICC profile; those of cameras, screens, and presses are smaller
MAX_SCANS = 100  # of a JPEG
MIN_PADDING = 16  # zeros at the end of a file mean that data was lost


class Kind(NamedTuple):
    """The cost of encoding a kind of picture."""

    name: str  # follows the limit in a rejection
    bytes_per_pixel: int  # while the largest variant is encoded
    beside: int  # more bytes per pixel if another variant is encoded at the same time
    microseconds: float  # of a processor for each pixel, for all variants together


OPAQUE = Kind("", PICTURE + WEBP_COLORS, 8, 0.25)
# Gray with alpha becomes RGBA first.
TRANSPARENT = Kind(" with transparency", 2 * PICTURE + WEBP_COLORS + WEBP_ALPHA, 13, 0.39)
# In addition to the encoder: the first frame, the canvas, the frame as shown, and the part of it that changed.
ANIMATED = Kind(" in an animation", 4 * PICTURE + WEBP_DECODER + WEBP_COLORS + WEBP_ALPHA, 13, 0.29)


class Decoding(NamedTuple):
    """The cost of decoding a file."""

    bytes_per_pixel: int
    microseconds: float  # of a processor for each pixel of each frame
    file_bytes: int = 0  # of all copies of the file, and of the list of its parts
    overhead: float = 0  # microseconds for the parts of the file


def max_pixels(kind: Kind, decoding: Decoding) -> int:
    """Return how many pixels a picture of `kind` may have, given the memory and the time to decode and encode it."""
    to_decode = (ROOM - decoding.file_bytes) / decoding.bytes_per_pixel
    to_encode = ROOM / kind.bytes_per_pixel  # the file is gone by then
    in_time = (TIME - decoding.overhead) / (decoding.microseconds + kind.microseconds)
    return max(0, int(min(to_decode, to_encode, in_time)))


def held_bytes(pixels: int, decoding: Decoding) -> int:
    """Return the bytes that stay in memory while frames with `pixels` in total are encoded: the file and the output."""
    return decoding.file_bytes + OUTPUT * pixels


def allow_animation(areas: Sequence[int], decoding: Decoding) -> bool:
    """Return whether memory and time suffice for an animation of frames with `areas` in pixels."""
    drawn = sum(areas) + areas[0]  # the other variants cost less than one more frame
    microseconds = drawn * (2 * decoding.microseconds + ANIMATED.microseconds)  # decoded to check it, and to encode it
    microseconds += decoding.overhead + len(areas) * FRAME
    fits = max(areas) * ANIMATED.bytes_per_pixel + held_bytes(sum(areas), decoding) <= ROOM
    return len(areas) <= MAX_FRAMES and fits and microseconds <= TIME


def avif_bytes(size: Size, pixels: int = 0) -> int:
    """Return the bytes that libaom needs in addition to WebP's, for a still of `size` or a sequence of `pixels`."""
    each = AVIF_SEQUENCE if pixels else AVIF_STILL
    return each * prod(size) + AVIF_FRAMES * pixels


def allow_avif_sequence(size: Size, pixels: int, held: int) -> bool:
    """Return whether memory and time suffice for an AVIF sequence in addition to the other variants."""
    fits = room_for_one(size, ANIMATED, held + avif_bytes(size, pixels))
    return fits and pixels * AVIF_MICROSECONDS <= AVIF_SHARE * TIME


def room_for_one(size: Size, kind: Kind, held: int) -> bool:
    """Return whether memory suffices to encode a variant of `size`, in addition to `held` bytes."""
    return prod(size) * kind.bytes_per_pixel + held <= ROOM


def room_for_two(size: Size, kind: Kind, held: int = 0) -> bool:
    """Return whether memory suffices to encode two variants of `size` in parallel, in addition to `held` bytes."""
    return prod(size) * (kind.bytes_per_pixel + kind.beside) + held <= ROOM


def check_bytes(size: int) -> None:
    """Raise Rejected for an upload of more than MAX_FILE_BYTES."""
    if size > MAX_FILE_BYTES:
        raise Rejected("too-large-file", f"{size:,} bytes are more than the {MAX_FILE_BYTES:,} that are accepted")


def check_size(size: Size, kind: Kind, decoding: Decoding) -> None:
    """Raise Rejected for a side that is too long for WebP, or if memory or time don't suffice for the pixels."""
    if max(size) > MAX_SIDE:
        sides = "{:,} x {:,} pixels".format(*size)
        raise Rejected("too-long-side", f"{sides}: a side may have {MAX_SIDE:,} pixels at most")
    if prod(size) > (accepted := max_pixels(kind, decoding)):
        raise too_many_pixels(size, f"{accepted / 1e6:,.1f} million are accepted{kind.name}")


def check_scans(count: int) -> None:
    """Raise Rejected for a JPEG with too many scans: each one costs time."""
    if count > MAX_SCANS:
        raise Rejected("corrupt", f"corrupt: it has {count:,} scans (the limit is {MAX_SCANS})")
