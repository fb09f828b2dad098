"""Draw noise, the worst case for every encoder, as a file of each format."""

import random
import re
import struct
import zlib
from io import BytesIO
from typing import Any

import pillow_heif
from PIL import Image, ImageFile

from tests.corpus.build import ADAM7, PNG, apng_control, bmp, png_chunk, webp_animation, webp_frame
from tests.corpus.heif import grid_of, item_of

ImageFile.MAXBLOCK = 2**30  # bytes of the buffer that has to hold all of a progressive JPEG

Size = tuple[int, int]
CHANNELS = {"L": 1, "P": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}
CHANNEL_COUNTS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of the color types of PNG
EOI = b"\xff\xd9"  # the end marker of a JPEG
PERIOD = 2**22 + 1  # bytes
TILE = (512, 512)
MAX_CHUNK = 2**24  # bytes of an IDAT chunk


def random_bytes(count: int, seed: int = 1) -> bytes:
    """Return `count` random bytes. They repeat, but so far apart that no encoder notices."""
    period = random.Random(seed).randbytes(min(count, PERIOD))  # noqa: S311
    return (period * (count // PERIOD + 1))[:count]


def noise(mode: str, size: Size) -> Image.Image:
    """Return an image of random levels, the same ones in each run."""
    levels = random_bytes(size[0] * size[1] * CHANNELS[mode])
    image = Image.frombytes(mode, size, levels)
    if mode == "P":
        image.putpalette(random_bytes(768, 2))
    return image


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    content = BytesIO()
    image.save(content, form, **options)
    return content.getvalue()


def jpeg(mode: str, size: Size, end: bool = True, gray_end: bool = False, **options: Any) -> bytes:
    """Return a JPEG. Without `end` or with `gray_end`, the function has to decode it a second time."""
    image = noise(mode, size)
    if gray_end:
        image.paste(tuple([128] * CHANNELS[mode]), (size[0] - 64, size[1] - 64, *size))
    content = saved(image, "JPEG", **{"quality": 75} | options)
    return content if end else content[: -len(EOI)]


def jpeg_of_scans(count: int, size: Size) -> bytes:
    """Return a progressive JPEG that repeats one of its scans until there are `count`."""
    content = jpeg("RGB", size, progressive=True, subsampling=0)
    starts = [found.start() for found in re.finditer(b"\xff\xda", content)]
    tables = content.rindex(b"\xff\xc4", 0, starts[-1])  # for the last scan alone
    scan = content[tables : -len(EOI)]
    return content[: -len(EOI)] + scan * (count - len(starts)) + EOI


def jpeg_with_junk(bytes_per_pixel: int, size: Size) -> bytes:
    """Return a JPEG that ends in other data."""
    return jpeg("RGB", size, progressive=True, subsampling=0) + b"junk" * (bytes_per_pixel * size[0] * size[1] // 4)


def png(
    kind: int,
    depth: int,
    size: Size,
    key: bool = False,
    profile: bytes = b"",
    interlaced: bool = False,
    chunks: int = 0,
) -> bytes:
    """Return a PNG of a color type and bit depth; with `key`, the color of its first pixel is transparent."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, kind, 0, 0, interlaced))
    before = [png_chunk(b"iCCP", b"profile\0\0" + zlib.compress(profile))] if profile else []
    if kind == 3:
        before.append(png_chunk(b"PLTE", random.Random(2).randbytes(768)))  # noqa: S311
    if key:
        before.append(png_chunk(b"tRNS", key_of(size, kind, depth)))
    data = png_data(size, kind, depth, interlaced)
    length = len(data) // chunks + 1 if chunks else MAX_CHUNK
    parts = (png_chunk(b"IDAT", data[at : at + length]) for at in range(0, len(data), length))
    return b"".join((PNG, header, *before, *parts, png_chunk(b"IEND", b"")))


def key_of(size: Size, kind: int, depth: int) -> bytes:
    if kind == 3:
        return bytes(range(256))
    pixel = png_rows(*size, depth * CHANNEL_COUNTS[kind])[1 : 1 + depth * CHANNEL_COUNTS[kind] // 8]
    return pixel if depth == 16 else b"".join(bytes((0, level)) for level in pixel)


def png_data(size: Size, kind: int, depth: int, interlaced: bool = False) -> bytes:
    """Return the compressed rows of a PNG, none of them filtered."""
    compressor = zlib.compressobj(0)  # noise cannot be compressed
    rows = b"".join(
        compressor.compress(
            png_rows(-((left - size[0]) // right), -((top - size[1]) // down), depth * CHANNEL_COUNTS[kind])
        )
        for left, top, right, down in (ADAM7 if interlaced else [(0, 0, 1, 1)])
    )
    return rows + compressor.flush()


def png_rows(width: int, height: int, bits: int) -> bytes:
    length = 1 + (width * bits + 7) // 8
    rows = bytearray(random_bytes(length * height, width))
    rows[::length] = bytes(height)
    return bytes(rows)


def apng(size: Size, count: int = 1) -> bytes:
    """Return an APNG of RGBA frames that cover the canvas."""
    control = apng_control((0, 0, *size), (1, 10), over=1)
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 6, 0, 0, 0))
    data = png_data(size, 6, 8)
    chunks = [png_chunk(b"fcTL", struct.pack(">I", 0) + control), png_chunk(b"IDAT", data)]
    for n in range(1, count):
        chunks.append(png_chunk(b"fcTL", struct.pack(">I", 2 * n - 1) + control))
        chunks.append(png_chunk(b"fdAT", struct.pack(">I", 2 * n) + data))
    animation = png_chunk(b"acTL", struct.pack(">II", count, 0))
    return b"".join((PNG, header, animation, *chunks, png_chunk(b"IEND", b"")))


def webp(mode: str, size: Size, **options: Any) -> bytes:
    return saved(noise(mode, size), "WEBP", **{"method": 0, "quality": 75} | options)


def animated_webp(size: Size, count: int = 1) -> bytes:
    frame = webp("RGBA", size, exact=True)
    return webp_animation(size, [webp_frame(frame, (0, 0), 100, 0)] * count, 0)


def avif(mode: str, size: Size) -> bytes:
    return saved(noise(mode, size), "AVIF", quality=75, speed=10, subsampling="4:4:4")


def heic(mode: str, size: Size) -> bytes:
    pillow_heif.register_heif_opener()
    return saved(noise(mode, size), "HEIF", quality=20, chroma=444, enc_params={"preset": "ultrafast"})


def avif_sequence(size: Size, count: int = 1) -> bytes:
    """Return an AVIF sequence whose frames differ in all pixels."""
    image = noise("RGB", size)
    others = [image.transpose(Image.Transpose(n % 5)).resize(size) for n in range(count - 1)]
    options = {"quality": 75, "speed": 10, "subsampling": "4:4:4", "duration": 100}
    return saved(image, "AVIF", save_all=True, append_images=others, **options)


def grid(form: str, size: Size) -> bytes:
    """Return a HEIC or AVIF of tiles, as phones write them."""
    tile = item_of(form, (heic if form == "HEIC" else avif)("RGB", TILE))
    columns, rows = (-(-side // each) for side, each in zip(size, TILE, strict=True))
    return grid_of(form, size, columns, [tile] * (columns * rows))


def gif(size: Size, count: int = 1, colors: int = 256, **options: Any) -> bytes:
    """Return a GIF; the frames of an animation differ in all pixels."""
    image = noise("P", size).point([level * colors // 256 for level in range(256)])
    others = [image.transpose(Image.Transpose(n % 5)).resize(size) for n in range(count - 1)]
    more = {"save_all": True, "append_images": others, "duration": 100, "loop": 0} if others else {}
    return saved(image, "GIF", **more | options)


def bmp_noise(size: Size, bits: int, **options: Any) -> bytes:
    data = random_bytes((size[0] * bits + 31) // 32 * 4 * size[1])
    palette = random_bytes(1024, 2) if bits == 8 else b""
    return bmp(size, bits, data, palette, **options)
