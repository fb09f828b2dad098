"""Files that cost more than they seem to, made for the memory in AWS_LAMBDA_FUNCTION_MEMORY_SIZE.

Each of them must have an outcome, whatever it is.
"""

import struct
import zlib
from collections.abc import Callable
from functools import cache, partial
from io import BytesIO

from PIL import Image

from imaging import limits
from tests.corpus.accepted import COLORS
from tests.corpus.build import (
    PNG,
    apng_control,
    bmp,
    gif,
    gif_image,
    jpeg_segment,
    png,
    png_chunk,
    riff_chunk,
    webp_animation,
    webp_frame,
)
from tests.corpus.build import webp as webp_of
from tests.limits.noise import EOI, jpeg, webp

SMALL, HUGE = (10, 10), (10_600, 10_600)  # pixels: the latter are 112 million
CHUNKS = 190_000
BLOCK = 65_000  # bytes
MAX = limits.MAX_FILE_BYTES - 2**20
JUNK = b"\x5a"  # zeros would be missing data


@cache
def bomb() -> bytes:
    """Return zlib data that become a gigabyte."""
    compressor = zlib.compressobj(9)
    first = compressor.compress(bytes(2**20)) + compressor.flush(zlib.Z_FULL_FLUSH)
    again = compressor.compress(bytes(2**20)) + compressor.flush(zlib.Z_FULL_FLUSH)
    return first + again * 1023  # without an end, which nothing gets to


def huge_gif_frames(count: int) -> bytes:
    """Return a GIF with a small canvas, and `count` frames of 112 million pixels in 85 kB each."""
    content = BytesIO()
    Image.new("P", HUGE).save(content, "GIF")
    image = content.getvalue()[content.getvalue().index(b"\x2c\0\0\0\0") : -1]
    return gif(SMALL, COLORS, [gif_image((0, 0, *SMALL), bytes(100), hundredths=7), *[image] * count], 0)


def huge_apng_frame() -> bytes:
    """Return an APNG with a frame that is larger than its canvas."""
    return apng_frames([(0, 0, *SMALL), (0, 0, *HUGE)], bomb())


