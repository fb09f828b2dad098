"""Fail unless the layer works in this interpreter: its zlib, and every input format of the function."""

import sys
import zlib
from io import BytesIO
from itertools import product
from pathlib import Path

import filtered_png
from PIL import Image, ImageCms, features

from imaging.formats import INPUT_FORMATS, InputFormat, is_available

HEIC = Path(__file__).with_name("tiny.heic")  # of one color
COLOR = (200, 30, 40)

MODES = ("L", "LA", "RGB", "RGBA")  # the encoder's filters work on pixels of one to four bytes


def try_filters(mode: str) -> None:
    """Fail unless a PNG of a picture in `mode` decodes to the same picture."""
    noise = Image.merge(mode, [Image.effect_noise((301, 200), 40 * (n + 1)) for n in range(len(mode))])
    soft = noise.resize((900, 600), Image.Resampling.BICUBIC)
    for picture, strategy in product((noise, soft), (zlib.Z_DEFAULT_STRATEGY, zlib.Z_RLE)):
        if decoded(saved(picture, "PNG", compress_type=strategy)) != picture.tobytes():
            raise SystemExit(f"a PNG of mode {mode} differs from the picture that it was made from")


def try_unfiltering() -> None:
    """Fail unless each filter of PNG decodes to the same pixels as no filter, for each kind of pixels."""
    for form in filtered_png.FORMS:
        expected = decoded(filtered_png.png(form, filtered_png.NONE))
        for filters in filtered_png.FILTERS:
            if decoded(filtered_png.png(form, filters)) != expected:
                raise SystemExit(f"a PNG with {form} and the filters {filters} is decoded wrongly")


def decoded(png: bytes) -> bytes:
    with Image.open(BytesIO(png)) as picture:
        return picture.tobytes()


def try_webp() -> None:
    """Fail unless an opaque picture has the same bytes as RGB and as RGBA, which differ in how they are imported."""
    noise = Image.merge("RGB", [Image.effect_noise((301, 203), 40 * (n + 1)) for n in range(3)])
    for size in (1, 1), (2, 33), (33, 2), (301, 203), (300, 64):
        picture = noise.crop((0, 0, *size))
        as_rgb, as_rgba = (saved(each, "WEBP", method=2) for each in (picture, picture.convert("RGBA")))
        if as_rgb != as_rgba:
            raise SystemExit(f"a WebP of {size[0]} x {size[1]} pixels has other bytes as RGB than as RGBA")


def saved(picture: Image.Image, form: str, **options: int) -> bytes:
    content = BytesIO()
    picture.save(content, form, **options)
    return content.getvalue()


def try_pillow(form: InputFormat) -> None:
    """Fail unless Pillow reads the files that it writes."""
    content = saved(Image.linear_gradient("L"), form.pillow[0])
    Image.open(BytesIO(content), formats=form.pillow).load()


def try_heic() -> None:
    """Fail unless libheif, which cannot write, reads a picture."""
    import pi_heif

    opened = pi_heif.open_heif(HEIC.read_bytes())
    if max(abs(level - expected) for level, expected in zip(bytes(opened.data[:3]), COLOR, strict=True)) > 3:
        raise SystemExit("a HEIC has other colors than it should")


def main(without: str = "") -> None:
    version = features.version("zlib") or "none"
    if not version.endswith("zlib-ng"):
        raise SystemExit(f"the layer loads zlib {version} instead of zlib-ng")
    srgb = ImageCms.createProfile("sRGB")
    ImageCms.profileToProfile(Image.new("RGB", (8, 8)), srgb, srgb)
    for form in INPUT_FORMATS:
        if is_available(form) == (form.name.lower() in without.lower().split()):
            raise SystemExit(f"the layer should be without {without or 'nothing'}, and {form.name} is otherwise")
        if is_available(form):
            try_pillow(form) if form.pillow else try_heic()
    for mode in MODES:
        try_filters(mode)
    try_unfiltering()
    try_webp()
    print("Pillow", features.version("pil"), "with zlib", version)


if __name__ == "__main__":
    main(*sys.argv[1:])
