"""Files that are rejected."""

import struct
import zlib
from functools import partial
from io import BytesIO

from PIL import Image

from tests.corpus.accepted import (
    COLORS,
    animated_gif,
    animated_png,
    animated_webp,
    as_number,
    by_index,
    jpeg,
    masked_bmp,
    palette_bmp,
    quarters,
    run_length_bmp,
    saved,
    still_gif,
)
from tests.corpus.build import PNG, bmp, bmp_rows, gif, gif_image, jpeg_segment, png_chunk
from tests.corpus.case import SIZE, RejectedCase


def noise(form: str, **options: object) -> bytes:
    content = BytesIO()
    Image.effect_noise((200, 120), 80).convert("RGB").save(content, form, **options)
    return content.getvalue()


def png_of(width: int, height: int, data: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        PNG
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", data or zlib.compress(bytes(1000)))
        + png_chunk(b"IEND", b"")
    )


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes((content[at] ^ 0x55,)) + content[at + 1 :]


def bmp_24() -> bytes:
    return bmp(SIZE, 24, bmp_rows(SIZE, 24, as_number("bgr")))


def sized_jpeg(width: int, height: int) -> bytes:
    content = jpeg()
    at = content.index(b"\xff\xc0")
    return content[: at + 5] + struct.pack(">HH", height, width) + content[at + 9 :]


CUT, BAD, NONE, OTHER = "truncated", "corrupt", "not-an-image", "unsupported-format"

