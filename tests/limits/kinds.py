"""The kinds of pictures that `make test-limits` draws, each as large as the limits allow.

`python -m tests.limits.kinds DIRECTORY [NAME ...]` draws them for the memory in AWS_LAMBDA_FUNCTION_MEMORY_SIZE.
"""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from imaging import limits
from imaging.formats import INPUT_FORMATS
from tests.corpus.accepted import display_p3
from tests.corpus.build import exif
from tests.limits.noise import animated_webp, apng, bmp_noise, gif, jpeg, png, webp

STEP = 16  # pixels: sides are multiples of it
MAX_SQUARE = limits.MAX_SIDE // STEP * STEP
PIXELS_OF_MANY = 1_000_000  # of each frame in an animation of many frames


@dataclass(frozen=True)
class Kind:
    """A kind of picture: `draw` makes the file of a size.

    `bytes_per_pixel` is the constant of the limit that applies, `file_bytes` the bytes of the file for each pixel.
    """

    name: str
    bytes_per_pixel: int
    draw: Callable[[tuple[int, int]], bytes]
    file_bytes: float = 4.5

    def largest(self) -> tuple[int, int]:
        """Return the largest size, almost square, that the limits on pixels, sides and bytes allow."""
        pixels = min(limits.max_pixels(self.bytes_per_pixel), limits.MAX_FILE_BYTES / self.file_bytes)
        side = min(MAX_SQUARE, int(math.sqrt(pixels)) // STEP * STEP)
        return side, min(MAX_SQUARE, int(pixels / side) // STEP * STEP)


def many(draw: Callable[[tuple[int, int], int], bytes], file_bytes: float) -> Callable[[tuple[int, int]], bytes]:
    """Return a function that draws as many frames of a million pixels as the limits on pixels and bytes allow."""
    largest = min(limits.MAX_ANIMATED_PIXELS, limits.MAX_FILE_BYTES / file_bytes)
    return lambda _size: draw((1000, 1000), int(largest / PIXELS_OF_MANY))


STILL, ALPHA, ANIMATED = limits.OPAQUE, limits.TRANSPARENT, limits.ANIMATED
WEBP = next(form.bytes_per_pixel for form in INPUT_FORMATS if form.name == "WebP")
PROGRESSIVE_CMYK = partial(jpeg, "CMYK", progressive=True)
PROGRESSIVE_444 = partial(jpeg, "RGB", progressive=True, subsampling=0)

KINDS = (
    Kind("jpeg-rgb", STILL, partial(jpeg, "RGB")),
    Kind("jpeg-rgb-444", STILL, partial(jpeg, "RGB", subsampling=0)),
    Kind("jpeg-rgb-turned", STILL, partial(jpeg, "RGB", exif=exif(6))),
    Kind("jpeg-rgb-profile", STILL, partial(jpeg, "RGB", icc_profile=display_p3())),
    Kind("jpeg-rgb-no-end", STILL, partial(jpeg, "RGB", end=False)),
    Kind("jpeg-progressive-444", STILL, PROGRESSIVE_444),
    Kind("jpeg-progressive-444-no-end", STILL, partial(PROGRESSIVE_444, end=False)),
    Kind("jpeg-progressive-444-gray-end", STILL, partial(PROGRESSIVE_444, gray_end=True)),
    Kind("jpeg-gray", STILL, partial(jpeg, "L")),
    Kind("jpeg-gray-progressive", STILL, partial(jpeg, "L", progressive=True)),
    Kind("jpeg-cmyk", STILL, partial(jpeg, "CMYK")),
    Kind("jpeg-cmyk-progressive", STILL, PROGRESSIVE_CMYK),
    Kind("jpeg-cmyk-progressive-no-end", STILL, partial(PROGRESSIVE_CMYK, end=False)),
    Kind("jpeg-cmyk-progressive-gray-end", STILL, partial(PROGRESSIVE_CMYK, gray_end=True)),
    Kind("png-gray", STILL, lambda size: png(size, 0, 8), 1.1),
    Kind("png-gray-16", STILL, lambda size: png(size, 0, 16), 2.1),
    Kind("png-rgb", STILL, lambda size: png(size, 2, 8), 3.1),
    Kind("png-rgb-interlaced", STILL, lambda size: png(size, 2, 8, interlaced=True), 3.1),
    Kind("png-rgb-profile", STILL, lambda size: png(size, 2, 8, profile=display_p3()), 3.1),
    Kind("png-rgb-16", STILL, lambda size: png(size, 2, 16), 6.1),
    Kind("png-palette", STILL, lambda size: png(size, 3, 8), 1.1),
    Kind("png-gray-16-key", ALPHA, lambda size: png(size, 0, 16, key=True), 2.1),
    Kind("png-rgb-key", ALPHA, lambda size: png(size, 2, 8, key=True), 3.1),
    Kind("png-rgb-16-key", ALPHA, lambda size: png(size, 2, 16, key=True), 6.1),
    Kind("png-palette-alpha", ALPHA, lambda size: png(size, 3, 8, key=True), 1.1),
    Kind("png-gray-alpha", ALPHA, lambda size: png(size, 4, 8), 2.1),
    Kind("png-rgba", ALPHA, lambda size: png(size, 6, 8), 4.1),
    Kind("png-rgba-16", ALPHA, lambda size: png(size, 6, 16), 8.1),
    Kind("png-rgba-too-large", STILL, lambda size: png(size, 6, 8), 4.1),
    Kind("png-rgb-16-key-too-large", STILL, lambda size: png(size, 2, 16, key=True), 6.1),
    Kind("webp-lossy", WEBP, partial(webp, "RGB"), 1.5),
    Kind("webp-lossless", WEBP, partial(webp, "RGB", lossless=True, quality=0), 3.1),
    Kind("webp-lossy-alpha", WEBP, partial(webp, "RGBA", exact=True), 2.5),
    Kind("webp-alpha", ALPHA, partial(webp, "RGBA", exact=True), 2.5),
    Kind("gif", STILL, gif, 1.6),
    Kind("gif-transparent", ALPHA, partial(gif, transparency=0), 1.6),
    Kind("gif-two-frames", ANIMATED, partial(gif, count=2), 3.2),
    Kind("gif-many-frames", ANIMATED, many(gif, 1.6)),
    Kind("apng-two-frames", ANIMATED, partial(apng, count=2), 8.2),
    Kind("apng-many-frames", ANIMATED, many(apng, 4.1)),
    Kind("webp-two-frames", ANIMATED, partial(animated_webp, count=2), 5),
    Kind("webp-many-frames", ANIMATED, many(animated_webp, 2.5)),
    Kind("bmp-8", STILL, partial(bmp_noise, bits=8), 1.1),
    Kind("bmp-24", STILL, partial(bmp_noise, bits=24), 3.1),
    Kind("bmp-32", STILL, partial(bmp_noise, bits=32), 4.1),
    Kind(
        "bmp-32-alpha",
        ALPHA,
        partial(bmp_noise, bits=32, compression=3, masks=(0xFF0000, 0xFF00, 0xFF, 0xFF000000), header=56),
        4.1,
    ),
)


def draw(directory: Path, names: list[str]) -> None:
    """Draw the pictures that are not in `directory` yet; a file's name contains its size, since limits change."""
    directory.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        if names and kind.name not in names:
            continue
        path = directory / "{}-{}x{}".format(kind.name, *kind.largest())
        if not path.exists():
            path.write_bytes(kind.draw(kind.largest()))
        print(path.name)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), sys.argv[2:])
