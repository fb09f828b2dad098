"""Draw sample images for the demo: typical uploads, and broken ones."""

import io
import math
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

PHONE = Path(__file__).with_name("phone.heic")  # phone_picture(), written by `python -m tests.heic_sample`
ORIENTATION = 0x0112  # EXIF tag; 6 means "turn a quarter to the right"
GRAIN = 5  # of a photograph's sensor, in shades

Size = tuple[int, int]
Place = tuple[float, float]


@dataclass(frozen=True)
class Light:
    """Colors at a time of day: the sky from its top to the horizon, the farthest hills, and the nearest ones."""

    top: str
    middle: str
    horizon: str
    far: str
    near: str


MORNING = Light("#5b8fc7", "#a9c9e4", "#fbe9cf", "#93afc6", "#1d3a33")
DUSK = Light("#232a5c", "#a2557f", "#ffb070", "#8f5c80", "#191730")
NIGHT = Light("#050d22", "#12305a", "#3f7791", "#2b5470", "#040a14")


def write_samples(directory: Path) -> Path:
    """Write the samples to `directory`, and return it."""
    morning, dusk, night = (_photograph(light) for light in (MORNING, DUSK, NIGHT))
    landscape = _bytes(morning, "JPEG", quality=92)
    samples = {
        "landscape.jpg": landscape,
        "on its side.jpg": _bytes(dusk.rotate(90, expand=True), "JPEG", quality=92, exif=_orientation(6)),
        "café+crème/logo.png": _bytes(_logo(), "PNG"),
        "palette.bmp": _bytes(dusk.resize((480, 320)).quantize(64), "BMP"),
        "animation.gif": _animation(),
        "photo.webp": _bytes(night, "WEBP", quality=90),
        "evening.avif": _bytes(dusk.resize((1200, 800)), "AVIF", quality=70, speed=9, max_threads=1),
        "phone.heic": PHONE.read_bytes(),
        "truncated.jpg": landscape[: len(landscape) * 2 // 3],
        "notes.txt": b"not an image\n",
    }
    for name, content in samples.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return directory


def _scene(size: Size, light: Light, sun: Place = (0.41, 0.27)) -> Image.Image:
    """Draw hills behind a lake; `sun` is a position in the sky, as fractions of its width and height."""
    width, height = size
    shore = round(height * 0.7)
    land = _sky((width, shore), light, sun)
    for number in range(5):
        _add_hills(land, number / 4, light)
    scene = Image.new("RGB", size)
    scene.paste(_reflection(land, (width, height - shore)), (0, shore))
    scene.paste(land)
    return scene


def phone_picture() -> Image.Image:
    """Return what phone.heic shows, upright. The demo can't encode it: it has only a decoder for HEIC."""
    return _scene((800, 1200), MORNING, (0.6, 0.2))


def _photograph(light: Light) -> Image.Image:
    scene = _scene((1600, 1067), light)
    return ImageChops.add(scene, Image.effect_noise(scene.size, GRAIN).convert("RGB"), offset=-128)


def _sky(size: Size, light: Light, place: Place) -> Image.Image:
    width, height = size
    sky = ImageOps.colorize(Image.linear_gradient("L").resize(size), light.top, light.horizon, light.middle)
    sun = round(width * place[0]), round(height * place[1])
    _shine(sky, sun, light.horizon, width, Image.radial_gradient("L").point(lambda shade: max(0, 180 - shade)))
    _shine(sky, sun, "white", width // 20, _disc())
    return sky


def _shine(sky: Image.Image, center: Size, color: str, side: int, mask: Image.Image) -> None:
    """Blend `color` into `sky` around `center`, weighted by `mask`."""
    sky.paste(color, (center[0] - side // 2, center[1] - side // 2), mask.resize((side, side)))


def _disc() -> Image.Image:
    disc = Image.new("L", (512, 512))
    ImageDraw.Draw(disc).circle((256, 256), 254, fill=255)
    return disc


def _add_hills(land: Image.Image, nearness: float, light: Light) -> None:
    """Draw one row of hills. `nearness` is 0 to 1; distant hills are hazier."""
    width, height = land.size
    top = height * (0.66 + 0.3 * nearness)
    tallest = height * (0.34 - 0.18 * nearness)
    outline = [(x, top - tallest * _hill(x / width, nearness)) for x in range(0, width + 2, 2)]
    mask = Image.new("L", land.size)
    ImageDraw.Draw(mask).polygon([*outline, (width, height), (0, height)], fill=255)
    far, near = (Image.new("RGB", land.size, color) for color in (light.far, light.near))
    shade = Image.blend(far, near, nearness)
    haze = Image.linear_gradient("L").resize(land.size).point(lambda depth: depth * (1 - nearness) * 0.6)
    shade.paste(light.horizon, mask=haze)
    land.paste(shade, mask=mask)


def _hill(x: float, nearness: float) -> float:
    """Return the height of a row of hills at `x`, about 0 to 1: smaller hills on larger ones."""
    start = 1.7 + 2.9 * nearness
    waves = ((2.1 + nearness) * 2**octave * x + start * (octave + 1) for octave in range(8))
    return sum((1 - abs(math.sin(wave))) / 2.0**octave for octave, wave in enumerate(waves)) / 1.4


def _reflection(land: Image.Image, size: Size) -> Image.Image:
    """Return the reflection of `land` in a lake: upside down, darker, and blurred by the wind."""
    seen = ImageOps.flip(land).resize((size[0] // 24, size[1])).resize(size).filter(ImageFilter.GaussianBlur(2))
    water = Image.blend(seen, Image.new("RGB", size, "#10202c"), 0.25)
    ripples = Image.effect_noise((size[0] // 40, size[1] // 2), 9).resize(size, Image.Resampling.BICUBIC)
    return ImageChops.add(water, ripples.convert("RGB"), offset=-128)


def _logo() -> Image.Image:
    logo = Image.new("RGBA", (600, 600))
    draw = ImageDraw.Draw(logo)
    draw.ellipse((60, 60, 540, 540), fill=(236, 102, 52, 255))
    draw.regular_polygon((300, 300, 150), 3, fill=(255, 255, 255, 230))
    return logo.filter(ImageFilter.GaussianBlur(1))


def _animation() -> bytes:
    """Return a moonrise as an animated GIF."""
    times = [number / 23 for number in range(24)]
    frames = [_scene((240, 160), NIGHT, (0.3 + 0.15 * time, 0.5 - 0.3 * time)).quantize(48) for time in times]
    return _bytes(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=120, loop=0)


def _orientation(value: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = value
    return exif


def _bytes(image: Image.Image, form: str, **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, form, **options)
    return content.getvalue()
