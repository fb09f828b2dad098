"""HEIC files: libheif decodes, by pi-heif, which has no encoder; the boxes say what is missing before it starts."""

import os
from functools import partial

import pi_heif
from PIL import Image

from imaging.formats import items, properties
from imaging.formats.pillow import as_rejections
from imaging.model import Frame, Source, in_turn
from imaging.rejection import unsupported

# Bytes of memory and microseconds of a processor for each pixel, by whether it has more than 8 bits and alpha:
# measured on noise without subsampling.
COSTS = {(False, False): (11, 0.18), (False, True): (14, 0.24), (True, False): (20, 0.36), (True, True): (30, 0.5)}
BAND = 64  # rows that are rounded to 8 bits at once

# What is not decoded isn't looked at either: thumbnails, depths, and gain maps.
pi_heif.options.THUMBNAILS = pi_heif.options.DEPTH_IMAGES = pi_heif.options.AUX_IMAGES = False
pi_heif.options.DECODE_THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def read(content: bytes) -> Source:
    """Read a HEIC file. libheif crops, turns, and mirrors the picture as the container says.

    Source: ISO/IEC 23008-12.

    Raises:
        Rejected: it is truncated, contradicts itself, or contains no HEVC picture.
    """
    primary = items.read_primary(content, whole=True)
    if primary.codecs != {items.HEVC}:
        raise unsupported(f"HEIF with {_names(primary.codecs - {items.HEVC})} in it")
    opened = _open(content)
    bytes_per_pixel, microseconds = COSTS[opened.info["bit_depth"] > 8, primary.alpha]
    return Source(
        opened.size,
        [Frame((0, 0, *opened.size))],
        in_turn(partial(_load, content)),
        profile=properties.profile(primary.properties),
        decoded_size=primary.largest,
        bytes_per_pixel=bytes_per_pixel,
        microseconds=microseconds,
    )


def _names(codecs: frozenset[bytes]) -> str:
    return ", ".join(sorted(codec.decode("ascii", "replace") for codec in codecs)) or "no picture"


def _open(content: bytes) -> pi_heif.HeifImage:
    with as_rejections("HEIC"):
        opened = pi_heif.open_heif(content, convert_hdr_to_8bit=False)
        return opened[opened.primary_index]


def _load(content: bytes) -> Image.Image:
    opened = _open(content)
    with as_rejections("HEIC"):
        data, mode = opened.data, opened.mode.removesuffix(";16")
        if opened.info["bit_depth"] == 8:
            return Image.frombytes(mode, opened.size, data, "raw", mode, opened.stride)
        return _in_8_bits("L" if mode == "I" else mode, opened.size, data, opened.info["bit_depth"])


def _in_8_bits(mode: str, size: tuple[int, int], data: memoryview, bits: int) -> Image.Image:
    """Return a picture of levels of `bits`, each in the upper bits of 16, rounded to 8."""
    full = (1 << bits) - 1
    table = [round((level >> 16 - bits) * 255 / full) for level in range(1 << 16)]
    picture = Image.new(mode, size)
    row = size[0] * len(picture.getbands())
    for top in range(0, size[1], BAND):
        rows = min(BAND, size[1] - top)
        band = Image.frombytes("I;16", (row, rows), data[2 * row * top : 2 * row * (top + rows)])
        levels = band.convert("I").point(table, "L").tobytes()
        picture.paste(Image.frombytes(mode, (size[0], rows), levels), (0, top))
    return picture
