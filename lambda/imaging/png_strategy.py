"""Choose PNG compression for a picture by trying it on a sample. docs/performance.md has the measurements."""

import zlib
from io import BytesIO
from typing import Any

from PIL import Image

Options = dict[str, Any]

# The fastest by far, and as good as any for photographs. Flat graphics may become twice as large.
RUN_LENGTHS: Options = {"compress_type": zlib.Z_RLE}
THOROUGH: Options = {"compress_level": 6}

# Faster options, the fastest first, and how many times the bytes of THOROUGH each may take. For graphics, level 5 takes
# half of the time of level 6; the level 6 of zlib-ng writes far fewer bytes than zlib's.
FASTER: tuple[tuple[Options, float], ...] = (
    (RUN_LENGTHS, 1.03),
    ({"compress_level": 2}, 1.02),
    ({"compress_level": 3}, 1.02),
    ({"compress_level": 4}, 1.02),
    ({"compress_level": 5}, 1.07),
)

STRIPS = 6
MIN_ROWS = 256  # of a picture: a sample of fewer is too small, or too much of the picture


def png_options(picture: Image.Image) -> Options:
    """Return Pillow's options for `picture`. The same pixels always get the same ones."""
    if picture.height < MIN_ROWS:
        return THOROUGH
    sample = sampled(picture)
    thorough = _bytes(sample, THOROUGH)
    return next((options for options, cost in FASTER if _bytes(sample, options) <= cost * thorough), THOROUGH)


def sampled(picture: Image.Image) -> Image.Image:
    """Return strips from all over `picture`, one below the other: about one row in fifty."""
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
