"""The compression that a picture gets, and the size of the result."""

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageFilter

from imaging.encode import OUTPUT_FORMATS
from imaging.png_strategy import FASTER, MIN_ROWS, RUN_LENGTHS, THOROUGH, Options, png_options, sampled


def grainy() -> Image.Image:
    """Return a picture like a photograph: soft, with grain."""
    soft = Image.effect_noise((12, 12), 90).resize((900, 700), Image.Resampling.BICUBIC)
    return Image.merge("RGB", [Image.blend(soft, Image.effect_noise((900, 700), 20), 0.3) for _ in range(3)])


def checkered() -> Image.Image:
    """Return a picture like a graphic, with a repeated shape."""
    picture = Image.new("RGB", (900, 700), "white")
    draw = ImageDraw.Draw(picture)
    for left in range(0, 900, 12):
        for top in range(0, 700, 14):
            draw.ellipse((left, top, left + 9, top + 7 + left % 5), outline=(left % 256, 40, 90))
    return picture.filter(ImageFilter.GaussianBlur(0.4))


def png(picture: Image.Image, options: Options) -> int:
    content = BytesIO()
    picture.save(content, "PNG", **options)
    return content.tell()


def test_a_grainy_picture_gets_run_lengths() -> None:
    assert png_options(grainy()) == RUN_LENGTHS


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_a_picture_that_repeats_gets_no_run_lengths(mode: str) -> None:
    assert png_options(checkered().convert(mode)) != RUN_LENGTHS


@pytest.mark.parametrize("make", [grainy, checkered])
def test_the_choice_is_within_a_tenth_of_the_smallest_file(make: Callable[[], Image.Image]) -> None:
    picture = make()
    least = min(png(picture, options) for options in (*(options for options, _ in FASTER), THOROUGH))
    assert png(picture, png_options(picture)) <= 1.1 * least


def test_a_picture_of_few_rows_is_compressed_thoroughly() -> None:
    assert png_options(Image.new("RGB", (3000, MIN_ROWS - 1))) == THOROUGH


@pytest.mark.parametrize("height", [MIN_ROWS, 1000, 16_383])
def test_a_sample_is_a_small_part_from_all_over(height: int) -> None:
    ramp = Image.linear_gradient("L").resize((3, height))
    sample = sampled(ramp)
    assert sample.height < height / 15
    levels = sample.tobytes()
    assert min(levels) < 40
    assert max(levels) > 215


def test_the_same_picture_gets_the_same_options() -> None:
    picture = grainy()
    assert OUTPUT_FORMATS["PNG"].options(picture, None) == OUTPUT_FORMATS["PNG"].options(picture.copy(), None)
