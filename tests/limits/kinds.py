"""The kinds of pictures that `make test-limits` draws, each as large as the limits allow.

`python -m tests.limits.kinds DIRECTORY [NAME ...]` draws them for the memory in AWS_LAMBDA_FUNCTION_MEMORY_SIZE, and
prints for each one its name, its pixels (of all frames together), its outcome, and its file.
"""

import math
import sys
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from imaging import limits
from imaging.decode import cost, reader
from imaging.formats import INPUT_FORMATS
from imaging.formats.avif import KEPT_BYTES
from imaging.formats.png import CHUNK_BYTES, CHUNK_MICROSECONDS
from imaging.model import Source
from pipeline.lib.paths import ROOT
from tests.corpus.accepted import display_p3
from tests.corpus.build import exif
from tests.limits.hostile import HOSTILE
from tests.limits.noise import (
    animated_webp,
    apng,
    avif,
    avif_sequence,
    bmp_noise,
    gif,
    grid,
    heic,
    jpeg,
    jpeg_of_scans,
    jpeg_with_junk,
    png,
    webp,
)

CASES = ROOT.parent / "shared" / "cases"
SAMPLE = (64, 64)  # pixels
STEP = 16  # pixels: sides are multiples of it
FORMATS = {form.name.lower(): form for form in INPUT_FORMATS}
Size = tuple[int, int]


