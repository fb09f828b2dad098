"""Images made by code, for the demo: what people upload, and what goes wrong with it."""

import io
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

ORIENTATION = 0x0112  # EXIF tag; 6 says "turn a quarter to the right to look at it"


def write_samples(directory: Path) -> Path:
    """Writes the samples into DIRECTORY and returns it."""
    scene = _scene((1600, 1067))
    samples = {
        "landscape.jpg": _bytes(scene, "JPEG", quality=92),
        "on its side.jpg": _bytes(scene.rotate(90, expand=True), "JPEG", quality=92, exif=_orientation(6)),
        "café+crème/logo.png": _bytes(_logo(), "PNG"),
        "palette.bmp": _bytes(scene.resize((480, 320)).quantize(64), "BMP"),
        "animation.gif": _animation(),
        "photo.webp": _bytes(scene.filter(ImageFilter.GaussianBlur(2)), "WEBP", quality=90),
        "cut short.jpg": _bytes(scene, "JPEG", quality=92)[:60_000],
        "notes.txt": b"not an image\n",
    }
    for name, content in samples.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return directory


def _scene(size: tuple[int, int]) -> Image.Image:
    width, height = size
    dusk = Image.linear_gradient("L").resize(size)
    sky = Image.merge(
        "RGB",
        (dusk.point(lambda v: 60 + v * 0.75), dusk.point(lambda v: 70 + v * 0.4), dusk.point(lambda v: 140 - v * 0.2)),
    )
    draw = ImageDraw.Draw(sky)
    draw.ellipse((width * 0.62, height * 0.3, width * 0.74, height * 0.48), fill=(255, 236, 190))
    for number, colour in enumerate([(92, 74, 116), (62, 54, 92), (32, 34, 62)]):
        top = height * (0.55 + 0.13 * number)
        ridge = [(x, top + height * 0.07 * _wave(x / width * (3 + number) + number)) for x in range(0, width + 8, 8)]
        draw.polygon([*ridge, (width, height), (0, height)], fill=colour)
    grain = Image.effect_noise(size, 14).convert("RGB")
    return ImageChops.add(sky, grain, scale=1, offset=-128)


def _wave(x: float) -> float:
    return abs((x % 1) - 0.5) * 2 + abs((x * 2.3 % 1) - 0.5) * 0.5


def _logo() -> Image.Image:
    logo = Image.new("RGBA", (600, 600))
    draw = ImageDraw.Draw(logo)
    draw.ellipse((60, 60, 540, 540), fill=(236, 102, 52, 255))
    draw.regular_polygon((300, 300, 150), 3, fill=(255, 255, 255, 230))
    return logo.filter(ImageFilter.GaussianBlur(1))


def _animation() -> bytes:
    frames = [Image.new("P", (160, 120), 0) for _ in range(12)]
    for number, frame in enumerate(frames):
        frame.putpalette([24, 26, 46, 255, 196, 92])
        ImageDraw.Draw(frame).circle((20 + number * 11, 60), 16, fill=1)
    return _bytes(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=80, loop=0)


def _orientation(value: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = value
    return exif


def _bytes(image: Image.Image, form: str, **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, form, **options)
    return content.getvalue()
