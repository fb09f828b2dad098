"""Encode a picture as one variant."""

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from io import BytesIO
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import IO, Any, NamedTuple

from PIL import Image, WebPImagePlugin  # noqa: F401 - for its effect, see below

from imaging import limits
from imaging.animated_webp import animated_webp
from imaging.model import Picture, ShownFrame, Size
from imaging.png_strategy import png_options
from imaging.sizes import GRAVITIES, Sizes, fill, filled, fitted, shrink

VARIANT_NAME = re.compile("[A-Za-z0-9-]+")
REJECTED = "rejected"  # the key of a rejection record contains this instead of a variant's name


class TableError(ValueError):
    """The table of variants is invalid."""


@dataclass(frozen=True)
class Variant:
    """One row of the variants table.

    `quality` is the encoder's own scale (JPEG, WebP, AVIF: 1 to 100; PNG has none). `fit` is the width and height in
    pixels that the picture is shrunk to fit. With `crop`, it fills that width and height instead, and the rest is cut
    off: on both sides, or away from `gravity`, such as "north" or "southeast". A smaller picture is never enlarged:
    it keeps its size, and `crop` cuts it to the same proportions. A format without transparency gets a white
    background. `keep_copyright` carries the artist and the copyright over, and no other metadata.

    Raises:
        TableError: a value is invalid.
    """

    name: str
    format: str
    quality: int | None = None
    fit: Size | None = None
    crop: Size | None = None
    gravity: str = "center"
    keep_copyright: bool = False

    def __post_init__(self) -> None:
        for wrong, advice in self._faults():
            if wrong:
                raise TableError(f"variant {self.name!r}: {advice}")

    def _faults(self) -> Iterator[tuple[bool, str]]:
        """Yield each rule, after whether it is broken."""
        named = VARIANT_NAME.fullmatch(self.name) and self.name != REJECTED
        yield not named, f"a name has letters, digits, and hyphens, and isn't {REJECTED!r}"
        yield (
            self.format not in OUTPUT_FORMATS,
            f"the format is one of {', '.join(OUTPUT_FORMATS)}, not {self.format!r}",
        )
        yield self.quality is not None and not 1 <= self.quality <= 100, f"quality is 1 to 100, not {self.quality}"
        yield bool(self.fit and self.crop), "it has fit or crop, not both"
        for box in (self.fit, self.crop):
            yield bool(box) and min(box or (1,)) < 1, f"sides are 1 pixel or more, not {box}"
        yield self.gravity not in GRAVITIES, f"gravity is one of {', '.join(GRAVITIES)}, not {self.gravity!r}"

    @classmethod
    def widths(
        cls,
        name: str,
        format: str,  # noqa: A002 - as in the constructor
        *,
        widths: Iterable[int],
        **options: Any,
    ) -> tuple["Variant", ...]:
        """Return a variant for each of `widths`, named after it: `*Variant.widths("web", "WEBP", widths=(320, 640))`.

        For the srcset of an image. Pictures that are narrower keep their width.
        """
        return tuple(
            cls(f"{name}-{width}", format, fit=(width, limits.MAX_SIDE), **options) for width in sorted(set(widths))
        )

    def size(self, picture: Size) -> Size:
        """Return the size that a picture of size `picture` gets."""
        if self.crop:
            return filled(picture, self.crop)
        return fitted(picture, self.fit) if self.fit else picture


def alike(table: Iterable[Variant], picture: Size) -> dict[Variant, list[Variant]]:
    """Return groups of variants that have the same bytes for a picture of size `picture`, by the first of each."""
    groups: dict[tuple[Variant, Size], list[Variant]] = {}
    for variant in table:
        nameless = replace(variant, name="any", fit=None)
        groups.setdefault((nameless, variant.size(picture)), []).append(variant)
    return {group[0]: group for group in groups.values()}


def keeps_copyright(table: Iterable[Variant]) -> bool:
    """Return whether a variant carries the artist and the copyright over."""
    return any(variant.keep_copyright for variant in table)


def check_table(table: Iterable[Variant]) -> None:
    """Raise TableError if two variants have one name: they would overwrite each other."""
    names = [variant.name for variant in table]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TableError(f"two variants are named {' and '.join(map(repr, twice))}: give each one its own name")


class OutputFormat(NamedTuple):
    """How a format is stored and encoded.

    `options` returns Pillow's options for a picture and a quality; `file` opens the file that Pillow writes to.
    `animate` encodes frames, with a loop count, for a variant, with metadata, if the format has animation. The encoders
    of a `slow` format start before the others. For a picture and a size, `bytes_beside` is the memory that its encoder
    needs in addition to WebP's.
    """

    extension: str
    content_type: str
    transparency: bool
    options: Callable[[Image.Image, int | None], dict[str, Any]]
    file: Callable[[], IO[bytes]] = BytesIO
    animate: Callable[[Iterable[ShownFrame], int, Variant, Mapping[str, Any]], bytes] | None = None
    slow: bool = False
    bytes_beside: Callable[[Picture, Size], int] = lambda _picture, _size: 0

    @property
    def animation(self) -> bool:
        """Return whether the format has animation."""
        return self.animate is not None


# For an optimized JPEG, Pillow allocates one byte a pixel, and fails if noise at a higher quality needs more.
MAX_OPTIMIZED_QUALITY = 88
AVIF_QUALITY, AVIF_SPEED = 60, 9


def jpeg_options(_picture: Image.Image, quality: int | None) -> dict[str, Any]:
    """Optimize: this takes 60 ms for 12 million pixels and saves 2% of the bytes at quality 85, 4% at 60."""
    return {**_quality(quality), "optimize": (quality or 0) <= MAX_OPTIMIZED_QUALITY}


