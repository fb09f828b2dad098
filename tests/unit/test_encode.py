"""The five variants of every picture of the corpus show the picture, and contain nothing else."""

import re
import struct
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageSequence, ImageStat

from imaging.animated_webp import changed
from imaging.decode import decode
from imaging.encode import Variant, encode, on_white
from imaging.model import Picture, ShownFrame
from imaging.sizes import fitted, shrink
from lambda_function import THUMBNAIL_SIZE, VARIANTS, create_variants
from tests.corpus import CASES, Case
from tests.corpus.accepted import COLORS, by_index, quarters, saved
from tests.corpus.build import exif, png_chunk

PNG_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
WEBP_CHUNKS = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"}
JPEG_MARKERS = {0xE0, 0xC0, 0xC4, 0xDB, 0xDA}  # JFIF, and what the picture is made of


def fit(picture: Image.Image, box: tuple[int, int]) -> Image.Image:
    return shrink(picture, fitted(picture.size, box))


def named(case: Case) -> str:
    return case.name


@cache
def variants(case: Case) -> dict[str, bytes]:
    """Return the variants of the table, all of one quality: those in the table may be changed to any."""
    table = [replace(variant, quality=variant.quality and 85) for variant in VARIANTS]
    return {variant.name: content for variant, content in create_variants(decode(case.content), table)}


def opened(content: bytes) -> Image.Image:
    picture = Image.open(BytesIO(content))
    picture.load()
    return picture


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean over all pixels and channels, of 255."""
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_variants_show_the_picture(case: Case) -> None:
    still = decode(case.content).still
    encoded = variants(case)

    assert encoded.keys() == {variant.name for variant in VARIANTS}
    png = opened(encoded["png"])
    assert (png.mode, png.tobytes()) == (still.mode, still.tobytes())
    for name in ("compressed", "low", "thumbnail"):
        expected = fit(on_white(still), THUMBNAIL_SIZE) if name == "thumbnail" else on_white(still)
        assert opened(encoded[name]).size == expected.size
        assert difference(opened(encoded[name]), expected) < 6
    webp = opened(encoded["webp"]).convert("RGBA")
    assert webp.getchannel("A").tobytes() == still.convert("RGBA").getchannel("A").tobytes()
    assert difference(on_white(webp), on_white(still.convert("RGBA"))) < 6


@pytest.mark.parametrize("case", [case for case in CASES if case.milliseconds], ids=named)
def test_webp_keeps_the_animation(case: Case) -> None:
    source, webp = decode(case.content), Image.open(BytesIO(variants(case)["webp"]))
    assert source.frames is not None

    shown = [(frame.convert("RGBA"), frame.info["duration"]) for frame in ImageSequence.Iterator(webp)]

    assert webp.info["loop"] == case.loop_count
    assert tuple(duration for _, duration in shown) == case.milliseconds
    for (frame, _), expected in zip(shown, source.frames(), strict=True):
        assert frame.getchannel("A").tobytes() == expected.picture.getchannel("A").tobytes()
        assert difference(on_white(frame), on_white(expected.picture)) < 6


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_no_variant_has_metadata(form: str) -> None:
    options = {"exif": exif(1), "xmp": b"<x:xmpmeta>SECRET</x:xmpmeta>", "icc_profile": b"SECRET profile"}
    if form == "JPEG":
        options["comment"] = b"SECRET"
    source = saved(quarters(COLORS), form, **options) if form != "PNG" else tagged_png()
    assert b"SECR" in source

    encoded = {variant.format: content for variant, content in create_variants(decode(source))}

    assert set(png_chunks(encoded["PNG"])) <= PNG_CHUNKS
    assert set(webp_chunks(encoded["WEBP"])) <= WEBP_CHUNKS
    assert set(jpeg_markers(encoded["JPEG"])) <= JPEG_MARKERS
    assert not any(b"SECR" in content for content in encoded.values())


def tagged_png() -> bytes:
    texts = [png_chunk(b"tEXt", b"Comment\0SECRET"), png_chunk(b"eXIf", exif(1)[6:]), png_chunk(b"tIME", bytes(7))]
    return by_index(COLORS, 2, 8, chunks=texts)


def png_chunks(content: bytes) -> Iterator[bytes]:
    at = 8
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        yield kind
        at += 12 + length


def webp_chunks(content: bytes) -> Iterator[bytes]:
    at = 12
    while at < len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        yield kind
        at += 8 + length + (length & 1)


def jpeg_markers(content: bytes) -> Iterator[int]:
    for found in re.finditer(rb"\xff([\x01-\xcf\xda-\xfe])", content):
        yield found[1][0]


def test_transparency_has_no_dark_fringes() -> None:
    """White over transparent black: variants must be white, even where pixels are mixed."""
    picture = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    picture.paste((255, 255, 255, 255), (0, 0, 199, 400))

    for variant in (Variant("small", "JPEG", quality=95, fit=(100, 100)), Variant("full", "JPEG", quality=95)):
        assert min(opened(encode(Picture(picture), variant)).tobytes()) >= 254


def test_noise_of_any_size_is_encoded() -> None:
    for size in ((1, 1), (1, 300), (300, 1), (257, 255), (16_383, 1)):
        noise = Image.effect_noise(size, 200).convert("RGB")
        assert len(dict(create_variants(Picture(noise)))) == len(VARIANTS)


def test_noise_is_encoded_at_any_quality() -> None:
    noise = Image.effect_noise((400, 400), 2000).resize((800, 800), Image.Resampling.NEAREST).convert("RGB")

    for quality in (88, 89, 94, 100):
        assert opened(encode(Picture(noise), Variant("full", "JPEG", quality=quality))).size == noise.size


def test_fitted_keeps_proportions_and_never_enlarges() -> None:
    assert fit(Image.new("L", (4000, 1000)), (200, 200)).size == (200, 50)
    assert fit(Image.new("L", (16_000, 1)), (200, 200)).size == (200, 1)
    assert fit(Image.new("L", (20, 10)), (200, 200)).size == (20, 10)


def test_an_animation_is_shrunk_frame_by_frame() -> None:
    case = next(case for case in CASES if case.name == "gif-animated")
    picture = decode(case.content)
    assert picture.frames is not None

    webp = Image.open(BytesIO(encode(picture, Variant("small", "WEBP", quality=95, fit=(24, 16)))))

    shown = [frame.convert("RGBA") for frame in ImageSequence.Iterator(webp)]
    assert webp.size == (24, 16)
    for frame, expected in zip(shown, picture.frames(), strict=True):
        assert difference(on_white(frame), on_white(fit(expected.picture, (24, 16)))) < 10


def test_long_times_and_large_loop_counts_fit_into_webp() -> None:
    frames = [ShownFrame(Image.new("RGBA", (8, 8), color), 65_535_000) for color in ("red", "blue")]

    webp = Image.open(BytesIO(encode(Picture(frames[0].picture, lambda: iter(frames), 70_000), Variant("w", "WEBP"))))

    webp.load()
    assert webp.info["loop"] == 65_535
    assert webp.info["duration"] == 0xFFFFFF


def test_changed_is_the_smallest_even_box() -> None:
    before = Image.new("RGBA", (20, 10))
    after = before.copy()
    after.putpixel((7, 5), (0, 0, 0, 1))

    assert changed(None, after) == (0, 0, 20, 10)
    assert changed(before, after) == (6, 4, 8, 6)
    assert changed(after, after) == (0, 0, 1, 1)
