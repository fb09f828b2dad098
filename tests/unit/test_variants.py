"""Options of the variants table: AVIF, crops, widths, and the copyright."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageSequence, ImageStat, IptcImagePlugin

from imaging import limits, parallel
from imaging.decode import decode
from imaging.encode import OUTPUT_FORMATS, TableError, Variant, check_table, encode
from imaging.model import Picture, Rights
from imaging.rejection import Rejected
from imaging.rights import iptc_of, xmp_of
from imaging.sizes import GRAVITIES, Sizes, bases, filled, fitted, shrink
from lambda_function import VARIANTS, create_variants
from steps import Steps
from tests.corpus import CASES
from tests.corpus.accepted import COLORS, OPAQUE_AND_CLEAR, quarters, saved
from tests.corpus.case import BLUE, GREEN, RED, YELLOW
from tests.corpus.heif import Item, coded, container

ARTIST, COPYRIGHT = 0x013B, 0x8298
RIGHTS = Rights("José Ångström", "© 2026 Ångström & Co <all rights>")
FORMATS = tuple(OUTPUT_FORMATS)


def opened(content: bytes) -> Image.Image:
    picture = Image.open(BytesIO(content))
    picture.load()
    return picture


def difference(one: Image.Image, other: Image.Image) -> float:
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGBA"), other.convert("RGBA"))).mean)


def animation(name: str = "gif-animated-thrice") -> Picture:
    return decode(next(case.content for case in CASES if case.name == name))


@pytest.mark.parametrize("colors", [COLORS, OPAQUE_AND_CLEAR, [(30,), (100,), (170,), (240,)]])
def test_avif_shows_the_picture(colors: Any) -> None:
    picture = quarters(colors).resize((480, 320))

    avif = opened(encode(Picture(picture), Variant("avif", "AVIF", quality=90)))

    assert avif.format == "AVIF"
    assert avif.mode == picture.mode
    assert difference(avif, picture) < 2


def test_avif_has_no_metadata_and_the_same_bytes_each_time() -> None:
    picture = Picture(quarters(COLORS))
    content = encode(picture, Variant("avif", "AVIF"))

    assert content == encode(picture, Variant("avif", "AVIF"))
    assert not {"exif", "xmp", "icc_profile"} & opened(content).info.keys()


@pytest.mark.parametrize(
    ("name", "loop_count"), [("gif-animated", 0), ("gif-animated-once", 1), ("gif-animated-thrice", 3)]
)
def test_avif_keeps_an_animation(name: str, loop_count: int) -> None:
    source = animation(name)
    assert source.frames is not None

    again = decode(encode(source, Variant("avif", "AVIF", quality=95)))

    assert again.frames is not None
    assert again.loop_count == loop_count
    for shown, expected in zip(again.frames(), source.frames(), strict=True):
        assert shown.milliseconds == expected.milliseconds
        assert difference(shown.picture, expected.picture) < 8  # at the edges, by the subsampling of colors


def test_an_animation_that_takes_too_long_as_avif_is_its_first_frame() -> None:
    source = replace(animation(), pixels=10**9)

    avif = Image.open(BytesIO(encode(source, Variant("avif", "AVIF"))))

    assert getattr(avif, "n_frames", 1) == 1


def test_a_picture_that_is_too_large_for_avif_is_rejected_before_any_variant_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "ROOM", 20 * 480 * 320)
    picture = Picture(quarters(COLORS).resize((480, 320)))
    parallel.check_room([Variant("webp", "WEBP"), Variant("small", "AVIF", fit=(48, 32))], picture)

    with pytest.raises(Rejected, match=r"too-many-pixels: 480 x 320 .* too many for variant 'avif', which is AVIF"):
        next(create_variants(picture, [Variant("webp", "WEBP"), Variant("avif", "AVIF")]))


@pytest.mark.parametrize(
    ("gravity", "color"), [("northwest", RED), ("northeast", GREEN), ("southwest", BLUE), ("southeast", YELLOW)]
)
def test_a_crop_keeps_the_corner_that_gravity_names(gravity: str, color: tuple[int, ...]) -> None:
    tall = Variant("tall", "PNG", crop=(24, 32), gravity=gravity)
    wide = Variant("wide", "PNG", crop=(48, 16), gravity=gravity)
    picture = Picture(quarters(COLORS))  # 48 x 32

    for variant, size in ((tall, (24, 32)), (wide, (48, 16))):
        cut = opened(encode(picture, variant))
        assert cut.size == size
        x, y = GRAVITIES[gravity]
        assert cut.getpixel((int(x * (cut.width - 1)), int(y * (cut.height - 1)))) == color


def test_a_crop_fills_its_box_and_cuts_evenly() -> None:
    picture = Image.new("RGB", (1000, 400), "white")
    picture.paste("black", (300, 0, 700, 400))

    cut = opened(encode(Picture(picture), Variant("square", "PNG", crop=(100, 100))))

    assert cut.size == (100, 100)
    assert ImageStat.Stat(cut).mean[0] < 1  # the ringing of Lanczos at two edges


def test_a_crop_never_enlarges() -> None:
    assert filled((300, 600), (400, 400)) == (300, 300)
    assert filled((50, 10), (400, 200)) == (20, 10)
    assert filled((1, 5000), (400, 200)) == (1, 1)
    assert Variant("square", "PNG", crop=(400, 400)).size((4000, 3000)) == (400, 400)


def test_an_animation_is_cut_frame_by_frame() -> None:
    webp = Image.open(BytesIO(encode(animation(), Variant("square", "WEBP", crop=(16, 16)))))

    assert {frame.size for frame in ImageSequence.Iterator(webp)} == {(16, 16)}


def test_widths_are_variants_for_a_srcset() -> None:
    web = Variant.widths("web", "WEBP", quality=80, widths=(640, 320, 1280, 320), keep_copyright=True)

    assert [(variant.name, variant.quality) for variant in web] == [("web-320", 80), ("web-640", 80), ("web-1280", 80)]
    assert [variant.size((2000, 3000)) for variant in web] == [(320, 480), (640, 960), (1280, 1920)]
    assert [variant.size((500, 9000)) for variant in web] == [(320, 5760), (500, 9000), (500, 9000)]
    assert all(variant.keep_copyright for variant in web)


def test_variants_with_the_same_bytes_are_encoded_once() -> None:
    steps = Steps()
    table = Variant.widths("web", "WEBP", widths=(20, 100, 200))

    made = dict(create_variants(Picture(quarters(COLORS)), table, steps))  # 48 pixels wide

    assert [opened(made[variant]).width for variant in table] == [20, 48, 48]
    assert made[table[1]] is made[table[2]]
    assert steps.taken().keys() == {f"encode {variant.name}" for variant in table}


def test_small_sizes_are_made_from_a_large_one() -> None:
    sizes = [(1280, 960), (640, 480), (320, 240), (200, 150)]

    assert bases((4000, 3000), sizes) == [(1280, 960)]
    assert bases((2000, 1500), sizes) == [(640, 480)]
    assert bases((4000, 3000), [(200, 150)]) == []


def test_a_size_made_from_another_looks_the_same() -> None:
    picture = Image.effect_noise((1600, 1200), 90).resize((3200, 2400), Image.Resampling.BICUBIC)
    made = Sizes(picture, [(800, 600), (320, 240)])

    exact = picture.resize((320, 240), Image.Resampling.LANCZOS)

    assert ImageStat.Stat(ImageChops.difference(made.fit((320, 320)), exact)).rms[0] < 1
    assert made.fit((800, 800)).tobytes() == shrink(picture, fitted(picture.size, (800, 800))).tobytes()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"name": "a_b"}, "letters, digits, and hyphens"),
        ({"name": "rejected"}, "isn't 'rejected'"),
        ({"format": "TIFF"}, f"the format is one of {', '.join(OUTPUT_FORMATS)}, not 'TIFF'"),
        ({"quality": 101}, "quality is 1 to 100, not 101"),
        ({"fit": (9, 9), "crop": (9, 9)}, "fit or crop, not both"),
        ({"crop": (0, 9)}, r"sides are 1 pixel or more, not \(0, 9\)"),
        ({"gravity": "up"}, "gravity is one of center, north, .* not 'up'"),
    ],
)
def test_an_invalid_row_is_an_error(row: dict[str, Any], message: str) -> None:
    with pytest.raises(TableError, match=message):
        Variant(**{"name": "web", "format": "WEBP"} | row)


def test_names_are_unique() -> None:
    check_table(VARIANTS)

    with pytest.raises(TableError, match="two variants are named 'png': give each one its own name"):
        check_table([*VARIANTS, Variant("png", "AVIF")])


def with_rights(kind: str) -> bytes:
    """Return a JPEG with an artist and a copyright in one kind of metadata, and other metadata."""
    exif = Image.Exif()
    exif[0x010F] = "SECRET"
    if kind == "EXIF":
        exif[ARTIST], exif[COPYRIGHT] = RIGHTS.artist.encode(), RIGHTS.copyright.encode()
    options: dict[str, Any] = {"exif": exif.tobytes(), "comment": b"SECRET"}
    if kind == "XMP":
        options["xmp"] = xmp_of(RIGHTS).replace(b"<dc:creator>", b"<dc:title>SECRET</dc:title><dc:creator>")
    if kind == "IPTC":
        options["extra"] = iptc_of(RIGHTS)
    return saved(quarters(COLORS), "JPEG", quality=95, **options)


@pytest.mark.parametrize("kind", ["EXIF", "XMP", "IPTC"])
@pytest.mark.parametrize("form", FORMATS)
def test_the_copyright_is_kept_and_nothing_else(kind: str, form: str) -> None:
    picture = decode(with_rights(kind), with_rights=True)
    assert picture.rights == RIGHTS

    content = encode(picture, Variant("kept", form, keep_copyright=True))

    shown = opened(content)
    exif = shown.getexif()
    assert {tag: str(value).encode("latin-1").decode() for tag, value in exif.items()} == {
        ARTIST: RIGHTS.artist,
        COPYRIGHT: RIGHTS.copyright,
    }
    assert RIGHTS.artist.encode() in content
    assert b"SECRET" not in content
    assert b"dc:rights" in (shown.info.get("xmp") or shown.info.get("XML:com.adobe.xmp", "").encode())
    if form == "JPEG":
        iptc = IptcImagePlugin.getiptcinfo(Image.open(BytesIO(content)))
        assert iptc is not None
        assert iptc[2, 116] == RIGHTS.copyright.encode()


@pytest.mark.parametrize("form", FORMATS)
def test_the_copyright_is_not_kept_by_default(form: str) -> None:
    picture = decode(with_rights("EXIF"), with_rights=True)

    assert b"ngstr" not in encode(picture, Variant("bare", form))


@pytest.mark.parametrize("form", ["WEBP", "AVIF"])
def test_an_animation_keeps_its_copyright(form: str) -> None:
    picture = replace(animation(), rights=RIGHTS)

    content = encode(picture, Variant("kept", form, keep_copyright=True))

    shown = Image.open(BytesIO(content))
    assert shown.n_frames == 3  # type: ignore[attr-defined]
    assert set(shown.getexif()) == {ARTIST, COPYRIGHT}
    assert b"dc:rights" in shown.info["xmp"]


def test_the_copyright_in_a_heic_is_kept() -> None:
    exif = Image.Exif()
    exif[COPYRIGHT] = RIGHTS.copyright.encode()
    metadata = Item(b"Exif", bytes(4) + exif.tobytes()[6:], references=((b"cdsc", (1,)),))

    picture = decode(container("HEIC", coded("HEIC", quarters(COLORS)), metadata), with_rights=True)

    assert picture.rights == Rights("", RIGHTS.copyright)


def test_broken_metadata_is_ignored() -> None:
    content = saved(quarters(COLORS), "JPEG", exif=b"Exif\0\0MM garbage", xmp=b"<dc:rights>")

    assert decode(content, with_rights=True).rights == Rights()
