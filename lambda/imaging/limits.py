"""What is accepted, derived from the function's memory and time. The measurements are in docs/formats.md."""

import os

from imaging.rejection import Rejected

MEGABYTE = 2**20
MEMORY = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")) * MEGABYTE
RESERVED = 100 * MEGABYTE  # the interpreter, boto3 and Pillow

# Bytes of memory that a pixel needs at the worst moment of decoding and of the five variants, measured on noise.
OPAQUE, TRANSPARENT, ANIMATED = 17, 54, 75
BESIDE = 5  # and these where variants are encoded side by side, and wait to be written

MAX_SIDE = 16_383  # pixels: WebP has 14 bits for each side
MAX_FILE_BYTES = MEMORY // 4  # bytes: twice there while it is decoded, gone before the variants are made
MAX_FRAMES = 2_000
MAX_ANIMATED_PIXELS = 100_000_000  # frames times canvas: what 60 seconds are enough for
MAX_SCANS = 100  # scans of a JPEG


def max_pixels(bytes_per_pixel: int) -> int:
    """How many pixels fit into the memory."""
    return (MEMORY - RESERVED) // bytes_per_pixel


def room_for_two(size: tuple[int, int], bytes_per_pixel: int) -> bool:
    """Whether the memory is enough to encode two variants at once."""
    return size[0] * size[1] <= max_pixels(bytes_per_pixel + BESIDE)


def check_bytes(size: int) -> None:
    """Raises Rejected for an upload of more bytes than are read."""
    if size > MAX_FILE_BYTES:
        raise Rejected("too-large-file", f"{size:,} bytes are more than the {MAX_FILE_BYTES:,} that are accepted")


def check_size(size: tuple[int, int], bytes_per_pixel: int, kind: str = "") -> None:
    """Raises Rejected for sides that are too long for WebP, or more pixels than fit into the memory."""
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
    """Raises Rejected for a JPEG with too many scans: each one costs time."""
    if count > MAX_SCANS:
        raise Rejected("corrupt", f"corrupt: it has {count:,} scans (the limit is {MAX_SCANS})")


def check_frames(count: int, size: tuple[int, int]) -> None:
    """Raises Rejected for an animation that would take longer than the function may run."""
    pixels = count * size[0] * size[1]
    if count > MAX_FRAMES:
        raise Rejected("too-many-frames", f"more than {MAX_FRAMES:,} frames")
    if count > 1 and pixels > MAX_ANIMATED_PIXELS:
        raise Rejected(
            "too-many-frames",
            f"{count:,} frames of {size[0]:,} x {size[1]:,} pixels are {pixels / 1e6:,.0f} million pixels:"
            f" {MAX_ANIMATED_PIXELS / 1e6:,.0f} million are accepted",
        )
