"""The pictures that are measured: photographs where they are at hand, the others made by code."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFilter

from pipeline.lib.paths import ROOT

PHOTOS = ROOT.parent / "shared" / "photos"
MEGAPIXELS = (1, 4, 12, 24, 48)


def phone(directory: Path) -> Path:
    """A photograph of 12 megapixels, or a made one of that size."""
    if (photo := PHOTOS / "phone-12mp.jpg").exists():
        return _copied(photo, directory)
    return _saved(_scene((4032, 3024)), directory / "made-12mp.jpg", quality=95)


def photographs(directory: Path) -> list[Path]:
    """The one of `phone()`, and smaller ones where they are at hand."""
    return [phone(directory), *(_copied(photo, directory) for photo in sorted(PHOTOS.glob("kodak-*.png")))]


def graphics(directory: Path) -> list[Path]:
    return [_saved(make(), directory / f"{name}.png") for name, make in GRAPHICS.items()]


def everything(directory: Path) -> list[Path]:
    """The one of `phone()`, then the other photographs and the graphics."""
    return photographs(directory) + graphics(directory)


def small(directory: Path) -> Path:
    with Image.open(phone(directory)) as photo:
        return _saved(photo.resize((800, 600), reducing_gap=3), directory / "small.jpg", quality=90)


def sized(directory: Path) -> dict[int, Path]:
    """A picture in each of MEGAPIXELS, as rich in detail at every size: a photograph that is shrunk becomes richer."""
    sizes = {
        pixels: (round((pixels * 4 / 3) ** 0.5 * 1000), round((pixels * 3 / 4) ** 0.5 * 1000)) for pixels in MEGAPIXELS
    }
    return {pixels: _saved(_scene(size), directory / f"{pixels}mp.jpg", quality=92) for pixels, size in sizes.items()}


def _screenshot() -> Image.Image:
    """A window with text: few colors, sharp edges, much that repeats."""
    dice = random.Random(1)  # noqa: S311 - the same picture in each run
    glyphs = [_glyph(dice) for _ in range(40)]
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


def _glyph(dice: random.Random) -> Image.Image:
    glyph = Image.new("L", (9, 14))
    for _ in range(3):
        ImageDraw.Draw(glyph).line([(dice.randrange(9), dice.randrange(14)) for _ in range(2)], fill=255)
    return glyph.filter(ImageFilter.GaussianBlur(0.5))


def _line_art() -> Image.Image:
    dice = random.Random(2)  # noqa: S311
    drawing = Image.new("L", (4000, 3000), 255)
    draw = ImageDraw.Draw(drawing)
    for _ in range(300):
        points = [(dice.randrange(4000), dice.randrange(3000)) for _ in range(2)]
        draw.line(points, fill=0, width=dice.randrange(2, 8))
    for _ in range(100):
        draw.circle((dice.randrange(4000), dice.randrange(3000)), dice.randrange(20, 400), outline=0, width=4)
    return drawing.reduce(2).convert("RGB")


def _gradient() -> Image.Image:
    """Soft colors that fade out."""
    ramp = Image.linear_gradient("L")
    channels = (ramp, Image.radial_gradient("L"), ramp.rotate(90), ramp.rotate(180))
    return Image.merge("RGBA", [channel.resize((1600, 1200)) for channel in channels])


def _scene(size: tuple[int, int]) -> Image.Image:
    """Something like a photograph: soft shapes under grain."""
    shapes = Image.effect_noise((16, 12), 90).resize(size, Image.Resampling.BICUBIC)
    grain = [Image.effect_noise(size, 12) for _ in range(3)]
    return Image.merge("RGB", [Image.blend(shapes, each, 0.4) for each in grain])


def _saved(picture: Image.Image, path: Path, **options: Any) -> Path:
    picture.save(path, **options)
    return path


def _copied(source: Path, directory: Path) -> Path:
    copy = directory / source.name
    copy.write_bytes(source.read_bytes())
    return copy


GRAPHICS: dict[str, Callable[[], Image.Image]] = {
    "screenshot": _screenshot,
    "line-art": _line_art,
    "gradient": _gradient,
}