REJECTIONS: tuple[RejectedCase, ...] = (
    RejectedCase("nothing", lambda: b"", NONE, "not an image"),
    RejectedCase("text", lambda: b"Hello, this is no picture.\n" * 10, NONE, "not an image"),
    RejectedCase("text-like-bmp", lambda: b"BMW, Audi and Opel are makers of cars", NONE, "not an image"),
    RejectedCase(
        "jpeg-xl", lambda: b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(50), OTHER, "JPEG XL is not supported: send JPEG"
    ),
    RejectedCase("video", lambda: b"\0\0\0\x18ftypisom" + bytes(50), OTHER, "video"),
    RejectedCase("tiff", lambda: saved(quarters(COLORS), "TIFF"), OTHER, "TIFF"),
    RejectedCase("svg", lambda: b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', OTHER, "SVG"),
    RejectedCase("pdf", lambda: b"%PDF-1.7\n", OTHER, "PDF"),
    RejectedCase("ico", lambda: saved(quarters(COLORS), "ICO", sizes=[(16, 16)]), OTHER, "ICO"),
    RejectedCase(
        "jpeg-12-bits", lambda: jpeg().replace(b"\xff\xc0\0\x11\x08", b"\xff\xc0\0\x11\x0c"), OTHER, "12 bits"
    ),
    RejectedCase("jpeg-half", lambda: half(noise("JPEG")), CUT, r"only the upper \d\d% of the picture"),
    RejectedCase(
        "jpeg-half-with-end", lambda: half(noise("JPEG")) + b"\xff\xd9", CUT, r"only the upper \d\d% of the picture"
    ),
    RejectedCase(
        "jpeg-half-of-zeros", lambda: half(noise("JPEG")) + bytes(9000), CUT, r"only the upper \d\d% of the picture"
    ),
    RejectedCase(
        "jpeg-half-restarts",
        lambda: half(noise("JPEG", restart_marker_rows=1)),
        CUT,
        r"only the upper \d\d% of the picture",
    ),
    RejectedCase("jpeg-half-progressive", lambda: half(noise("JPEG", progressive=True)), CUT, "the end of the file"),
    RejectedCase(
        "jpeg-half-progressive-with-end", lambda: half(noise("JPEG", progressive=True)) + b"\xff\xd9", CUT, "truncated"
    ),
    RejectedCase("jpeg-header", lambda: jpeg()[:100], CUT, "before the picture begins"),
    RejectedCase("jpeg-many-passes", lambda: many_passes(), BAD, "scans"),
    RejectedCase("jpeg-segments", lambda: b"\xff\xd8" + jpeg_segment(0xFE, b"") * 20_000, BAD, "segments"),
    RejectedCase("png-half", lambda: half(noise("PNG")), CUT, r"at least [\d,]+ of [\d,]+ bytes are missing"),
    RejectedCase("png-header", lambda: by_index(COLORS, 2, 8)[:20], CUT, "truncated"),
    RejectedCase("png-flipped", lambda: flipped(by_index(COLORS, 2, 8), 60), BAD, "checksum"),
    RejectedCase("png-short-data", lambda: png_of(400, 400), CUT, "the data of the picture"),
    RejectedCase("png-no-palette", lambda: by_index([(0,)] * 4, 3, 8), BAD, "palette"),
    RejectedCase("png-no-pixels", lambda: png_of(0, 0), BAD, "without pixels"),
    RejectedCase("apng-half", lambda: animated_png(True)[:-90], CUT, "[12] of 3 frames"),
    RejectedCase("gif-half", lambda: half(noise("GIF")), CUT, "not complete"),
    RejectedCase("gif-animated-cut", lambda: animated_gif(0)[:-25], CUT, "the file ends after frame 2"),
    RejectedCase("gif-few-data", lambda: gif(SIZE, COLORS, [gif_image((0, 0, *SIZE), bytes(100))]), CUT, "ends early"),
    RejectedCase("webp-half", lambda: half(noise("WEBP")), CUT, r"[\d,]+ of [\d,]+ bytes are missing"),
    RejectedCase(
        "webp-animated-tail-of-zeros",
        lambda: animated_webp()[:-100] + bytes(100),
        CUT,
        "the file ends inside its chunks",
    ),
    RejectedCase("webp-flipped", lambda: flipped(noise("WEBP", lossless=True), 26), BAD, "corrupt"),
    RejectedCase("bmp-cut", lambda: bmp_24()[:-15], CUT, "15 of 4,662 bytes are missing"),
    RejectedCase("bmp-runs-cut", lambda: run_length_bmp(8)[:-9], CUT, "ends early"),
    RejectedCase("bmp-32-10-bits", partial(masked_bmp, (10, 10, 10, 2)), OTHER, "this kind of BMP"),
    RejectedCase("bmp-16-4444", partial(masked_bmp, (4, 4, 4, 4)), OTHER, "16 bits and alpha"),
    RejectedCase("bmp-16-5551", partial(masked_bmp, (5, 5, 5, 1)), OTHER, "16 bits and alpha"),
    RejectedCase("bmp-2", partial(palette_bmp, 2), OTHER, "this kind of BMP"),
    RejectedCase("bmp-jpeg-inside", lambda: bmp(SIZE, 0, b"", compression=4), OTHER, "this kind of BMP"),
    RejectedCase("png-bomb", partial(png_of, 16_000, 16_000), "too-many-pixels", "256.0 million pixels"),
    RejectedCase("png-long", partial(png_of, 40_000, 40_000), "too-long-side", "40,000 x 40,000"),
    RejectedCase("jpeg-bomb", partial(sized_jpeg, 16_000, 16_000), "too-many-pixels", "million"),
    RejectedCase("jpeg-long", partial(sized_jpeg, 60_000, 10), "too-long-side", "16,383 pixels at most"),
    RejectedCase("gif-stray-bytes", lambda: gif(SIZE, COLORS, [b"\1" * 2_000_000]), BAD, "no picture"),
    RejectedCase("white-space", lambda: b"\n" * 2_000_000, NONE, "not an image"),
    RejectedCase("gif-cut-in-header", lambda: still_gif()[:11], CUT, "before the picture begins"),
)


def many_passes() -> bytes:
    """Return a JPEG with its first scan, which leaves most of the picture to the others, 200 times more."""
    content = jpeg(progressive=True)
    start = content.index(b"\xff\xda")
    end = content.index(b"\xff\xc4", start)
    return content[:end] + content[start:end] * 200 + content[end:]