def many_apng_frames() -> bytes:
    """Return an APNG with as many frames as the limit on chunks allows, each of one pixel."""
    return apng_frames([(0, 0, 1, 1)] * (CHUNKS // 2), zlib.compress(bytes(4)))


def apng_frames(boxes: list[tuple[int, int, int, int]], data: bytes) -> bytes:
    chunks = [png(SMALL, 2, 8, lambda *_: (1, 2, 3))[8:33], png_chunk(b"acTL", struct.pack(">II", len(boxes), 0))]
    for n, box in enumerate(boxes):
        chunks.append(png_chunk(b"fcTL", struct.pack(">I", max(0, 2 * n - 1)) + apng_control(box, (1, 10))))
        chunks.append(png_chunk(b"fdAT", struct.pack(">I", 2 * n) + data) if n else png_chunk(b"IDAT", data))
    return PNG + b"".join((*chunks, png_chunk(b"IEND", b"")))


def png_with(*chunks: bytes) -> bytes:
    return png(SMALL, 2, 8, lambda *_: (1, 2, 3), chunks=list(chunks))


def webp_with(kind: bytes, flags: int, size: int) -> bytes:
    """Return a WebP with a chunk of `size` bytes."""
    picture = webp("RGB", SMALL)[12:]
    header = struct.pack("<I", flags) + b"".join((side - 1).to_bytes(3, "little") for side in SMALL)
    return webp_of(riff_chunk(b"VP8X", header) + riff_chunk(kind, JUNK * size) + picture)


def webp_frames(count: int) -> bytes:
    frame = webp("RGBA", (16, 16), lossless=True, exact=True)
    return webp_animation((16, 16), [webp_frame(frame, (0, 0), 100, 0)] * count, 0)


def jpeg_with(marker: int, start: bytes, size: int) -> bytes:
    """Return a JPEG with segments of `size` bytes together, each of which begins with `start`."""
    content = jpeg("RGB", SMALL)
    count = size // BLOCK
    segments = (jpeg_segment(marker, start + bytes((n % 255 + 1, 255)) + JUNK * BLOCK) for n in range(count))
    return content[:2] + b"".join(segments) + content[2:]


def mpo() -> bytes:
    """Return a small JPEG with a large one behind it, and an index of both."""
    first = jpeg("RGB", SMALL)
    index = b"MPF\0" + struct.pack(">2sHIHHHI", b"MM", 42, 8, 1, 0xB001, 4, 1) + struct.pack(">II", 2, 0)
    return first[:2] + jpeg_segment(0xE2, index) + first[2:] + huge_jpeg()


@cache
def huge_jpeg() -> bytes:
    content = BytesIO()
    Image.new("L", HUGE).save(content, "JPEG")
    return content.getvalue()


def large_thumbnail() -> bytes:
    """Return a JPEG whose EXIF block says that its thumbnail has 112 million pixels."""
    content = jpeg("RGB", SMALL)
    entries = [(0x0100, 4, 1, HUGE[0]), (0x0101, 4, 1, HUGE[1]), (0x0201, 4, 1, 8), (0x0202, 4, 1, 2**31)]
    block = struct.pack(">2sHIHI", b"MM", 42, 8, 0, 14) + struct.pack(">H", len(entries))
    block += b"".join(struct.pack(">HHII", *entry) for entry in entries) + bytes(4)
    return content[:2] + jpeg_segment(0xE1, b"Exif\0\0" + block) + content[2:]


def run_lengths() -> bytes:
    """Return a BMP of one-pixel runs, as long as they may be."""
    side = 1447  # the file has almost 4 MiB
    row = b"\1\x07" * side + b"\0\0"
    return bmp((side, side), 8, row * side, bytes(1024), compression=1)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "gif-huge-frame": partial(huge_gif_frames, 1),
    "gif-huge-frames": partial(huge_gif_frames, 9),
    "gif-blocks": lambda: gif(SMALL, COLORS, [b"\x21\xfe" + b"\1\x20" * 1_900_000 + b"\0", small_image()]),
    "gif-images": lambda: gif(SMALL, COLORS, [gif_image((0, 0, 1, 1), b"\0")] * 100_000),
    "gif-junk": lambda: gif(SMALL, COLORS, [small_image()]) + JUNK * MAX,
    "png-huge-frame": huge_apng_frame,
    "png-frames": many_apng_frames,
    "png-chunks": lambda: png_with(*[png_chunk(b"teSt", b"")] * CHUNKS),
    "png-text-bombs": lambda: png_with(
        png_chunk(b"zTXt", b"Comment\0\0" + bomb()), png_chunk(b"iTXt", b"Comment\0\1\0\0\0" + bomb())
    ),
    "png-profile-bomb": lambda: png_with(png_chunk(b"iCCP", b"profile\0\0" + bomb())),
    "png-pixel-bomb": lambda: PNG + png(SMALL, 2, 8, lambda *_: (1, 2, 3))[8:33] + png_chunk(b"IDAT", bomb()),
    "png-text": lambda: png_with(*(png_chunk(kind, JUNK * (MAX // 2)) for kind in (b"teXt", b"juNk"))),
    "png-profile": lambda: png_with(png_chunk(b"iCCP", b"profile\0\0" + JUNK * MAX)),
    "png-profile-of-zeros": lambda: png_with(png_chunk(b"iCCP", b"profile\0\0" + zlib.compress(bytes(MAX), 0))),
    "png-exif": lambda: png_with(png_chunk(b"eXIf", JUNK * MAX)),
    "webp-profile": partial(webp_with, b"ICCP", 0x20, MAX),
    "webp-exif": partial(webp_with, b"EXIF", 0x08, MAX),
    "webp-frames": partial(webp_frames, 9_000),
    "webp-junk": partial(webp_with, b"JUNK", 0, MAX),
    "webp-junk-in-picture": lambda: webp_of(riff_chunk(b"VP8 ", webp("RGB", SMALL)[20:] + JUNK * MAX)),
    "jpeg-profile": partial(jpeg_with, 0xE2, b"ICC_PROFILE\0", 255 * BLOCK),
    "jpeg-exif": partial(jpeg_with, 0xE1, b"Exif\0\0", min(MAX, 9_900 * BLOCK)),
    "jpeg-comments": partial(jpeg_with, 0xFE, b"", min(MAX, 9_900 * BLOCK)),
    "jpeg-junk": lambda: jpeg("RGB", SMALL) + JUNK * MAX,
    "jpeg-without-end": lambda: jpeg("RGB", SMALL)[: -len(EOI)] + JUNK * MAX,
    "jpeg-second-picture": mpo,
    "jpeg-thumbnail": large_thumbnail,
    "bmp-profile": lambda: bmp(SMALL, 24, bytes(320), header=124, profile=JUNK * MAX),
    "bmp-runs": run_lengths,
}


def small_image() -> bytes:
    return gif_image((0, 0, *SMALL), bytes(100))
