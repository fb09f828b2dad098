"""One picture -> the bytes of one variant of it."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, Any

from PIL import Image, WebPImagePlugin  # noqa: F401 - for its effect, see below

from imaging.animated_webp import animated_webp
from imaging.picture import Picture
from imaging.png_strategy import png_options


@dataclass(frozen=True)
class Variant:
    """One line of the variants table.

    `quality` is the encoder's own scale (JPEG and WebP: 1 to 100; PNG has none). `fit` is the width and height in
    pixels into which the picture is shrunk; a smaller picture is left as it is. A format without transparency has
    white behind it.
    """

    name: str
    format: str
    quality: int | None = None
    fit: tuple[int, int] | None = None


@dataclass(frozen=True)
class Format:
    """How a format is stored and encoded.

    `options` gives Pillow's for a picture and a quality, `file` what it writes into. Encoders of a `slow` format start
    before the others.
    """

    extension: str
    content_type: str
    transparency: bool
    options: Callable[[Image.Image, int | None], dict[str, Any]]
    file: Callable[[], IO[bytes]] = BytesIO
    animation: bool = False
    slow: bool = False


# For optimized JPEG, Pillow takes a buffer of one byte a pixel, and fails where noise at a high quality needs more.
HIGHEST_OPTIMIZED = 88


def jpeg_options(_picture: Image.Image, quality: int | None) -> dict[str, Any]:
    """Optimized: 60 ms for 12 million pixels, and 2% fewer bytes at quality 85, 4% at 60."""
    return {**_quality(quality), "optimize": (quality or 0) <= HIGHEST_OPTIMIZED}


def webp_options(_picture: Image.Image, quality: int | None) -> dict[str, Any]:
    """Method 2: less than half the time of the default for 3% more bytes."""
    return {**_quality(quality), "method": 2}


def _quality(quality: int | None) -> dict[str, int]:
    return {} if quality is None else {"quality": quality}


def in_memory() -> IO[bytes]:
    """A file with a descriptor: into one, Pillow encodes JPEG without holding up the other threads."""
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create("variant"), "w+b")
    return TemporaryFile()


FORMATS = {
    "JPEG": Format(".jpg", "image/jpeg", False, jpeg_options, in_memory),
    "WEBP": Format(".webp", "image/webp", True, webp_options, animation=True),
    "PNG": Format(".png", "image/png", True, lambda picture, _quality: png_options(picture), slow=True),
}

# With the module, and not with the first upload: the plugins that Pillow loads for any, and WebP's, for which it would
# load all others.
Image.preinit()


def encode(picture: Picture, variant: Variant) -> bytes:
    """PICTURE as the bytes of VARIANT, without metadata; all frames of it where the format has them."""
    if picture.frames and FORMATS[variant.format].animation:
        return animated_webp(picture.frames(), picture.loop_count, partial(encode_still, variant=variant))
    return encode_still(picture.still, variant)


def encode_still(picture: Image.Image, variant: Variant) -> bytes:
    """One PICTURE (L, LA, RGB or RGBA) as the bytes of VARIANT."""
    form = FORMATS[variant.format]
    picture = handle(picture)
    if variant.fit:
        picture = fitted(picture, variant.fit)
    if not form.transparency:
        picture = on_white(picture)
    with form.file() as content:
        picture.save(content, variant.format, **form.options(picture, variant.quality))
        if isinstance(content, BytesIO):
            return content.getvalue()  # which copies nothing
        content.seek(0)
        return content.read()


def handle(picture: Image.Image) -> Image.Image:
    """Another object with the same pixels, not a copy of them: save() keeps its settings in the object."""
    return picture._new(picture.im)


def fitted(picture: Image.Image, box: tuple[int, int]) -> Image.Image:
    """PICTURE shrunk into BOX (width, height) with its proportions kept; never enlarged, never without a pixel."""
    scale = min(box[0] / picture.width, box[1] / picture.height)
    if scale >= 1:
        return picture
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)


def on_white(picture: Image.Image) -> Image.Image:
    """PICTURE in front of white, where it has transparency."""
    if not picture.has_transparency_data:
        return picture
    white = Image.new(picture.mode.removesuffix("A"), picture.size, "white")
    white.paste(picture if picture.mode == "RGBA" else picture.getchannel("L"), mask=picture)
    return white
