"""The limits, derived from the function's memory and time. docs/formats.md has the measurements."""

import os
from collections.abc import Sequence

from imaging.rejection import Rejected

MEGABYTE = 2**20
MEMORY = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")) * MEGABYTE
RESERVED = 100 * MEGABYTE  # the interpreter, botocore, and Pillow

# Bytes of memory for each pixel at the peak of decoding and of encoding the five variants, measured on noise.
OPAQUE, TRANSPARENT, ANIMATED = 17, 54, 75
BESIDE = 5  # and this much more if variants are encoded side by side, and wait to be written

MAX_SIDE = 16_383  # pixels: WebP has 14 bits for each side
MAX_FILE_BYTES = MEMORY // 4  # held twice while it is decoded, released before the variants are made
MAX_FRAMES = 2_000
MAX_ANIMATED_PIXELS = 100_000_000  # frames times canvas: 60 seconds are enough for them
MAX_SCANS = 100  # scans of a JPEG
MIN_PADDING = 16  # zeros at the end of a file: from so many on, they stand for data that was lost


def max_pixels(bytes_per_pixel: int) -> int:
    """Return how many pixels fit into the memory."""
    return (MEMORY - RESERVED) // bytes_per_pixel


def room_for_two(size: tuple[int, int], bytes_per_pixel: int) -> bool:
    """Return whether the memory is enough to encode two variants at once."""
    return size[0] * size[1] <= max_pixels(bytes_per_pixel + BESIDE)


def check_bytes(size: int) -> None:
    """Raise Rejected for an upload of more than MAX_FILE_BYTES."""
    if size > MAX_FILE_BYTES:
        raise Rejected("too-large-file", f"{size:,} bytes are more than the {MAX_FILE_BYTES:,} that are accepted")


def check_size(size: tuple[int, int], bytes_per_pixel: int, kind: str = "") -> None:
    """Raise Rejected for a side that is too long for WebP, or more pixels than fit into the memory."""
    width, height = size
    if max(size) > MAX_SIDE:
        raise Rejected("too-long-side", f"{width:,} x {height:,} pixels: a side may have {MAX_SIDE:,} pixels at most")
    if width * height > max_pixels(bytes_per_pixel):
        raise Rejected(
            "too-many-pixels",
            f"{width:,} x {height:,} are {width * height / 1e6:,.1f} million pixels:"
            f" {max_pixels(bytes_per_pixel) / 1e6:,.1f} million are accepted{kind}",
        )


def check_scans(count: int) -> None:
    """Raise Rejected for a JPEG with too many scans: each one costs time."""
    if count > MAX_SCANS:
        raise Rejected("corrupt", f"corrupt: it has {count:,} scans (the limit is {MAX_SCANS})")


def allow_animation(canvas: tuple[int, int], frames: Sequence[tuple[int, int]]) -> bool:
    """Return whether an animation of `frames`, each a size in pixels, fits into the memory and the function's time."""
    areas = [max(canvas[0] * canvas[1], width * height) for width, height in frames]
    return len(areas) <= MAX_FRAMES and max(areas) <= max_pixels(ANIMATED) and sum(areas) <= MAX_ANIMATED_PIXELS
