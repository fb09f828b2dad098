"""Colors: to 8 bits a channel, and from what a profile says to sRGB."""

import struct
from functools import cache
from io import BytesIO

from PIL import Image, ImageChops, ImageCms

SRGB = ImageCms.createProfile("sRGB")
# As in browsers. Only profiles with tables (of printers, mostly) have intents that differ.
INTENT = ImageCms.Intent.PERCEPTUAL
SAME = 2  # levels of 255: what separates one sRGB profile from another

Matrix = tuple[tuple[float, float, float], ...]
Point = tuple[float, float]  # CIE x and y

BRADFORD: Matrix = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
D50 = (0.9642, 1.0, 0.8249)
D65: Point = (0.3127, 0.3290)
DISPLAY_P3: tuple[Point, ...] = (D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060))


def in_8_bits(picture: Image.Image) -> Image.Image:
    """PICTURE as L, LA, RGB, RGBA or CMYK: 8 bits a channel, no palette, transparency as a channel."""
    if picture.mode == "I;16":
        return picture.convert("I").point([(level + 128) // 257 for level in range(65536)], "L")
    if picture.mode == "CMYK":
        return picture
    mode = "L" if picture.mode in ("1", "L", "LA") else "RGB"
    if picture.has_transparency_data:
        mode += "A"
    return picture if picture.mode == mode else picture.convert(mode)


def in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """PICTURE (L, LA, RGB, RGBA or CMYK) of the colors of an ICC PROFILE, as L, LA, RGB or RGBA of sRGB.

    A picture in sRGB is returned as it is, bit by bit. A profile that is broken, or of another kind of colors than
    the picture, is ignored. The picture may be changed in place.
    """
    if profile:
        try:
            return _converted(picture, ImageCms.ImageCmsProfile(BytesIO(profile)))
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return picture.convert("RGB") if picture.mode == "CMYK" else picture


def _converted(picture: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    space = profile.profile.xcolor_space.strip()
    if space == "GRAY" and picture.mode in ("L", "LA"):
        return picture.point(_gray_levels(profile) + list(range(256)) * (picture.mode == "LA"))
    if space == "RGB" and picture.mode in ("RGB", "RGBA"):
        if not _is_srgb(profile):
            ImageCms.applyTransform(picture, _transform(profile, picture.mode, picture.mode), inPlace=True)
        return picture
    if space == "CMYK" and picture.mode == "CMYK":
        return ImageCms.applyTransform(picture, _transform(profile, "CMYK", "RGB")) or picture
    raise ValueError("a profile for other colors")


def _transform(profile: ImageCms.ImageCmsProfile, mode: str, target: str) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(profile, SRGB, mode, target, INTENT)


def _gray_levels(profile: ImageCms.ImageCmsProfile) -> list[int]:
    """What each of 256 levels of gray becomes; the same where they would move by no more than SAME."""
    ramp = Image.frombytes("L", (256, 1), bytes(range(256)))
    levels = list(_applied(ramp, profile).getchannel(1).tobytes())
    return list(range(256)) if all(abs(level - n) <= SAME for n, level in enumerate(levels)) else levels


def _is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    cube = Image.frombytes("RGB", (27, 27), bytes(c for r in STEPS for g in STEPS for b in STEPS for c in (r, g, b)))
    moved = ImageChops.difference(cube, _applied(cube, profile)).tobytes()
    return max(moved) <= SAME


STEPS = [round(n * 255 / 8) for n in range(9)]


def _applied(picture: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    return ImageCms.applyTransform(picture, _transform(profile, picture.mode, "RGB")) or picture


@cache
def coded(primaries: int, transfer: int) -> bytes | None:
    """The profile for code points of ITU-T H.273; None for sRGB, and for what ICC profiles cannot say (HDR)."""
    if (primaries, transfer) == (12, 13):
        return matrix_profile(DISPLAY_P3, _table([_linear(n / 1023) for n in range(1024)]))
    return None


def calibrated(chromaticities: tuple[Point, ...], gamma: float) -> bytes | None:
    """The profile of white, red, green and blue at CHROMATICITIES with one curve; None if that makes no sense.

    A gamma of about 2.2 stands for the curve of sRGB: that is what its files say.
    """
    try:
        levels = [n / 1023 for n in range(1024)]
        curve = [_linear(level) if abs(gamma - 2.2) < 0.05 else level**gamma for level in levels]
        return matrix_profile(chromaticities, _table(curve))
    except (ZeroDivisionError, OverflowError, struct.error):
        return None


def matrix_profile(chromaticities: tuple[Point, ...], curve: bytes) -> bytes:
    """An ICC profile (ICC.1:2001-04) of white, red, green and blue, and one CURVE for all."""
    white, *primaries = (_xyz(point) for point in chromaticities)
    columns = _transposed(tuple(primaries))
    amounts = _times(_inverse(columns), white)
    adapted = _adaptation(white)
    tags = [(b"wtpt", _xyz_tag(D50))]
    for letter, xyz, amount in zip((b"r", b"g", b"b"), primaries, amounts, strict=True):
        colorant = _times(adapted, tuple(amount * part for part in xyz))
        tags += [(letter + b"XYZ", _xyz_tag(colorant)), (letter + b"TRC", curve)]
    return _assembled(tags)


def _assembled(tags: list[tuple[bytes, bytes]]) -> bytes:
    at, table, data = 128 + 4 + 12 * len(tags), [struct.pack(">I", len(tags))], []
    for name, content in tags:
        table.append(struct.pack(">4sII", name, at, len(content)))
        data.append(content)
        at += len(content)
    kinds = (b"mntr", b"RGB ", b"XYZ ", b"acsp")
    header = struct.pack(">I4xI4s4s4s12x4s28x3i48x", at, 0x02400000, *kinds, *_fixed(D50))
    return b"".join((header, *table, *data))


def _table(levels: list[float]) -> bytes:
    return struct.pack(f">4s4xI{len(levels)}H", b"curv", len(levels), *(round(65535 * level) for level in levels))


def _xyz_tag(xyz: tuple[float, ...]) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *_fixed(xyz))


def _fixed(values: tuple[float, ...]) -> list[int]:
    return [round(65536 * value) for value in values]


def _linear(level: float) -> float:
    return level / 12.92 if level <= 0.04045 else float(((level + 0.055) / 1.055) ** 2.4)


def _xyz(point: Point) -> tuple[float, float, float]:
    x, y = point
    return x / y, 1.0, (1 - x - y) / y


def _adaptation(white: tuple[float, ...]) -> Matrix:
    """From colors under WHITE to those under D50, by Bradford."""
    scales = [to / have for to, have in zip(_times(BRADFORD, D50), _times(BRADFORD, white), strict=True)]
    scaled = tuple(tuple(scale * part for part in row) for scale, row in zip(scales, BRADFORD, strict=True))
    inverse = _inverse(BRADFORD)
    return _transposed(tuple(_times(inverse, column) for column in _transposed(scaled)))


def _times(matrix: tuple[tuple[float, ...], ...], vector: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def _transposed(matrix: tuple[tuple[float, ...], ...]) -> Matrix:
    return tuple(zip(*matrix, strict=True))


def _inverse(matrix: tuple[tuple[float, ...], ...]) -> Matrix:
    """By cross products: the inverse of a matrix of rows a, b, c has the columns b x c, c x a, a x b over a (b x c)."""
    a, b, c = matrix
    columns = _cross(b, c), _cross(c, a), _cross(a, b)
    volume = sum(p * q for p, q in zip(a, columns[0], strict=True))
    return _transposed(tuple(tuple(part / volume for part in column) for column in columns))


def _cross(p: tuple[float, ...], q: tuple[float, ...]) -> tuple[float, ...]:
    return p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]
