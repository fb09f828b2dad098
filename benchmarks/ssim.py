"""The similarity of two pictures."""

from pathlib import Path
from typing import cast

from PIL import Image, ImageMath

BLOCK = 8
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def ssim(one: Path, other: Path) -> float:
    """Return the mean structural similarity of the luminance on white, over blocks of BLOCK x BLOCK pixels.

    1 means identical.

    Source: Wang et al., Image quality assessment: from error visibility to structural similarity, 2004.
    """
    a, b = _luminance(one), _luminance(other)
    blocks = [_blocks(each) for each in (a, b, _product(a, a), _product(b, b), _product(a, b))]
    total = 0.0
    for mean_a, mean_b, aa, bb, ab in zip(*blocks, strict=True):
        squares, product = mean_a**2 + mean_b**2, mean_a * mean_b
        total += (2 * product + C1) * (2 * (ab - product) + C2) / ((squares + C1) * (aa + bb - squares + C2))
    return total / len(blocks[0])


def _product(a: Image.Image, b: Image.Image) -> Image.Image:
    product: Image.Image = ImageMath.lambda_eval(lambda given: given["a"] * given["b"], a=a, b=b)
    return product


def _blocks(picture: Image.Image) -> list[float]:
    return cast("list[float]", list(picture.reduce(BLOCK).get_flattened_data()))


def _luminance(path: Path) -> Image.Image:
    with Image.open(path) as opened:
        picture = opened.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    white.alpha_composite(picture)
    return white.convert("L").convert("F")
