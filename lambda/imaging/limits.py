"""The limits: how much an upload may cost, so that the function's memory and time suffice for it.

The worst case of each kind of picture is a sum of named terms, measured on noise. `make test-limits` draws the largest
pictures that are allowed and tries them; docs/formats.md has the results.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from imaging.rejection import Rejected

MEGABYTE = 2**20
Size = tuple[int, int]  # width and height in pixels

# What the function has. Lambda gives a whole processor to 1,769 MB. More of them don't make a large picture faster:
# its variants are encoded one after the other.
MEMORY = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")) * MEGABYTE
TIMEOUT = int(os.environ.get("TIMEOUT_SECONDS", "60"))
PROCESSOR = min(1.0, MEMORY / (1769 * MEGABYTE))

# What an upload may use of it.
RESERVED = 90 * MEGABYTE  # for the interpreter, botocore, and Pillow
ROOM = MEMORY - RESERVED  # bytes
SECONDS = 0.9 * TIMEOUT * PROCESSOR  # of a processor; the rest is for reading, writing, and headers

# Bytes a pixel that are alive at once.
PICTURE = 4  # in Pillow, for any mode
WEBP_COLORS = 10  # in libwebp: its own copies, and its output, which doubles when it grows
WEBP_ALPHA = 28  # in libwebp: alpha compressed without loss
WEBP_DECODER = 3 * PICTURE  # in Pillow, for an animation: more than what GIF and PNG need
AVIF_STILL, AVIF_SEQUENCE = 20, 100  # in libaom, beyond what libwebp takes
AVIF_FRAMES = 6  # in libaom and its output, for each pixel of each frame
OUTPUT = 3  # of an animated WebP, for each pixel of each frame

# Microseconds of a processor.
SCAN = 0.0065  # for each pixel of a JPEG, and each scan after the first: it goes over all of them
AVIF_MICROSECONDS = 0.75  # for each pixel of each frame of a sequence
AVIF_SHARE = 0.3  # of the time
FRAME = 600  # for each frame, however small

MAX_SIDE = 16_383  # pixels: WebP has 14 bits for each side
MAX_FILE_BYTES = min(MEMORY // 4, ROOM // 2)  # copied once before a pixel is decoded
MAX_FRAMES = 2_000
MAX_PROFILE = 8 * MEGABYTE  # of an ICC profile: more than that of any camera, screen, or press
MAX_SCANS = 100  # of a JPEG
MIN_PADDING = 16  # zeros at the end of a file: from so many on, they stand for data that was lost


@dataclass(frozen=True)
class Kind:
    """What encoding a kind of picture costs for each pixel.

    `bytes_per_pixel` are alive while the largest variant is encoded, and `beside` more if another one is encoded at the
    same time. All variants together take `microseconds` of a processor. `name` follows the limit in a rejection.
    """

    name: str
    bytes_per_pixel: int
    beside: int
    microseconds: float


OPAQUE = Kind("", PICTURE + WEBP_COLORS, 8, 0.25)
# Gray with alpha becomes RGBA first.
TRANSPARENT = Kind(" with transparency", 2 * PICTURE + WEBP_COLORS + WEBP_ALPHA, 13, 0.39)
# Beside the encoder there are the first frame, the canvas, the frame as shown, and the part of it that has changed.
ANIMATED = Kind(" in an animation", 4 * PICTURE + WEBP_DECODER + WEBP_COLORS + WEBP_ALPHA, 13, 0.29)


@dataclass(frozen=True)
class Decoding:
    """What decoding a file costs, for each pixel of each frame, and apart from its pixels.

    `file_bytes` are all copies of the file, and what keeps its parts together. `overhead` is in microseconds.
    """

    bytes_per_pixel: int
    microseconds: float
    file_bytes: int = 0
    overhead: float = 0


def max_pixels(kind: Kind, decoding: Decoding) -> int:
    """Return how many pixels a picture of `kind` may have: memory to decode and to encode it, and time for both."""
    return max(
        0,
        int(
            min(
                (ROOM - decoding.file_bytes) / decoding.bytes_per_pixel,
                ROOM / kind.bytes_per_pixel,  # the file is gone by then
                (SECONDS * 1e6 - decoding.overhead) / (decoding.microseconds + kind.microseconds),
            )
        ),
    )


def held_bytes(canvas: Size, frames: Sequence[Size], decoding: Decoding) -> int:
    """Return how many bytes of an animation stay in memory while its frames are encoded: the file and the output."""
    return decoding.file_bytes + OUTPUT * sum(_areas(canvas, frames))


def allow_animation(canvas: Size, frames: Sequence[Size], decoding: Decoding) -> bool:
    """Return whether there are memory and time for an animation of `frames`, each a size in pixels."""
    areas = _areas(canvas, frames)
    held = held_bytes(canvas, frames, decoding)
    drawn = sum(areas) + areas[0]  # the other variants cost less than one more frame
    microseconds = drawn * (2 * decoding.microseconds + ANIMATED.microseconds)  # decoded to check it, and to encode it
    microseconds += decoding.overhead + len(areas) * FRAME
    fits = max(areas) * ANIMATED.bytes_per_pixel + held <= ROOM
    return len(areas) <= MAX_FRAMES and fits and microseconds <= SECONDS * 1e6


def pixels_of(canvas: Size, frames: Sequence[Size]) -> int:
    """Return the pixels of all frames of an animation together."""
    return sum(_areas(canvas, frames))


def avif_bytes(size: Size, pixels: int = 0) -> int:
    """Return what libaom takes beyond WebP's encoder: for a still of `size`, or a sequence of `pixels` altogether."""
    each = AVIF_SEQUENCE if pixels else AVIF_STILL
    return each * size[0] * size[1] + AVIF_FRAMES * pixels


