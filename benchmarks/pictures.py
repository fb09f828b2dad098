"""The pictures to measure: photos if the machine has them, and pictures drawn by code."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFilter

from pipeline.lib.paths import ROOT

PHOTOS = ROOT.parent / "shared" / "photos"  # optional
MEGAPIXELS = (1, 4, 12, 24, 48)


def phone(directory: Path) -> Path:
    """Return a photo of 12 megapixels, or a drawn picture of that size."""
    if (photo := PHOTOS / "phone-12mp.jpg").exists():
        return _copy(photo, directory)
    return _save(_draw_scene((4032, 3024)), directory / "drawn-12mp.jpg", quality=95)


def photos(directory: Path) -> list[Path]:
    """Return the photo of `phone()`, then smaller ones if the machine has them."""
    return [phone(directory), *(_copy(photo, directory) for photo in sorted(PHOTOS.glob("kodak-*.png")))]


def graphics(directory: Path) -> list[Path]:
    """Draw a screenshot, line art, and a gradient with alpha."""
    return [_save(draw(), directory / f"{name}.png") for name, draw in GRAPHICS.items()]


def everything(directory: Path) -> list[Path]:
    """Return the photo of `phone()`, then the other photos and the graphics."""
    return photos(directory) + graphics(directory)


def small(directory: Path) -> Path:
    """Return a JPEG of 800 x 600 pixels."""
    with Image.open(phone(directory)) as photo:
        return _save(photo.resize((800, 600), reducing_gap=3), directory / "small.jpg", quality=90)


def by_size(directory: Path) -> dict[int, Path]:
    """Draw a picture for each size in MEGAPIXELS, with the same detail at every size; a reduced photo gains detail."""
    sizes = {
        pixels: (round((pixels * 4 / 3) ** 0.5 * 1000), round((pixels * 3 / 4) ** 0.5 * 1000)) for pixels in MEGAPIXELS
    }
    return {
        pixels: _save(_draw_scene(size), directory / f"{pixels}mp.jpg", quality=92) for pixels, size in sizes.items()
    }


def _draw_screenshot() -> Image.Image:
    """Draw a window with text: few colors, sharp edges, many repetitions."""
    dice = random.Random(1)  # noqa: S311 - every run draws the same picture
    glyphs = [_draw_glyph(dice) for _ in range(40)]
    picture = Image.new("RGB", (1920, 1080), (246, 247, 249))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 1920, 48), fill=(36, 41, 47))
    for top in range(70, 1050, 34):
        draw.rounded_rectangle((14, top, 240, top + 26), 6, fill=(228, 236, 250), outline=(220, 220, 226))
    for top in range(70, 1060, 22):
        for left in range(280, dice.randrange(600, 1860), 10):
            if dice.random() < 0.85:
                picture.paste((30, 30, 34), (left, top), dice.choice(glyphs))
    return picture


def _draw_glyph(dice: random.Random) -> Image.Image:
    glyph = Image.new("L", (9, 14))
    for _ in range(3):
        ImageDraw.Draw(glyph).line([(dice.randrange(9), dice.randrange(14)) for _ in range(2)], fill=255)
    return glyph.filter(ImageFilter.GaussianBlur(0.5))


def _draw_line_art() -> Image.Image:
    dice = random.Random(2)  # noqa: S311
    drawing = Image.new("L", (4000, 3000), 255)
    draw = ImageDraw.Draw(drawing)
    for _ in range(300):
        points = [(dice.randrange(4000), dice.randrange(3000)) for _ in range(2)]
        draw.line(points, fill=0, width=dice.randrange(2, 8))
    for _ in range(100):
        draw.circle((dice.randrange(4000), dice.randrange(3000)), dice.randrange(20, 400), outline=0, width=4)
    return drawing.reduce(2).convert("RGB")


def _draw_gradient() -> Image.Image:
    """Draw soft colors that fade out."""
    ramp = Image.linear_gradient("L")
    channels = (ramp, Image.radial_gradient("L"), ramp.rotate(90), ramp.rotate(180))
    return Image.merge("RGBA", [channel.resize((1600, 1200)) for channel in channels])


def _draw_scene(size: tuple[int, int]) -> Image.Image:
    """Draw something that compresses like a photo: soft shapes under grain."""
    shapes = Image.effect_noise((16, 12), 90).resize(size, Image.Resampling.BICUBIC)
    grain = [Image.effect_noise(size, 12) for _ in range(3)]
    return Image.merge("RGB", [Image.blend(shapes, each, 0.4) for each in grain])


def _save(picture: Image.Image, path: Path, **options: Any) -> Path:
    picture.save(path, **options)
    return path


def _copy(source: Path, directory: Path) -> Path:
    copy = directory / source.name
    copy.write_bytes(source.read_bytes())
    return copy


GRAPHICS: dict[str, Callable[[], Image.Image]] = {
    "screenshot": _draw_screenshot,
    "line-art": _draw_line_art,
    "gradient": _draw_gradient,
}
