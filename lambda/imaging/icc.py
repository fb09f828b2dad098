"""Make ICC profiles for files that describe their colors by numbers, such as PNG (cICP, cHRM, gAMA) and AVIF (nclx)."""

import struct
from collections.abc import Sequence

from PIL import ImageCms

Vector = Sequence[float]
Points = Sequence[tuple[float, float]]  # CIE x and y of white, red, green, and blue

D65 = (0.3127, 0.3290)
BT_709 = (D65, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
# Codes of ITU-T H.273, except HDR: primaries, and exponents as in Chromium; None means the curve of sRGB.
PRIMARIES = {
    1: BT_709,
    5: (D65, (0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: (D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    7: (D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    9: (D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    11: ((0.314, 0.351), (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    12: (D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
EXPONENTS = {1: 2.4, 4: 2.2, 5: 2.8, 6: 2.4, 8: 1.0, 11: 2.4, 13: None, 14: 2.4, 15: 2.4}
# Bradford adaptation (ICC.1:2022, annex E): from XYZ to cones, and from cones relative to white to XYZ under D50.
TO_CONES = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
TO_D50 = ((0.983357, -0.150059, 0.130901), (0.430713, 0.528951, 0.040336), (-0.008497, 0.040861, 0.792536))


def rgb_profile(gamma: float | None = None, points: Points = BT_709) -> bytes | None:
    """Return the sRGB profile with the curve x ** `gamma` and the primaries in `points`; None if they are invalid."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    values: dict[bytes, Vector] = {b"rTRC": (gamma, 1, 0, 0, 0)} if gamma else {}  # one curve for all channels
    try:
        values |= zip((b"rXYZ", b"gXYZ", b"bXYZ"), _colorants(points), strict=True)
        for name, numbers in values.items():
            end = sum(struct.unpack_from(">II", profile, profile.index(name) + 4))  # offset and length
            struct.pack_into(f">{len(numbers)}i", profile, end - 4 * len(numbers), *(round(65536 * n) for n in numbers))
    except (ZeroDivisionError, OverflowError, struct.error):
        return None
    return bytes(profile)


def coded_profile(primaries: int, transfer: int) -> bytes | None:
    """Return the profile for codes of ITU-T H.273; None for HDR and for unknown codes."""
    if primaries in PRIMARIES and transfer in EXPONENTS:
        return rgb_profile(EXPONENTS[transfer], PRIMARIES[primaries])
    return None


def _colorants(points: Points) -> list[Vector]:
    """Return XYZ of red, green, and blue under D50, scaled so that their sum is white (SMPTE RP 177)."""
    white, *primaries = [_times(TO_CONES, (x / y, 1.0, (1 - x - y) / y)) for x, y in points]
    r, g, b = [[cone / full for cone, full in zip(primary, white, strict=True)] for primary in primaries]
    amounts = [_det((1, 1, 1), g, b), _det(r, (1, 1, 1), b), _det(r, g, (1, 1, 1))]  # Cramer's rule
    matrix = [[amount / _det(r, g, b) * each for each in row] for amount, row in zip(amounts, (r, g, b), strict=True)]
    return [_times(TO_D50, cones) for cones in matrix]


def _times(matrix: Sequence[Vector], vector: Vector) -> Vector:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def _det(a: Vector, b: Vector, c: Vector) -> float:
    return sum(a[n] * (b[n - 2] * c[n - 1] - b[n - 1] * c[n - 2]) for n in range(3))