def allow_avif_sequence(size: Size, pixels: int, held: int) -> bool:
    """Return whether there are memory and time for an AVIF sequence beside the other variants."""
    fits = room_for_one(size, ANIMATED, held + avif_bytes(size, pixels))
    return fits and pixels * AVIF_MICROSECONDS <= AVIF_SHARE * SECONDS * 1e6


def _areas(canvas: Size, frames: Sequence[Size]) -> list[int]:
    """Return the pixels that each of `frames` costs: all of the canvas, or its own if those are more."""
    return [max(canvas[0] * canvas[1], width * height) for width, height in frames]


def room_for_one(size: Size, kind: Kind, held: int) -> bool:
    """Return whether the memory, beside `held` bytes, is enough to encode a variant of `size`."""
    return size[0] * size[1] * kind.bytes_per_pixel + held <= ROOM


def room_for_two(size: Size, kind: Kind, held: int = 0) -> bool:
    """Return whether the memory, beside `held` bytes, is enough to encode two variants of `size` at once."""
    return size[0] * size[1] * (kind.bytes_per_pixel + kind.beside) + held <= ROOM


def check_bytes(size: int) -> None:
    """Raise Rejected for an upload of more than MAX_FILE_BYTES."""
    if size > MAX_FILE_BYTES:
        raise Rejected("too-large-file", f"{size:,} bytes are more than the {MAX_FILE_BYTES:,} that are accepted")


def check_size(size: Size, kind: Kind, decoding: Decoding) -> None:
    """Raise Rejected for a side that is too long for WebP, or more pixels than there are memory and time for."""
    width, height = size
    if max(size) > MAX_SIDE:
        raise Rejected("too-long-side", f"{width:,} x {height:,} pixels: a side may have {MAX_SIDE:,} pixels at most")
    if width * height > (accepted := max_pixels(kind, decoding)):
        raise Rejected(
            "too-many-pixels",
            f"{width:,} x {height:,} are {width * height / 1e6:,.1f} million pixels:"
            f" {accepted / 1e6:,.1f} million are accepted{kind.name}",
        )


def check_scans(count: int) -> None:
    """Raise Rejected for a JPEG with too many scans: each one costs time."""
    if count > MAX_SCANS:
        raise Rejected("corrupt", f"corrupt: it has {count:,} scans (the limit is {MAX_SCANS})")
