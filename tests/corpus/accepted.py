"""Files that become variants."""

import struct
import zlib
from functools import partial
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms

from imaging import limits
from tests.corpus.build import (
    apng,
    apng_control,
    bmp,
    bmp_rows,
    exif,
    gif,
    gif_image,
    jpeg_segment,
    png,
    png_chunk,
    webp_animation,
    webp_frame,
)
from tests.corpus.case import BLUE, CLEAR, GRAYS, GREEN, HEIGHT, RED, SIZE, WIDTH, YELLOW, Case

COLORS = (RED, GREEN, BLUE, YELLOW)
OPAQUE_AND_CLEAR = (*((*color, 255) for color in COLORS[:3]), CLEAR)
GRAY = tuple((gray,) for gray in GRAYS)
GRAY_AND_CLEAR = (*((gray, 255) for gray in GRAYS[:3]), (GRAYS[3], 0))
# COLORS as levels of Display P3, worked out by matrices and curves in floating point, with two curves.
P3_IN_SRGB = ((218, 0, 27), (0, 163, 41), (17, 61, 208), (242, 230, 0))
P3_OF_2_2_IN_SRGB = ((220, 0, 19), (0, 164, 36), (6, 58, 209), (243, 230, 0))
UNCOMPRESSED = {"BMP"}  # formats in which other bytes than those of a picture are pixels, too, such as zeros
SRGB_CORNERS = png_chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))
CORNERS = [(x, y) for y in (0, HEIGHT // 2) for x in (0, WIDTH // 2)]
NEAR, ABOUT = 3, 9  # tolerances of lossy sources: as they are, and with conversions of colors


def quarter(x: int, y: int) -> int:
    return (x >= WIDTH // 2) + 2 * (y >= HEIGHT // 2)


def quarters(colors: Any) -> Image.Image:
    """Return the picture in four colors, made by Pillow."""
    return filled({1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[len(colors[0])], colors)


def filled(mode: str, colors: Any) -> Image.Image:
    picture = Image.new(mode, SIZE)
    for n, color in enumerate(colors):
        picture.paste(color, (*CORNERS[n], CORNERS[n][0] + WIDTH // 2, CORNERS[n][1] + HEIGHT // 2))
    return picture


def saved(picture: Image.Image, form: str, **options: Any) -> bytes:
    content = BytesIO()
    picture.save(content, form, **options)
    return content.getvalue()


def jpeg(colors: Any = COLORS, **options: Any) -> bytes:
    return saved(quarters(colors), "JPEG", **{"quality": 95, "subsampling": 0} | options)


def by_index(levels: Any, kind: int, depth: int, **options: Any) -> bytes:
    return png(SIZE, kind, depth, lambda x, y: levels[quarter(x, y)], **options)


def palette_png(depth: int, transparency: bytes = b"", interlaced: bool = False) -> bytes:
    table = bytes(level for color in COLORS for level in color)
    chunks = [png_chunk(b"PLTE", table)] + ([png_chunk(b"tRNS", transparency)] if transparency else [])
    return png(SIZE, 3, depth, lambda x, y: (quarter(x, y) if depth > 1 else quarter(x, y) & 1,), chunks, interlaced)


def wide(colors: Any) -> list[tuple[int, ...]]:
    return [tuple(257 * level for level in color) for color in colors]


def key(*levels: int) -> list[bytes]:
    return [png_chunk(b"tRNS", struct.pack(f">{len(levels)}H", *levels))]


def indices(box: tuple[int, int, int, int] = (0, 0, WIDTH, HEIGHT)) -> bytes:
    left, top, width, height = box
    return bytes(quarter(x, y) for y in range(top, top + height) for x in range(left, left + width))


WHOLE = (0, 0, WIDTH, HEIGHT)
LOWER_RIGHT = (WIDTH // 2, HEIGHT // 2, WIDTH // 2, HEIGHT // 2)
QUARTER = WIDTH * HEIGHT // 4


def still_gif(**options: Any) -> bytes:
    return gif(SIZE, COLORS, [gif_image(WHOLE, indices(), **options)])


def small_gif() -> bytes:
    """Return a GIF with an image in its upper half only. Browsers show the rest as transparent."""
    half = (0, 0, WIDTH, HEIGHT // 2)
    return gif(SIZE, COLORS, [gif_image(half, indices(half))])


def animated_gif(repeats: int | None) -> bytes:
    images = [
        gif_image(WHOLE, indices(), hundredths=7),
        gif_image(LOWER_RIGHT, bytes([0]) * QUARTER, hundredths=0, disposal=2),
        gif_image((0, 0, 2, 2), bytes(4), hundredths=50, transparent=0, disposal=3),
    ]
    return gif(SIZE, COLORS, images, repeats)


def many_images(size: tuple[int, int], count: int) -> bytes:
    return gif(size, COLORS, [gif_image((0, 0, 1, 1), b"\0", hundredths=2)] * count)


def gif_with_second(box: tuple[int, int, int, int], levels: bytes = b"", disposal: int = 0) -> bytes:
    """Return an animation of the picture, an image at `box`, and a single transparent pixel."""
    images = [
        gif_image(WHOLE, indices(), hundredths=7),
        gif_image(box, levels, hundredths=7, disposal=disposal),
        gif_image((0, 0, 1, 1), b"\0", hundredths=7, transparent=0),
    ]
    return gif(SIZE, COLORS, images, 0)


def animated_png(default: bool) -> bytes:
    frames = [
        (apng_control(WHOLE, (7, 100)), by_index(OPAQUE_AND_CLEAR, 6, 8)),
        (apng_control(LOWER_RIGHT, (1, 20), over=1), png((24, 16), 6, 8, lambda *_: (200, 30, 40, 128))),
        (apng_control(LOWER_RIGHT, (1, 0), over=1), png((24, 16), 6, 8, lambda *_: (30, 60, 200, 128))),
    ]
    return apng(SIZE, frames, 3, by_index([(*BLUE, 255)] * 4, 6, 8) if default else None)


def without(chunk: bytes, content: bytes) -> tuple[bytes, bytes]:
    """Return a PNG without its first `chunk` of that name, and that chunk."""
    start = content.index(chunk) - 4
    end = start + 12 + int.from_bytes(content[start : start + 4], "big")
    return content[:start] + content[end:], content[start:end]


def announced_late() -> bytes:
    content, control = without(b"acTL", animated_png(True))
    return content[:-12] + control + content[-12:]


def animated_webp() -> bytes:
    def lossless(picture: Image.Image) -> bytes:
        return saved(picture, "WEBP", lossless=True, exact=True)

    frames = [
        webp_frame(lossless(quarters(OPAQUE_AND_CLEAR)), (0, 0), 70, 0),
        webp_frame(lossless(Image.new("RGBA", (24, 16), (200, 30, 40, 128))), (24, 16), 50, 1),
        webp_frame(lossless(Image.new("RGBA", (24, 16), (30, 60, 200, 255))), (0, 16), 90, 2),
    ]
    return webp_animation(SIZE, frames, 3)


def as_number(order: str) -> Any:
    """Return a function that returns a pixel of a BMP: the levels of its color, from the lowest byte."""

    def pixel(x: int, y: int) -> int:
        levels = dict(zip("rgb", COLORS[quarter(x, y)], strict=True)) | {"x": 0, "a": 255 if quarter(x, y) < 3 else 0}
        return sum(levels[letter] << 8 * n for n, letter in enumerate(order))

    return pixel


def masked_bmp(bits: tuple[int, int, int, int]) -> bytes:
    """Return a BMP with so many bits for red, green, blue, and alpha, from the highest down."""
    shifts = [sum(bits[n + 1 :]) for n in range(4)]
    total = 16 if sum(bits) <= 16 else 32

    def pixel(x: int, y: int) -> int:
        levels = (*COLORS[quarter(x, y)], 0 if quarter(x, y) == 3 else 255)
        return sum(
            round(level * ((1 << n) - 1) / 255) << shift for level, n, shift in zip(levels, bits, shifts, strict=True)
        )

    masks = [((1 << n) - 1) << shift for n, shift in zip(bits, shifts, strict=True)]
    return bmp(SIZE, total, bmp_rows(SIZE, total, pixel), compression=3, masks=masks, header=56)


def bmp_with_alpha(order: str = "bgra") -> bytes:
    """Return a BMP with a version 4 header that names alpha, and no bit fields."""
    content = bmp(SIZE, 32, bmp_rows(SIZE, 32, as_number(order)), header=108)
    return content[:66] + b"\0\0\0\xff" + content[70:]


def black_and_white_bmp() -> bytes:
    """Return a BMP of 8 bits with a palette of two colors."""
    content = bmp(SIZE, 8, bmp_rows(SIZE, 8, lambda x, y: quarter(x, y) & 1), b"\0\0\0\0\xff\xff\xff\0")
    return content[:46] + b"\2\0\0\0" + content[50:]


def palette_bmp(bits: int, header: int = 40, top_down: bool = False) -> bytes:
    entry = 3 if header == 12 else 4
    table = b"".join(bytes(color[::-1]).ljust(entry, b"\0") for color in (*COLORS, *[(0, 0, 0)] * 252)[: 1 << bits])
    rows = bmp_rows(SIZE, bits, lambda x, y: quarter(x, y) & ((1 << bits) - 1), top_down)
    return bmp(SIZE, bits, rows, table, header=header, top_down=top_down)


def run_length_bmp(bits: int, rows: int = HEIGHT) -> bytes:
    """Return a BMP of 4 or 8 bits with run lengths for the lowest `rows` only."""
    table = b"".join(bytes(color[::-1]) + b"\0" for color in (*COLORS, *[(0, 0, 0)] * 252)[: 1 << bits])
    data = bytearray()
    for y in range(HEIGHT - 1, HEIGHT - 1 - rows, -1):
        for x in (0, WIDTH // 2):
            level = quarter(x, y)
            if y % 2:
                data += bytes((WIDTH // 2, level * 17 if bits == 4 else level))
            else:  # as they are, not repeated
                data += bytes((0, WIDTH // 2)) + bytes([level * 17 if bits == 4 else level]) * (WIDTH // 2 * bits // 8)
        data += bytes((0, 0))
    return bmp(SIZE, bits, bytes(data) + bytes((0, 1)), table, compression={8: 1, 4: 2}[bits])


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def display_p3() -> bytes:
    """Return a profile with the primaries of Display P3 under D50 (ICC.1:2001-04), and a gamma of 2.2."""
    primaries = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
    return icc(
        b"RGB ",
        b"".join(struct.pack(">4s4x3i", b"XYZ ", *(round(65536 * part) for part in xyz)) for xyz in primaries),
        [b"rXYZ", b"gXYZ", b"bXYZ"],
        [b"rTRC", b"gTRC", b"bTRC"],
    )


def gray_gamma(gamma: float) -> bytes:
    return icc(b"GRAY", b"", [], [b"kTRC"], gamma)


def icc(space: bytes, colorants: bytes, names: list[bytes], curves: list[bytes], gamma: float = 2.2) -> bytes:
    count = 1 + len(names) + len(curves)
    start = 132 + 12 * count
    white = struct.pack(">4s4x3i", b"XYZ ", 63190, 65536, 54061)
    curve = struct.pack(">4s4xIHxx", b"curv", 1, round(256 * gamma))
    table = [(b"wtpt", start, 20)] + [(name, start + 20 * (n + 1), 20) for n, name in enumerate(names)]
    table += [(name, start + 20 + len(colorants), 14) for name in curves]
    body = struct.pack(">I", count) + b"".join(struct.pack(">4sII", *tag) for tag in table) + white + colorants + curve
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x3i48x", 128 + len(body), 0x02400000, b"mntr", space, b"XYZ ", b"acsp", 63190, 65536, 54061
    )
    return header + body


def with_profile(profile: bytes, levels: Any = COLORS, kind: int = 2) -> bytes:
    return by_index(levels, kind, 8, chunks=[png_chunk(b"iCCP", b"profile\0\0" + zlib.compress(profile))])


def turned_back(orientation: int) -> Image.Image:
    """Return the picture so turned that the orientation brings it upright."""
    back = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]  # how it is transposed
    return quarters(COLORS) if back is None else quarters(COLORS).transpose(Image.Transpose(back))


def turned(orientation: int) -> bytes:
    return saved(turned_back(orientation), "JPEG", quality=95, subsampling=0, exif=exif(orientation))


def of_several(first: bytes) -> bytes:
    """Return a JPEG with another one behind it, as phones append depths and gain maps."""
    return first + saved(Image.new("RGB", (8, 8), "black"), "JPEG")


def without_end(content: bytes) -> bytes:
    return content[:-2]


def cmyk_jpeg(transform: int) -> bytes:
    """Return a JPEG with CMYK as Adobe stores it, inverted; `transform` 2 is YCCK."""
    inks = [(*(255 - level for level in color), 0) for color in COLORS]
    picture = filled("CMYK", inks)
    if transform == 0:
        return saved(picture, "JPEG", quality=95)
    channels = quarters([ink[:3] for ink in inks]).convert("YCbCr").split()
    inverted = [channel.point(lambda level: 255 - level) for channel in channels]  # saving inverts once more
    ycck = Image.merge("CMYK", [*inverted, Image.new("L", SIZE)])
    content = saved(ycck, "JPEG", quality=95)
    at = content.index(b"Adobe")
    return content[: at + 11] + b"\2" + content[at + 12 :]


CASES: tuple[Case, ...] = (
    Case("png-rgb", partial(by_index, COLORS, 2, 8)),
    Case("png-rgb-interlaced", partial(by_index, COLORS, 2, 8, interlaced=True)),
    Case("png-rgb-16", partial(by_index, wide(COLORS), 2, 16)),
    Case("png-rgb-key", partial(by_index, COLORS, 2, 8, chunks=key(*YELLOW)), "RGBA", OPAQUE_AND_CLEAR),
    Case(
        "png-rgb-16-key",
        partial(by_index, wide(COLORS), 2, 16, chunks=key(*wide([YELLOW])[0])),
        "RGBA",
        OPAQUE_AND_CLEAR,
    ),
    Case("png-rgba", partial(by_index, OPAQUE_AND_CLEAR, 6, 8), "RGBA", OPAQUE_AND_CLEAR),
    Case("png-rgba-opaque", partial(by_index, [(*color, 255) for color in COLORS], 6, 8)),
    Case("png-rgba-16", partial(by_index, wide(OPAQUE_AND_CLEAR), 6, 16, interlaced=True), "RGBA", OPAQUE_AND_CLEAR),
    Case("png-gray", partial(by_index, GRAY, 0, 8), "L", GRAY),
    Case("png-gray-1", partial(by_index, ((0,), (1,), (1,), (0,)), 0, 1), "L", ((0,), (255,), (255,), (0,))),
    Case("png-gray-2", partial(by_index, ((0,), (1,), (2,), (3,)), 0, 2), "L", ((0,), (85,), (170,), (255,))),
    Case(
        "png-gray-4",
        partial(by_index, ((0,), (5,), (10,), (15,)), 0, 4, interlaced=True),
        "L",
        ((0,), (85,), (170,), (255,)),
    ),
    Case("png-gray-16", partial(by_index, wide(GRAY), 0, 16), "L", GRAY),
    Case(
        "png-gray-1-key",
        partial(by_index, ((0,), (0,), (0,), (1,)), 0, 1, chunks=key(1)),
        "LA",
        ((0, 255),) * 3 + ((255, 0),),
    ),
    Case(
        "png-gray-2-key",
        partial(by_index, ((0,), (1,), (2,), (3,)), 0, 2, chunks=key(3)),
        "LA",
        ((0, 255), (85, 255), (170, 255), (255, 0)),
    ),
    Case("png-gray-8-key", partial(by_index, GRAY, 0, 8, chunks=key(GRAYS[3])), "LA", GRAY_AND_CLEAR),
    Case("png-gray-16-key", partial(by_index, wide(GRAY), 0, 16, chunks=key(GRAYS[3] * 257)), "LA", GRAY_AND_CLEAR),
    Case("png-gray-alpha", partial(by_index, GRAY_AND_CLEAR, 4, 8), "LA", GRAY_AND_CLEAR),
    Case("png-gray-alpha-16", partial(by_index, wide(GRAY_AND_CLEAR), 4, 16), "LA", GRAY_AND_CLEAR),
    *(Case(f"png-palette-{depth}", partial(palette_png, depth)) for depth in (2, 4, 8)),
    Case("png-palette-1", partial(palette_png, 1), colors=(RED, GREEN, RED, GREEN)),
    Case("png-palette-alpha", partial(palette_png, 4, b"\xff\xff\xff\0"), "RGBA", OPAQUE_AND_CLEAR),
    Case(
        "png-palette-half",
        partial(palette_png, 8, b"\xff\xff\x80\0", interlaced=True),
        "RGBA",
        (*OPAQUE_AND_CLEAR[:2], (*BLUE, 128), CLEAR),
    ),
    Case(
        "png-exif-6",
        lambda: by_index(COLORS, 2, 8, chunks=[png_chunk(b"eXIf", exif(6)[6:])]),
        colors=(BLUE, RED, YELLOW, GREEN),
        size=(32, 48),
    ),
    Case("png-after-end", lambda: by_index(COLORS, 2, 8) + b"garbage"),
    Case(
        "png-bad-text",
        lambda: by_index(COLORS, 2, 8, chunks=[png_chunk(b"zTXt", b"k\0\0" + b"garbage"), b"\0\0\0\1tEXtxxxxx"]),
    ),
    Case("apng", partial(animated_png, False), "RGBA", OPAQUE_AND_CLEAR, milliseconds=(70, 50, 100), loop_count=3),
    Case(
        "apng-default", partial(animated_png, True), "RGBA", OPAQUE_AND_CLEAR, milliseconds=(70, 50, 100), loop_count=3
    ),
    Case("apng-announced-late", announced_late, colors=(BLUE,) * 4),
    Case("apng-gap", lambda: without(b"fdAT", animated_png(True))[0], colors=(BLUE,) * 4),
    Case("jpeg", jpeg, tolerance=NEAR),
    Case("jpeg-progressive", partial(jpeg, progressive=True), tolerance=NEAR),
    Case("jpeg-420", partial(jpeg, subsampling=2), tolerance=NEAR),
    Case("jpeg-422", partial(jpeg, subsampling=1), tolerance=NEAR),
    Case("jpeg-restarts", partial(jpeg, restart_marker_blocks=1), tolerance=NEAR),
    Case("jpeg-gray", partial(jpeg, GRAY), "L", GRAY, tolerance=NEAR),
    Case("jpeg-rgb", partial(jpeg, keep_rgb=True), tolerance=NEAR),
    Case("jpeg-cmyk", partial(cmyk_jpeg, 0), tolerance=ABOUT),
    Case("jpeg-ycck", partial(cmyk_jpeg, 2), tolerance=ABOUT),
    Case("jpeg-no-end", lambda: without_end(jpeg()), tolerance=NEAR),
    Case("jpeg-progressive-no-end", lambda: without_end(jpeg(progressive=True)), tolerance=NEAR),
    Case("jpeg-of-several", lambda: of_several(jpeg()), tolerance=NEAR),
    Case(
        "jpeg-gray-all-over",
        lambda: saved(Image.new("RGB", SIZE, (128, 128, 128)), "JPEG"),
        colors=((128, 128, 128),) * 4,
        tolerance=NEAR,
    ),
    Case("jpeg-comments", lambda: jpeg()[:2] + jpeg_segment(0xFE, b"hello") * 40 + jpeg()[2:], tolerance=NEAR),
    *(Case(f"jpeg-exif-{n}", partial(turned, n), tolerance=NEAR) for n in range(1, 9)),
    Case("webp-lossy", lambda: saved(quarters(COLORS), "WEBP", quality=95), tolerance=ABOUT),
    Case("webp-lossless", lambda: saved(quarters(COLORS), "WEBP", lossless=True)),
    Case(
        "webp-alpha",
        lambda: saved(quarters(OPAQUE_AND_CLEAR), "WEBP", quality=95, exact=True),
        "RGBA",
        OPAQUE_AND_CLEAR,
        tolerance=ABOUT,
    ),
    Case(
        "webp-lossless-alpha",
        lambda: saved(quarters(OPAQUE_AND_CLEAR), "WEBP", lossless=True, exact=True),
        "RGBA",
        OPAQUE_AND_CLEAR,
    ),
    Case(
        "webp-exif-6",
        lambda: saved(quarters(COLORS), "WEBP", lossless=True, exif=exif(6)),
        colors=(BLUE, RED, YELLOW, GREEN),
        size=(32, 48),
    ),
    Case(
        "webp-animated",
        animated_webp,
        "RGBA",
        OPAQUE_AND_CLEAR,
        milliseconds=(70, 50, 90),
        loop_count=3,
    ),
    Case("gif", still_gif),
    Case("gif-interlaced", partial(still_gif, interlaced=True)),
    Case("gif-transparent", partial(still_gif, transparent=3), "RGBA", OPAQUE_AND_CLEAR),
    Case("gif-smaller-than-screen", small_gif, "RGBA", (*OPAQUE_AND_CLEAR[:2], (0, 0, 0, 0), (0, 0, 0, 0))),
    Case("gif-no-end", lambda: still_gif()[:-1]),
    Case("gif-animated", partial(animated_gif, 0), milliseconds=(70, 100, 500), loop_count=0),
    Case("gif-animated-once", partial(animated_gif, None), milliseconds=(70, 100, 500), loop_count=1),
    Case("gif-animated-thrice", partial(animated_gif, 2), milliseconds=(70, 100, 500), loop_count=3),
    Case("gif-animated-empty-frame", partial(gif_with_second, (0, 0, 0, 0)), milliseconds=(70, 70, 70), loop_count=0),
    Case(
        "gif-animated-disposal-4",
        partial(gif_with_second, LOWER_RIGHT, bytes(QUARTER), disposal=4),
        milliseconds=(70, 70, 70),
        loop_count=0,
    ),
    Case(
        "gif-animated-huge-frame",
        partial(gif_with_second, (0, 0, 10_649, 10_649), bytes(100)),
        note="first frame only: 3 frames of 10,649 x 10,649 pixels",
    ),
    Case(
        "gif-animated-many-frames",
        partial(many_images, (1, 1), 100_000),
        colors=(RED,) * 4,
        size=(1, 1),
        note=f"first frame only: more than {limits.MAX_FRAMES:,} frames of 1 x 1 pixels",
    ),
    Case(
        "gif-animated-many-pixels",
        partial(many_images, (1000, 1000), 200),
        "RGBA",
        ((0, 0, 0, 0),) * 4,
        size=(1000, 1000),
        note="first frame only: 200 frames of 1,000 x 1,000 pixels",
    ),
    Case("bmp-24", lambda: bmp(SIZE, 24, bmp_rows(SIZE, 24, as_number("bgr")))),
    Case("bmp-24-top-down", lambda: bmp(SIZE, 24, bmp_rows(SIZE, 24, as_number("bgr"), True), top_down=True)),
    Case("bmp-24-os2", lambda: bmp(SIZE, 24, bmp_rows(SIZE, 24, as_number("bgr")), header=12)),
    Case("bmp-24-os2-2", lambda: bmp(SIZE, 24, bmp_rows(SIZE, 24, as_number("bgr")), header=64)),
    Case("bmp-32", lambda: bmp(SIZE, 32, bmp_rows(SIZE, 32, as_number("bgrx")))),
    Case("bmp-32-alpha-without-bit-fields", bmp_with_alpha, "RGBA", OPAQUE_AND_CLEAR),
    Case("bmp-32-alpha", partial(masked_bmp, (8, 8, 8, 8)), "RGBA", OPAQUE_AND_CLEAR),
    Case("bmp-16-565", partial(masked_bmp, (5, 6, 5, 0)), tolerance=5),
    Case(
        "bmp-16-555",
        lambda: bmp(
            SIZE,
            16,
            bmp_rows(
                SIZE,
                16,
                lambda x, y: sum(
                    round(level / 255 * 31) << shift
                    for level, shift in zip(COLORS[quarter(x, y)], (10, 5, 0), strict=True)
                ),
            ),
        ),
        tolerance=5,
    ),
    Case("bmp-8", partial(palette_bmp, 8)),
    Case("bmp-4", partial(palette_bmp, 4)),
    Case("bmp-8-black-and-white", black_and_white_bmp, colors=((0, 0, 0), (255, 255, 255)) * 2),
    Case("bmp-1", partial(palette_bmp, 1), colors=(RED, GREEN, RED, GREEN)),
    Case("bmp-8-os2", partial(palette_bmp, 8, header=12)),
    Case("bmp-8-top-down", partial(palette_bmp, 8, top_down=True)),
    Case("bmp-32-alpha-of-zero", partial(bmp_with_alpha, "bgrx")),
    Case("bmp-runs-8", partial(run_length_bmp, 8)),
    Case("bmp-runs-4", partial(run_length_bmp, 4)),
    Case("bmp-runs-that-end-early", partial(run_length_bmp, 8, HEIGHT // 2), colors=(RED, RED, BLUE, YELLOW)),
    Case("profile-srgb", lambda: with_profile(srgb())),
    Case("profile-p3", lambda: with_profile(display_p3()), colors=P3_OF_2_2_IN_SRGB, tolerance=NEAR),
    Case("profile-p3-jpeg", lambda: jpeg(icc_profile=display_p3()), colors=P3_OF_2_2_IN_SRGB, tolerance=NEAR),
    Case(
        "profile-p3-webp",
        lambda: saved(quarters(COLORS), "WEBP", lossless=True, icc_profile=display_p3()),
        colors=P3_OF_2_2_IN_SRGB,
        tolerance=NEAR,
    ),
    Case(
        "profile-p3-bmp",
        lambda: bmp(SIZE, 24, bmp_rows(SIZE, 24, as_number("bgr")), header=124, profile=display_p3()),
        colors=P3_OF_2_2_IN_SRGB,
        tolerance=NEAR,
    ),
    Case(
        "profile-p3-alpha",
        lambda: with_profile(display_p3(), OPAQUE_AND_CLEAR, 6),
        "RGBA",
        ((220, 0, 19, 255), (0, 164, 36, 255), (6, 58, 209, 255), (243, 230, 0, 0)),
        tolerance=NEAR,
    ),
    Case(
        "profile-gray-linear",
        lambda: with_profile(gray_gamma(1.0), GRAY, 0),
        "L",
        ((96,), (168,), (213,), (248,)),
        tolerance=NEAR,
    ),
    Case("profile-of-gray-in-rgb", lambda: with_profile(gray_gamma(1.0))),
    Case(
        "profile-of-rgb-in-gray",
        lambda: with_profile(display_p3(), GRAY, 0),
        "L",
        ((24,), (100,), (171,), (240,)),
        tolerance=1,
    ),
    Case("profile-broken", lambda: with_profile(srgb()[:200])),
    Case(
        "profile-bomb",
        lambda: by_index(COLORS, 2, 8, chunks=[png_chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(50_000_000)))]),
    ),
    Case(
        "cicp-p3",
        lambda: by_index(COLORS, 2, 8, chunks=[png_chunk(b"cICP", bytes((12, 13, 0, 1)))]),
        colors=P3_IN_SRGB,
        tolerance=NEAR,
    ),
    Case(
        "gamma-alone",
        lambda: by_index(COLORS, 2, 8, chunks=[png_chunk(b"gAMA", struct.pack(">I", 100_000))]),
        colors=((229, 96, 110), (79, 208, 133), (96, 133, 229), (248, 244, 79)),
        tolerance=1,
    ),
    Case(
        "gamma-of-srgb",
        lambda: by_index(COLORS, 2, 8, chunks=[png_chunk(b"gAMA", struct.pack(">I", 45_455)), SRGB_CORNERS]),
    ),
    Case(
        "gamma-linear",
        lambda: by_index(
            [(level,) * 3 for level in GRAYS],
            2,
            8,
            chunks=[png_chunk(b"gAMA", struct.pack(">I", 100_000)), SRGB_CORNERS],
        ),
        colors=((96,) * 3, (168,) * 3, (213,) * 3, (248,) * 3),
        tolerance=NEAR,
    ),
)