@dataclass(frozen=True)
class Kind:
    """A kind of picture. Its name begins with its format.

    `draw` makes the file of a size in pixels, or of a size and a number of frames. `file_bytes` are the bytes of the
    file for each pixel, up to `max_bytes`; a PNG may have many `chunks`. An animation has `frames` frames; on a
    `canvas` of a fixed size, as many as are allowed. With `beside`, the picture is as large as one whose variants are
    encoded at the same time. A decoder keeps `kept` bytes for each pixel of a canvas.
    """

    name: str
    kind: limits.Kind
    draw: Callable[..., bytes]
    file_bytes: float
    chunks: int = 0
    max_bytes: float = math.inf
    frames: int = 1
    canvas: Size | None = None
    beside: bool = False
    kept: int = 0

    def allows(self, size: Size, frames: int) -> bool:
        """Return whether the limits allow this kind of picture in that size."""
        pixels = size[0] * size[1] * frames
        if pixels * self.file_bytes > min(limits.MAX_FILE_BYTES, self.max_bytes):
            return False
        form = FORMATS[self.name.partition("-")[0]]
        source = self.sample
        if count := self.chunks:
            source = source._replace(kept_bytes=count * CHUNK_BYTES, overhead=count * CHUNK_MICROSECONDS)
        if self.kept:
            source = source._replace(kept_bytes=self.kept * size[0] * size[1])
        decoding = cost(source, form, round(pixels * self.file_bytes))
        if frames > 1:
            return limits.allow_animation([size[0] * size[1]] * frames, decoding)
        beside = not self.beside or limits.room_for_two(size, self.kind)
        return beside and pixels <= limits.max_pixels(self.kind, decoding)

    @property
    def outcome(self) -> str:
        """Return how processing ends: transparency is found only after decoding."""
        return "too-many-pixels" if self.name.endswith("too-large") else "variants"

    @cached_property
    def sample(self) -> Source:
        """Return what a small picture of this kind costs for each pixel."""
        return reader(FORMATS[self.name.partition("-")[0]])(self.draw(SAMPLE))

    def largest(self) -> tuple[Size, int]:
        """Return the largest size, and the number of frames, that the limits allow."""
        if canvas := self.canvas:
            return canvas, last(limits.MAX_FRAMES, lambda frames: self.allows(canvas, frames))
        side = last(limits.MAX_SIDE // STEP, lambda n: self.allows((n * STEP, n * STEP), self.frames)) * STEP
        return (side, side), self.frames


def last(end: int, allows: Callable[[int], bool]) -> int:
    """Return the last number up to `end` that `allows`: it allows all numbers up to some limit."""
    return bisect_left(range(1, end + 1), True, key=lambda n: not allows(n))


MAX_SLICE = 2**24  # bytes: libde265 decodes no larger slice
STILL, ALPHA, ANIMATED = limits.OPAQUE, limits.TRANSPARENT, limits.ANIMATED
MEGAPIXEL = (1000, 1000)
PROGRESSIVE_CMYK = partial(jpeg, "CMYK", progressive=True)
PROGRESSIVE_444 = partial(jpeg, "RGB", progressive=True, subsampling=0)

KINDS = (
    Kind("jpeg-rgb", STILL, partial(jpeg, "RGB"), 0.7),
    Kind("jpeg-rgb-beside", STILL, partial(jpeg, "RGB"), 0.7, beside=True),
    Kind("jpeg-rgb-444", STILL, partial(jpeg, "RGB", subsampling=0), 1.4),
    Kind("jpeg-rgb-turned", STILL, partial(jpeg, "RGB", exif=exif(6)), 0.7),
    Kind("jpeg-rgb-profile", STILL, partial(jpeg, "RGB", icc_profile=display_p3()), 0.7),
    Kind("jpeg-rgb-no-end", STILL, partial(jpeg, "RGB", end=False), 0.7),
    Kind("jpeg-100-scans", STILL, partial(jpeg_of_scans, limits.MAX_SCANS), 20),
    Kind("jpeg-progressive-444", STILL, PROGRESSIVE_444, 1.2),
    Kind("jpeg-progressive-444-no-end", STILL, partial(PROGRESSIVE_444, end=False), 1.2),
    Kind("jpeg-progressive-444-gray-end", STILL, partial(PROGRESSIVE_444, gray_end=True), 1.2),
    Kind("jpeg-progressive-444-junk", STILL, partial(jpeg_with_junk, 4), 5.2),
    Kind("jpeg-gray", STILL, partial(jpeg, "L"), 0.6),
    Kind("jpeg-gray-progressive", STILL, partial(jpeg, "L", progressive=True), 0.6),
    Kind("jpeg-cmyk", STILL, partial(jpeg, "CMYK"), 2.3),
    Kind("jpeg-cmyk-progressive", STILL, PROGRESSIVE_CMYK, 2.2),
    Kind("jpeg-cmyk-progressive-100", STILL, partial(PROGRESSIVE_CMYK, quality=100), 4.4),
    Kind("jpeg-cmyk-progressive-no-end", STILL, partial(PROGRESSIVE_CMYK, end=False), 2.2),
    Kind("jpeg-cmyk-progressive-gray-end", STILL, partial(PROGRESSIVE_CMYK, gray_end=True), 2.2),
    Kind("png-gray", STILL, partial(png, 0, 8), 1.01),
    Kind("png-gray-16", STILL, partial(png, 0, 16), 2.01),
    Kind("png-rgb", STILL, partial(png, 2, 8), 3.01),
    Kind("png-rgb-beside", STILL, partial(png, 2, 8), 3.01, beside=True),
    Kind("png-rgb-chunks", STILL, partial(png, 2, 8, chunks=190_000), 3.4, chunks=190_010),
    Kind("png-rgb-interlaced", STILL, partial(png, 2, 8, interlaced=True), 3.01),
    Kind("png-rgb-profile", STILL, partial(png, 2, 8, profile=display_p3()), 3.01),
    Kind("png-rgb-16", STILL, partial(png, 2, 16), 6.01),
    Kind("png-palette", STILL, partial(png, 3, 8), 1.01),
    Kind("png-gray-16-key", ALPHA, partial(png, 0, 16, key=True), 2.01),
    Kind("png-rgb-key", ALPHA, partial(png, 2, 8, key=True), 3.01),
    Kind("png-rgb-16-key", ALPHA, partial(png, 2, 16, key=True), 6.01),
    Kind("png-palette-alpha", ALPHA, partial(png, 3, 8, key=True), 1.01),
    Kind("png-gray-alpha", ALPHA, partial(png, 4, 8), 2.01),
    Kind("png-rgba", ALPHA, partial(png, 6, 8), 4.01),
    Kind("png-rgba-beside", ALPHA, partial(png, 6, 8), 4.01, beside=True),
    Kind("png-rgba-16", ALPHA, partial(png, 6, 16), 8.01),
    Kind("png-rgba-too-large", STILL, partial(png, 6, 8), 4.01),
    Kind("png-rgb-16-key-too-large", STILL, partial(png, 2, 16, key=True), 6.01),
    Kind("webp-lossy", STILL, partial(webp, "RGB"), 0.7),
    Kind("webp-lossless", STILL, partial(webp, "RGB", lossless=True, quality=0), 3.01),
    Kind("webp-lossy-alpha", ALPHA, partial(webp, "RGBA", exact=True), 1.7),
    Kind("webp-alpha-too-large", STILL, partial(webp, "RGBA", exact=True), 1.7),
    Kind("gif", STILL, gif, 1.4),
    Kind("gif-transparent", ALPHA, partial(gif, transparency=0), 1.4),
    Kind("gif-two-frames", ANIMATED, gif, 1.4, frames=2),
    Kind("gif-many-frames", ANIMATED, gif, 1.4, canvas=MEGAPIXEL),
    Kind("gif-small-frames", ANIMATED, gif, 1.6, canvas=(16, 16)),
    Kind("gif-two-colors", ANIMATED, partial(gif, transparency=0, colors=2), 0.2, canvas=MEGAPIXEL),
    Kind("png-two-frames", ANIMATED, apng, 4.01, frames=2),
    Kind("png-many-frames", ANIMATED, apng, 4.01, canvas=MEGAPIXEL),
    Kind("png-small-frames", ANIMATED, apng, 4.3, canvas=(16, 16)),
    Kind("webp-two-frames", ANIMATED, animated_webp, 1.7, frames=2),
    Kind("webp-many-frames", ANIMATED, animated_webp, 1.7, canvas=MEGAPIXEL),
    Kind("webp-small-frames", ANIMATED, animated_webp, 5, canvas=(16, 16)),
    Kind("bmp-8", STILL, partial(bmp_noise, bits=8), 1.01),
    Kind("bmp-24", STILL, partial(bmp_noise, bits=24), 3.01),
    Kind("bmp-32", STILL, partial(bmp_noise, bits=32), 4.01),
    Kind(
        "bmp-32-alpha",
        ALPHA,
        partial(bmp_noise, bits=32, compression=3, masks=(0xFF0000, 0xFF00, 0xFF, 0xFF000000), header=56),
        4.01,
    ),
    Kind("avif", STILL, partial(avif, "RGB"), 1.3),
    Kind("avif-alpha", ALPHA, partial(avif, "RGBA"), 2),
    Kind("avif-grid", STILL, partial(grid, "AVIF"), 1.6),
    Kind("avif-two-frames", ANIMATED, avif_sequence, 1.7, frames=2, kept=KEPT_BYTES),
    Kind("avif-many-frames", ANIMATED, avif_sequence, 1.7, canvas=MEGAPIXEL, kept=KEPT_BYTES),
    Kind("heic-grid", STILL, partial(grid, "HEIC"), 0.7),
    Kind("heic", STILL, partial(heic, "RGB"), 0.6, max_bytes=MAX_SLICE),
    Kind("heic-alpha", ALPHA, partial(heic, "RGBA"), 1.2, max_bytes=MAX_SLICE),
)


def draw(directory: Path, names: list[str]) -> None:
    """Draw the pictures that are not in `directory` yet; a file's name contains its size, since limits change."""
    directory.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        if names and kind.name not in names:
            continue
        (width, height), frames = kind.largest()
        path = directory / f"{kind.name}-{frames}x{width}x{height}"
        if not path.exists():
            path.write_bytes(kind.draw((width, height), frames) if frames > 1 else kind.draw((width, height)))
        print(kind.name, width * height * frames, kind.outcome, path.name, flush=True)
    for name, make in (HOSTILE | cases()).items():
        if not names or name in names:
            (directory / name).write_bytes(make())
            print(name, 0, "any", name, flush=True)


def cases() -> dict[str, Callable[[], bytes]]:
    """Return the awkward files beside the project, if there are any."""
    return {path.stem: path.read_bytes for path in sorted(CASES.glob("*.*"))}


def pixels() -> dict[str, int]:
    """Return the pixels of all frames of the largest picture of each kind."""
    found = {}
    for kind in KINDS:
        (width, height), frames = kind.largest()
        found[kind.name] = width * height * frames
    return found


if __name__ == "__main__":
    draw(Path(sys.argv[1]), sys.argv[2:])
