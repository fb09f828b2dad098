"""Images with known pixels, and the expected pixels of their variants."""

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image

RED, GREEN, BLUE, GRAY = (200, 40, 40), (40, 160, 60), (40, 60, 200), (128, 128, 128)
ORIENTATION = 0x0112  # EXIF tag


@dataclass(frozen=True)
class Case:
    """An upload, and the upright picture (RGB or RGBA) that a viewer shows for it."""

    name: str
    content: bytes
    picture: Image.Image
    tolerance: int = 0  # levels of a channel, if the source is lossy


def quarters(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Return red and green above blue and gray. With an alpha channel, the lower half is half transparent."""
    picture = Image.new("RGB", (2, 2))
    picture.putdata([RED, GREEN, BLUE, GRAY])
    if mode == "RGBA":
        alpha = Image.new("L", (2, 2))
        alpha.putdata([255, 255, 128, 128])
        picture.putalpha(alpha)
    return picture.resize((width, height), Image.Resampling.NEAREST)


def encoded(picture: Image.Image, form: str, **options: Any) -> bytes:
    content = io.BytesIO()
    picture.save(content, form, **options)
    return content.getvalue()


def on_its_side(picture: Image.Image) -> bytes:
    """Return `picture` as a camera turned a quarter to the left stores it: with EXIF orientation 6."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    return encoded(picture.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=95, subsampling=0, exif=exif)


def cases() -> list[Case]:
    wide, small = quarters(640, 480), quarters(64, 48)
    glass = quarters(300, 400, "RGBA")
    return [
        Case("photo.jpg", encoded(wide, "JPEG", quality=95, subsampling=0), wide, tolerance=4),
        Case("upper.JPEG", encoded(small, "JPEG", quality=95, subsampling=0), small, tolerance=4),
        Case("on-its-side.jpg", on_its_side(wide), wide, tolerance=4),
        Case("graphic.png", encoded(wide, "PNG"), wide),
        Case("glass.png", encoded(glass, "PNG"), glass),
        Case("glass.webp", encoded(glass, "WEBP", lossless=True, exact=True), glass),
        Case("drawing.gif", encoded(wide.quantize(4), "GIF"), wide),
        Case("bitmap.bmp", encoded(wide, "BMP"), wide),
        Case("named-wrongly.txt", encoded(small, "PNG"), small),
    ]
