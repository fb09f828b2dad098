"""One picture to the bytes of one variant."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, Any

from PIL import Image, WebPImagePlugin  # noqa: F401 - for its effect, see below

from imaging.animated_webp import animated_webp
from imaging.model import Picture
from imaging.png_strategy import png_options


@dataclass(frozen=True)
class Variant:
    """One row of the variants table.

    `quality` is the encoder's own scale (JPEG and WebP: 1 to 100; PNG has none). `fit` is the width and height in
    pixels that the picture is shrunk to fit; a smaller picture keeps its size. A format without transparency gets a
    white background.
    """

    name: str
    format: str
    quality: int | None = None
    fit: tuple[int, int] | None = None


@dataclass(frozen=True)
class OutputFormat:
    """How a format is stored and encoded.

    `options` returns Pillow's options for a picture and a quality; `file` makes the file that Pillow writes to. The
    encoders of a `slow` format start before the others.
    """

    extension: str
    content_type: str
    transparency: bool
    options: Callable[[Image.Image, int | None], dict[str, Any]]
    file: Callable[[], IO[bytes]] = BytesIO
    animation: bool = False
    slow: bool = False


# For optimized JPEG, Pillow allocates one byte a pixel, and fails if noise at a higher quality needs more.
MAX_OPTIMIZED_QUALITY = 88


def jpeg_options(_picture: Image.Image, quality: int | None) -> dict[str, Any]:
    """Optimize: this takes 60 ms for 12 million pixels and saves 2% of the bytes at quality 85, 4% at 60."""
    return {**_quality(quality), "optimize": (quality or 0) <= MAX_OPTIMIZED_QUALITY}


def webp_options(_picture: Image.Image, quality: int | None) -> dict[str, Any]:
    """Use method 2: less than half the time of the default for 3% more bytes."""
    return {**_quality(quality), "method": 2}


def _quality(quality: int | None) -> dict[str, int]:
    return {} if quality is None else {"quality": quality}


def open_in_memory() -> IO[bytes]:
    """Open a file in memory that has a descriptor: Pillow encodes JPEG to one without blocking the other threads."""
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create("variant"), "w+b")
    return TemporaryFile()


OUTPUT_FORMATS = {
    "JPEG": OutputFormat(".jpg", "image/jpeg", False, jpeg_options, open_in_memory),
    "WEBP": OutputFormat(".webp", "image/webp", True, webp_options, animation=True),
    "PNG": OutputFormat(".png", "image/png", True, lambda picture, _quality: png_options(picture), slow=True),
}

# With the module, not with the first upload: the plugins that each save() asks for, and WebP's, without which Pillow
# would load all others.
Image.preinit()


def share_pixels(picture: Image.Image, _variant: Variant) -> Image.Image:
    """Return another object with the same pixels, not a copy: save() keeps its settings in the object."""
    return picture._new(picture.im)


def shrink_to_fit(picture: Image.Image, variant: Variant) -> Image.Image:
    """Return `picture` shrunk to the variant's `fit`, if it has one."""
    return fit(picture, variant.fit) if variant.fit else picture


def put_on_white(picture: Image.Image, variant: Variant) -> Image.Image:
    """Return `picture` on white if the variant's format has no transparency."""
    return picture if OUTPUT_FORMATS[variant.format].transparency else on_white(picture)


# What happens to each picture before it is encoded, in this order.
STEPS = (share_pixels, shrink_to_fit, put_on_white)


def encode(picture: Picture, variant: Variant) -> bytes:
    """Return `picture` as the bytes of `variant`, without metadata; with all frames if the format has animation."""
    if picture.frames and OUTPUT_FORMATS[variant.format].animation:
        frames = (replace(frame, picture=prepare(frame.picture, variant)) for frame in picture.frames())
        return animated_webp(frames, picture.loop_count, partial(save, variant=variant))
    return save(prepare(picture.still, variant), variant)


def prepare(picture: Image.Image, variant: Variant) -> Image.Image:
    """Return `picture` as the encoder of `variant` takes it."""
    for step in STEPS:
        picture = step(picture, variant)
    return picture


def save(picture: Image.Image, variant: Variant) -> bytes:
    """Return `picture` (L, LA, RGB, or RGBA), which prepare() returned, as a file of the variant's format."""
    form = OUTPUT_FORMATS[variant.format]
    with form.file() as content:
        picture.save(content, variant.format, **form.options(picture, variant.quality))
        if isinstance(content, BytesIO):
            return content.getvalue()  # which copies nothing
        content.seek(0)
        return content.read()


def fit(picture: Image.Image, box: tuple[int, int]) -> Image.Image:
    """Return `picture` shrunk to fit into `box` (width, height). Proportions are kept, no side becomes 0."""
    scale = min(box[0] / picture.width, box[1] / picture.height)
    if scale >= 1:
        return picture
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)


def on_white(picture: Image.Image) -> Image.Image:
    """Return `picture` on a white background if it has transparency."""
    if not picture.has_transparency_data:
        return picture
    white = Image.new(picture.mode.removesuffix("A"), picture.size, "white")
    white.paste(picture if picture.mode == "RGBA" else picture.getchannel("L"), mask=picture)
    return white
