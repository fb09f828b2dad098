"""How to compress a picture as PNG: by what a sample of it becomes. The measurements are in docs/performance.md."""

import zlib
from io import BytesIO
from typing import Any

from PIL import Image

Options = dict[str, Any]

# The fastest by far, and on photographs as good as any; flat graphics may become twice as large.
RUN_LENGTHS: Options = {"compress_type": zlib.Z_RLE}
THOROUGH: Options = {"compress_level": 6}

# What is faster, the fastest first, and how many times the bytes of the thorough way each may cost. On graphics level 5
# takes half of the time of level 6, whose bytes are far below those of zlib's own level 6.
FASTER: tuple[tuple[Options, float], ...] = (
    (RUN_LENGTHS, 1.03),
    ({"compress_level": 2}, 1.02),
    ({"compress_level": 3}, 1.02),
    ({"compress_level": 4}, 1.02),
    ({"compress_level": 5}, 1.07),
)

STRIPS = 6
SHORTEST = 256  # rows: of less, a sample is either too small or too much of the picture


def png_options(picture: Image.Image) -> Options:
    """Pillow's options for PICTURE; always the same for the same pixels."""
    if picture.height < SHORTEST:
        return THOROUGH
    sample = sampled(picture)
    thorough = _bytes(sample, THOROUGH)
    return next((options for options, cost in FASTER if _bytes(sample, options) <= cost * thorough), THOROUGH)


def sampled(picture: Image.Image) -> Image.Image:
    """STRIPS from all over PICTURE, one below the other: one row of fifty or so."""
    rows = 2 + picture.height // 400  # most filters look at the row above
    sample = Image.new(picture.mode, (picture.width, STRIPS * rows))
    for n in range(STRIPS):
        top = (2 * n + 1) * picture.height // (2 * STRIPS)
        sample.paste(picture.crop((0, top, picture.width, top + rows)), (0, n * rows))
    return sample


def _bytes(sample: Image.Image, options: Options) -> int:
    content = BytesIO()
    sample.save(content, "PNG", **options)
    return content.tell()