def webp_options(_picture: Image.Image, quality: int | None) -> dict[str, Any]:
    """Use method 2: less than half the time of the default for 3% more bytes."""
    return {**_quality(quality), "method": 2}


def avif_options(_picture: Image.Image, quality: int | None) -> dict[str, Any]:
    """Use speed 9: speed 8 takes 2.7 times as long for 3% fewer bytes. One thread gives the same bytes everywhere."""
    import_module("PIL.AvifImagePlugin")  # with the first picture: it loads libavif
    return {"quality": AVIF_QUALITY if quality is None else quality, "speed": AVIF_SPEED, "max_threads": 1}


def animate_webp(frames: Iterable[ShownFrame], loop_count: int, variant: Variant, metadata: Mapping[str, Any]) -> bytes:
    return animated_webp(frames, loop_count, partial(save, variant=variant), **metadata)


def animate_avif(frames: Iterable[ShownFrame], loop_count: int, variant: Variant, metadata: Mapping[str, Any]) -> bytes:
    animated_avif = import_module("imaging.animated_avif").animated_avif
    content: bytes = animated_avif(frames, loop_count, variant.quality or AVIF_QUALITY, AVIF_SPEED, **metadata)
    return content


def may_animate(picture: Picture, form: str) -> bool:
    """Return whether `picture` is encoded with all of its frames."""
    if not picture.frames or not OUTPUT_FORMATS[form].animate:
        return False
    return form != "AVIF" or limits.allow_avif_sequence(picture.still.size, picture.pixels, picture.held)


def avif_bytes(picture: Picture, size: Size) -> int:
    return limits.avif_bytes(size, picture.pixels if may_animate(picture, "AVIF") else 0)


def _quality(quality: int | None) -> dict[str, int]:
    return {} if quality is None else {"quality": quality}


def open_in_memory() -> IO[bytes]:
    """Open a file in memory that has a descriptor: Pillow encodes JPEG to one without blocking the other threads."""
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create("variant"), "w+b")
    return TemporaryFile()


OUTPUT_FORMATS = {
    "JPEG": OutputFormat(".jpg", "image/jpeg", False, jpeg_options, open_in_memory),
    "WEBP": OutputFormat(".webp", "image/webp", True, webp_options, animate=animate_webp, slow=True),
    "PNG": OutputFormat(".png", "image/png", True, lambda picture, _quality: png_options(picture), slow=True),
    "AVIF": OutputFormat(
        ".avif", "image/avif", True, avif_options, animate=animate_avif, slow=True, bytes_beside=avif_bytes
    ),
}

# Load the plugins that save() needs with this module, not with the first upload. The import of WebP's plugin above
# keeps Pillow from loading all others.
Image.preinit()


def share_pixels(picture: Image.Image, _variant: Variant) -> Image.Image:
    """Return another object with the same pixels, not a copy: save() keeps its settings in the object."""
    return picture._new(picture.im)


def shrink_to_size(picture: Image.Image, variant: Variant) -> Image.Image:
    """Return `picture` shrunk to the variant's `fit`, or shrunk and cut to its `crop`."""
    if variant.crop:
        return fill(picture, variant.crop, variant.gravity)
    return shrink(picture, variant.size(picture.size))


def put_on_white(picture: Image.Image, variant: Variant) -> Image.Image:
    """Return `picture` on white if the variant's format has no transparency."""
    return picture if OUTPUT_FORMATS[variant.format].transparency else on_white(picture)


# The steps for each picture before it is encoded, in this order.
STEPS = (share_pixels, shrink_to_size, put_on_white)


def encode(picture: Picture, variant: Variant, sizes: Sizes | None = None) -> bytes:
    """Return `picture` as the bytes of `variant`; with all frames if the format has animation and the limits allow it.

    It contains no metadata, except with `keep_copyright`. `sizes` provides shrunk pictures that several variants use.
    """
    animate = OUTPUT_FORMATS[variant.format].animate
    if picture.frames and animate and may_animate(picture, variant.format):
        frames = (frame._replace(picture=prepare(frame.picture, variant)) for frame in picture.frames())
        return animate(frames, picture.loop_count, variant, rights(picture, variant))
    still = sizes.fit(variant.fit) if sizes and variant.fit else picture.still
    return save(prepare(still, variant), variant, rights(picture, variant))


def rights(picture: Picture, variant: Variant) -> dict[str, Any]:
    """Return Pillow's options for the artist and the copyright, if the variant keeps them and the file has any."""
    if not variant.keep_copyright or picture.rights is None:
        return {}
    options: dict[str, Any] = import_module("imaging.rights").save_options(variant.format, picture.rights)
    return options


def prepare(picture: Image.Image, variant: Variant) -> Image.Image:
    """Return `picture` as the encoder of `variant` takes it."""
    for step in STEPS:
        picture = step(picture, variant)
    return picture


def save(picture: Image.Image, variant: Variant, metadata: Mapping[str, Any] = MappingProxyType({})) -> bytes:
    """Return `picture`, the result of prepare(), as a file in the variant's format."""
    form = OUTPUT_FORMATS[variant.format]
    with form.file() as content:
        picture.save(content, variant.format, **form.options(picture, variant.quality), **metadata)
        if isinstance(content, BytesIO):
            return content.getvalue()  # without a copy
        content.seek(0)
        return content.read()


def on_white(picture: Image.Image) -> Image.Image:
    """Return `picture` on a white background if it has transparency."""
    if not picture.has_transparency_data:
        return picture
    white = Image.new(picture.mode.removesuffix("A"), picture.size, "white")
    white.paste(picture if picture.mode == "RGBA" else picture.getchannel("L"), mask=picture)
    return white
