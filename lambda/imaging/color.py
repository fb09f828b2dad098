"""Convert pictures to 8 bits a channel and to sRGB. LittleCMS does the color math."""

from contextlib import suppress
from functools import cache
from io import BytesIO
from itertools import chain, product

from PIL import Image, ImageChops, ImageCms

from imaging.limits import MAX_PROFILE

SRGB = ImageCms.createProfile("sRGB")
INTENT = ImageCms.Intent.PERCEPTUAL  # as in browsers; intents differ only in profiles with tables
MAX_SHIFT = 2  # levels of 255; a profile that changes no color more than this is a variant of sRGB


def in_8_bits(picture: Image.Image) -> Image.Image:
    """Return the picture as L, LA, RGB, RGBA, or CMYK: 8 bits a channel, no palette, transparency as alpha."""
    if picture.mode == "I;16":
        return picture.convert("I").point([(level + 128) // 257 for level in range(65536)], "L")
    mode = {"1": "L", "L": "L", "LA": "L", "CMYK": "CMYK"}.get(picture.mode, "RGB")
    mode += "A" * picture.has_transparency_data
    return picture if picture.mode == mode else picture.convert(mode)


def in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture (L, LA, RGB, RGBA, or CMYK) in sRGB, as L, LA, RGB, or RGBA.

    A picture that is already in sRGB keeps its pixels. An ICC profile that is broken, too large, or for other channels
    is ignored. The function may change `picture` in place.
    """
    with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
        if profile and len(profile) <= MAX_PROFILE:
            return _converted(picture, ImageCms.ImageCmsProfile(BytesIO(profile)))
    return picture.convert("RGB") if picture.mode == "CMYK" else picture


def _converted(picture: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    space, is_gray = profile.profile.xcolor_space.strip(), picture.mode in ("L", "LA")
    if space not in (("GRAY", "RGB") if is_gray else (picture.mode.removesuffix("A"),)):
        raise ValueError(f"the profile is for {space}, and the picture is {picture.mode}")
    if space == "CMYK":
        return ImageCms.buildTransform(profile, SRGB, "CMYK", "RGB", INTENT).apply(picture)
    sample = _grays().convert("L" if space == "GRAY" else "RGB") if is_gray else _colors()
    shown = ImageCms.buildTransform(profile, SRGB, sample.mode, "RGB", INTENT).apply(sample)
    if max(ImageChops.difference(sample.convert("RGB"), shown).tobytes()) <= MAX_SHIFT:
        return picture
    if is_gray:
        return picture.point(list(shown.getchannel(1).tobytes()) + list(range(256)) * (picture.mode == "LA"))
    return ImageCms.buildTransform(profile, SRGB, picture.mode, picture.mode, INTENT).apply_in_place(picture)


@cache
def _grays() -> Image.Image:
    return Image.frombytes("L", (256, 1), bytes(range(256)))


@cache
def _colors() -> Image.Image:
    """Return a picture of 18 levels of each channel, in all combinations."""
    return Image.frombytes("RGB", (18, 18 * 18), bytes(chain.from_iterable(product(range(0, 256, 15), repeat=3))))
