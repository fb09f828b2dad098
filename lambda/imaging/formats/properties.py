"""The properties of pictures in HEIF and AVIF files: colors, orientation, and cropping.

Source: ISO/IEC 23008-12, 6.5.
"""

import struct
from collections.abc import Iterable, Mapping

from imaging import icc
from imaging.formats.av1 import Colors
from imaging.formats.boxes import Box, Cursor, first_of_each
from imaging.model import Size

Properties = Mapping[bytes, memoryview]  # the first of each kind; colr with what it contains, such as colrnclx

HIGH_BIT_DEPTH = 0x40  # flag in av1C
NOT_MIRRORED, UPSIDE_DOWN, LEFT_TO_RIGHT = -1, 0, 1  # the axes of imir
# EXIF orientations, by the axis, for 0 to 3 quarters against the clock before.
ORIENTATIONS = {NOT_MIRRORED: (1, 8, 3, 6), UPSIDE_DOWN: (4, 5, 2, 7), LEFT_TO_RIGHT: (2, 7, 4, 5)}


def by_name(found: Iterable[Box]) -> Properties:
    """Return properties by their names."""
    return first_of_each((kind + bytes(data[:4]) if kind == b"colr" else kind, data) for kind, data in found)


def profile(properties: Properties, coded_colors: Colors | None = None) -> bytes | None:
    """Return the ICC profile, or one for the codes of the color space, or None for sRGB.

    A container without codes leaves it to the coded picture.
    """
    for kind in (b"colrprof", b"colrrICC"):
        if kind in properties:
            return bytes(properties[kind][4:])
    if b"colrnclx" in properties:
        primaries, transfer = Cursor(properties[b"colrnclx"][4:]).numbers(2, 2)
        coded_colors = primaries, transfer
    return icc.coded_profile(*coded_colors) if coded_colors else None


def orientation(properties: Properties) -> int:
    """Return the rotation (irot) and the mirroring (imir) after it, as the orientation of EXIF that looks the same."""
    quarters = properties[b"irot"][0] & 3 if properties.get(b"irot") else 0
    axis = properties[b"imir"][0] & 1 if properties.get(b"imir") else NOT_MIRRORED
    return ORIENTATIONS[axis][quarters]


def has_high_bit_depth(properties: Properties) -> bool:
    """Return whether an AV1 picture has more than 8 bits."""
    return len(properties.get(b"av1C", b"")) > 2 and bool(properties[b"av1C"][2] & HIGH_BIT_DEPTH)


def crop(properties: Properties, size: Size) -> Size:
    """Return the size that remains of the upper left corner.

    Browsers ignore a clean aperture (clap) that starts elsewhere, has a fraction of a pixel, or exceeds the picture.
    """
    data = properties.get(b"clap", b"")
    if len(data) < 32:
        return size
    width, width_of, height, height_of, x, x_of, y, y_of = struct.unpack_from(">IIIIiIiI", data)
    kept = _cropped(width, width_of, x, x_of, size[0]), _cropped(height, height_of, y, y_of, size[1])
    return kept if all(kept) else size


def _cropped(length: int, of: int, offset: int, offset_of: int, side: int) -> int:
    """Return the pixels that remain of a side if they start at its beginning, else 0."""
    if not of or not offset_of or length % of:
        return 0
    kept = length // of
    starts_at_0 = 2 * offset == (kept - side) * offset_of  # the offset is that of the center
    return kept if 0 < kept <= side and starts_at_0 else 0
