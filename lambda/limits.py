"""What is accepted, derived from the function's memory and time. The measurements are in docs/formats.md."""

import os

from rejection import Rejected

MEGABYTE = 2**20
MEMORY = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")) * MEGABYTE
RESERVED = 130 * MEGABYTE  # the interpreter, boto3, Pillow, and what the kernel counts besides

# Bytes of memory for a pixel at the worst moment of the five variants, by the format that comes in.
BYTES_PER_PIXEL = {"JPEG": 15.0, "PNG": 15.0, "GIF": 15.0, "BMP": 15.0, "WEBP": 20.0}

LONGEST_SIDE = 16_383  # pixels: WebP has 14 bits for each side
LARGEST_FILE = MEMORY // 4  # bytes: twice there while it is decoded, gone before the variants are made
MOST_FRAMES = 2_000
MOST_ANIMATED_PIXELS = 150_000_000  # frames times canvas: what 60 seconds are enough for
MOST_PASSES = 100  # scans of a JPEG


def most_pixels(form: str) -> int:
    """How many pixels a picture of the format FORM may have, so that its variants fit into the memory."""
    return int((MEMORY - RESERVED) / BYTES_PER_PIXEL[form])


def check_bytes(size: int) -> None:
    """Raises Rejected for an upload of more bytes than are read."""
    if size > LARGEST_FILE:
        raise Rejected("too-large-file", f"{size:,} bytes are more than the {LARGEST_FILE:,} that are accepted")


def check_size(form: str, size: tuple[int, int], passes: int = 1) -> None:
    """Raises Rejected for a picture of more pixels than fit into memory, or longer sides than fit into WebP."""
    width, height = size
    if max(size) > LONGEST_SIDE:
        raise Rejected(
            "too-long-side", f"{width:,} x {height:,} pixels: a side may have {LONGEST_SIDE:,} pixels at most"
        )
    if width * height > most_pixels(form):
        raise Rejected(
            "too-many-pixels",
            f"{width:,} x {height:,} pixels are {width * height / 1e6:,.1f} million:"
            f" {most_pixels(form) / 1e6:,.1f} million are accepted",
        )
    if passes > MOST_PASSES:
        raise Rejected("damaged", f"damaged: the picture comes in {passes:,} passes")


def check_frames(count: int, size: tuple[int, int]) -> None:
    """Raises Rejected for an animation that would take longer than the function may run."""
    pixels = count * size[0] * size[1]
    if count > MOST_FRAMES:
        raise Rejected("too-many-frames", f"more than {MOST_FRAMES:,} frames")
    if count > 1 and pixels > MOST_ANIMATED_PIXELS:
        raise Rejected(
            "too-many-frames",
            f"{count:,} frames of {size[0]:,} x {size[1]:,} pixels are {pixels / 1e6:,.0f} million pixels:"
            f" {MOST_ANIMATED_PIXELS / 1e6:,.0f} million are accepted",
        )
