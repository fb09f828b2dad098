"""PNG and APNG: read the chunks, color space, transparency, and frames.

Pillow's decoder gets only the data of one frame at a time, because Pillow gets some cases wrong:

- It composes APNG frames wrongly (blending, dispose-to-previous).
- It accepts zlib data that ends early, and leaves the missing rows black.
- It refuses a wrong zlib checksum, if the checksum is in the same chunk as the last row.
- It gets some color keys wrong: those of fewer than 8 bits, with high bits set, or of 16-bit RGB.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial, reduce
from itertools import takewhile
from math import prod
from typing import NamedTuple

from PIL import Image, ImageChops
from PIL.PngImagePlugin import _MODES as LAYOUTS

from imaging import color, exif, icc
from imaging.formats.pillow import Buffer, fill
from imaging.limits import MAX_FRAMES, MAX_PROFILE, MIN_PADDING
from imaging.model import Disposal, Frame, Source, in_turn
from imaging.rejection import bytes_missing, corrupt, no_picture_yet, truncated

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 200_000
CHUNK_BYTES, CHUNK_MICROSECONDS = 500, 6  # the cost of each chunk, of any size
SETTINGS = {b"PLTE", b"tRNS", b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"acTL"}  # before the picture
TWO_PICTURES = 14  # bytes a pixel: the high and low bytes of 16 bits, and the comparison with the key
ZLIB_HEADER, ZLIB_CHECKSUM = 2, 4  # bytes
FILLER = b"\0"
MAX_PIECE = 2**12  # bytes of zlib data at a time, which become 4 MB at most
GRAY, RGB, PALETTE, GRAY_WITH_ALPHA = 0, 2, 3, 4
KEYS = {GRAY: 1, RGB: 3}  # how many levels name the transparent color
MARKS = (254, 0)  # levels or indexes
SRGB_GAMMA, SIMILAR_GAMMA = 1 / 0.45455, 0.05  # an exponent close to this one means the curve of sRGB
DISPOSALS = (Disposal.KEEP, Disposal.CLEAR, Disposal.RESTORE)


class Chunk(NamedTuple):
    """A chunk: its type, and its data as a view of the file."""

    kind: bytes
    data: memoryview


class Header(NamedTuple):
    """The content of IHDR."""

    width: int
    height: int
    depth: int
    color_type: int
    compression: int
    filtering: int
    interlaced: int


Settings = dict[bytes, memoryview]
FrameData = tuple[Frame, list[memoryview]]


def read(content: bytes) -> Source:
    """Read a PNG or an animated PNG.

    An animation that contradicts itself, or has a frame that cannot be decoded, becomes its static image, as the
    specification recommends. (Browsers show the frames before the fault.)

    Source: https://www.w3.org/TR/png-3/

    Raises:
        Rejected: the file is truncated, a checksum of its picture is wrong, or it has too many chunks.
    """
    chunks = list(_chunks(content))
    header = _header(chunks)
    settings = _settings(header, chunks)
    static, animated = _pictures(header, chunks)
    still = _source(header, settings, static, 1, len(chunks))
    control = settings.get(b"acTL", b"")
    count, loop_count = struct.unpack(">II", control) if len(control) == 8 else (0, 1)
    begun = sum(bool(data) for _, data in animated)
    if chunks[-1].kind != b"IEND" and begun < count:
        raise truncated(f"{begun} of {count} frames are there")
    if len(animated) != count or not _in_sequence(chunks) or not _consistent(header, animated):
        return still
    animation = _source(header, settings, animated[: MAX_FRAMES + 1], loop_count, len(chunks))
    return animation._replace(fallback=still)


def _source(header: Header, settings: Settings, frames: list[FrameData], loop_count: int, chunks: int) -> Source:
    return Source(
        (header.width, header.height),
        [frame for frame, _ in frames],
        in_turn(*(partial(_load, _resized(header, frame), settings, data) for frame, data in frames)),
        loop_count,
        profile=_profile(settings),
        orientation=exif.orientation(settings.get(b"eXIf", b"")),
        bytes_per_pixel=TWO_PICTURES if _key(header, settings) and header.depth == 16 else 0,
        kept_bytes=chunks * CHUNK_BYTES,
        overhead=chunks * CHUNK_MICROSECONDS,
    )


def _chunks(content: bytes) -> Iterator[Chunk]:
    """Yield the chunks that are intact, up to the end.

    A damaged chunk of the picture is an error. Other damaged chunks are skipped. The last chunk may lack its checksum.
    """
    view, at = memoryview(content), len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        length, kind = struct.unpack(">I4s", view[at : at + 8].tobytes().ljust(8, b"\0"))
        if kind == b"IEND":
            yield Chunk(kind, view[:0])
        end, essential = at + 8 + length, not kind[0] & 0x20
        if kind == b"IEND" or not kind.isalpha() or (end > len(view) and not essential):
            return  # without IEND, zeros or other data follow: the pixels decide
        if end > len(view):
            raise bytes_missing(end + 16 - len(view), end + 16, at_least=True)
        data, checksum = view[at + 4 : end], view[end : end + 4]
        if len(checksum) < 4 or zlib.crc32(data) == int.from_bytes(checksum, "big"):
            yield Chunk(kind, data[4:])
        elif essential and content.endswith(bytes(MIN_PADDING)):
            raise truncated("the file ends in zeros where the data of the picture should be")
        elif essential:
            raise corrupt("a checksum of the picture is wrong")
        at = end + 4
    raise corrupt(f"more than {MAX_CHUNKS:,} chunks")


def _settings(header: Header, chunks: list[Chunk]) -> Settings:
    """Return the first chunk of each kind before the picture, and EXIF from anywhere, as Chromium does."""
    settings: Settings = {}
    before = list(takewhile(lambda chunk: chunk.kind != b"IDAT", chunks))
    for kind, data in before:
        too_early = kind == b"tRNS" and header.color_type == PALETTE and b"PLTE" not in settings
        if kind in SETTINGS and not too_early:
            settings.setdefault(kind, data)
    return settings | dict(chunk for chunk in reversed(chunks) if chunk.kind == b"eXIf")


def _header(chunks: list[Chunk]) -> Header:
    if not chunks:
        raise no_picture_yet()
    if chunks[0].kind != b"IHDR" or len(chunks[0].data) != 13:
        raise corrupt("a PNG that does not begin with its size")
    header = Header(*struct.unpack(">IIBBBBB", chunks[0].data))
    if not header.width or not header.height:
        raise corrupt("a picture without pixels")
    if (header.depth, header.color_type) not in LAYOUTS or header.filtering:
        raise corrupt("its PNG header makes no sense")
    return header


def _in_sequence(chunks: list[Chunk]) -> bool:
    """Return whether an animation is announced once, and its chunks are numbered from 0 on, unlike in apng-gap."""
    once = sum(chunk.kind == b"acTL" for chunk in chunks) == 1
    numbers = [int.from_bytes(chunk.data[:4], "big") for chunk in chunks if chunk.kind in (b"fcTL", b"fdAT")]
    return once and numbers == list(range(len(numbers)))


def _pictures(header: Header, chunks: list[Chunk]) -> tuple[list[FrameData], list[FrameData]]:
    """Return the data of the static image, and of each frame of the animation."""
    whole = Frame((0, 0, header.width, header.height))
    still: list[memoryview] = []
    animated: list[FrameData] = []
    for kind, data in chunks:
        if kind == b"fcTL" and len(data) == 26 and data[24] < len(DISPOSALS):
            animated.append((_frame(data), []))
        elif kind == b"IDAT":
            still.append(data)
            if animated:
                animated[0][1].append(data)
        elif kind == b"fdAT" and animated:
            animated[-1][1].append(data[4:])
    if not still:
        raise corrupt("a PNG without a picture") if chunks[-1].kind == b"IEND" else no_picture_yet()
    return [(whole, still)], animated


def _consistent(header: Header, animated: list[FrameData]) -> bool:
    """Return whether each frame has data, and pixels inside of the canvas only."""
    return bool(animated) and all(
        data and prod(frame.size) and frame.box[2] <= header.width and frame.box[3] <= header.height
        for frame, data in animated
    )


def _frame(control: memoryview) -> Frame:
    """Return the frame that an fcTL chunk announces."""
    _, width, height, left, top, delay, per_second, disposal, over = struct.unpack(">IIIIIHHBB", control)
    milliseconds = round(1000 * delay / (per_second or 100))
    return Frame((left, top, left + width, top + height), milliseconds, DISPOSALS[disposal], bool(over))


def _resized(header: Header, frame: Frame) -> Header:
    width, height = frame.size
    return header._replace(width=width, height=height)


def _load(header: Header, settings: Settings, data: list[memoryview]) -> Image.Image:
    """Return the picture in `data`, the content of its IDAT chunks. It raises what _decode() raises."""
    picture = _decode(header, data)
    if header.color_type == PALETTE:
        return _with_palette(picture, settings)
    if header.color_type == GRAY_WITH_ALPHA:
        return picture.convert("LA")  # from RGBA, to which Pillow decodes 16 bits
    key = _key(header, settings)
    return _without_color(header, picture, key, data) if key else picture


def _key(header: Header, settings: Settings) -> tuple[int, ...]:
    """Return the levels of the transparent color, if there is one."""
    count, transparent = KEYS.get(header.color_type, 0), settings.get(b"tRNS", b"")
    return struct.unpack_from(f">{count}H", transparent) if count and len(transparent) >= 2 * count else ()


def _decode(header: Header, data: list[memoryview], layout: str = "") -> Image.Image:
    """Return the pixels in `data`. `layout` is the raw mode in which Pillow unpacks them, if not the usual one.

    The last pixel is marked, because Pillow does not say whether it has decoded all rows. A pixel of the color of the
    first mark is decoded again over the second one.

    Raises:
        Rejected: rows are missing, or cannot be decoded.
    """
    mode, usual = LAYOUTS[header.depth, header.color_type]
    picture = Image.new(mode, (header.width, header.height), None)
    last = _last_pixel(header)
    for mark in MARKS:
        picture.putpixel(last, mark)
        marked = picture.getpixel(last)
        if not fill(picture, _pieces(data), "zip", (layout or usual, bool(header.interlaced))):
            break
        if picture.getpixel(last) != marked:
            return picture
    raise truncated("the data of the picture ends early")


def _last_pixel(header: Header) -> tuple[int, int]:
    """Return the pixel that is decoded last."""
    x, y = header.width - 1, header.height - 1
    if not header.interlaced:
        return x, y
    return (x, y - 1 + y % 2) if y else (max(0, x - 1 + x % 2), 0)


def _pieces(data: Sequence[Buffer]) -> Iterator[Buffer]:
    """Yield `data` in pieces: none contains both the last row and all of zlib's checksum, which Pillow would check.

    Pillow needs input to write rows that it has read, so a filler follows. It could complete what is cut off, too.
    """
    for part in data:
        end = max(0, len(part) - ZLIB_CHECKSUM)
        yield part[:end]
        yield from (part[at : at + 1] for at in range(end, len(part)))
    if _has_end(data):
        yield FILLER


def _has_end(data: Sequence[Buffer]) -> bool:
    """Return whether zlib's `data` lacks at most its checksum."""
    inflate, skipped = zlib.decompressobj(-zlib.MAX_WBITS), ZLIB_HEADER  # without header and checksum
    with suppress(zlib.error):
        for part in data:
            for at in range(skipped, len(part), MAX_PIECE):
                inflate.decompress(part[at : at + MAX_PIECE])
            skipped = max(0, skipped - len(part))
    return inflate.eof


def _with_palette(picture: Image.Image, settings: Settings) -> Image.Image:
    entries = bytes(settings.get(b"PLTE", b"")[:768])
    count = len(entries) // 3
    if not count:
        raise corrupt("a palette is missing")
    if b"tRNS" in settings:
        picture.info["transparency"] = bytes(settings[b"tRNS"][:256])
    picture.putpalette(entries[: 3 * count] + entries[3 * count - 3 : 3 * count] * (256 - count))
    return picture


def _without_color(header: Header, picture: Image.Image, key: Sequence[int], data: list[memoryview]) -> Image.Image:
    """Return `picture` with the color `key` transparent. For up to 8 bits, its low bytes count, as in Chromium."""
    if header.depth < 16:
        scale = 255 // ((1 << header.depth) - 1)
        picture = picture.convert("L") if picture.mode == "1" else picture
        others = _others(picture, [(level & 0xFF) * scale for level in key])
    elif header.color_type == GRAY:
        others = _others(picture.convert("I"), key)
    else:
        others = _others(_decode(header, data, "RGB;16L"), [level & 0xFF for level in key])  # the low bytes
        others = ImageChops.lighter(others, _others(picture, [level >> 8 for level in key]))
    picture = color.in_8_bits(picture)
    picture.putalpha(others)
    return picture


def _others(picture: Image.Image, key: Sequence[int]) -> Image.Image:
    """Return a mask: 0 where all channels of `picture` have the level of the key, else 255."""
    channels = picture.split() if len(key) > 1 else (picture,)
    return reduce(ImageChops.lighter, map(_other_than, channels, key))


def _other_than(channel: Image.Image, key: int) -> Image.Image:
    return channel.point([0 if level == key else 255 for level in range(65536 if channel.mode == "I" else 256)], "L")


def _profile(settings: Settings) -> bytes | None:
    """Return the ICC profile from the color chunk that takes precedence, or None for sRGB."""
    coding, gamma, corners = (bytes(settings.get(kind, b"")[:33]) for kind in (b"cICP", b"gAMA", b"cHRM"))
    if coding:
        return icc.coded_profile(*coding[:2]) if len(coding) == 4 and coding[2:] == b"\0\1" else None
    if profile := _inflated(settings.get(b"iCCP", b"")):
        return profile
    if b"sRGB" in settings or len(gamma) != 4 or not any(gamma):
        return None
    exponent = 100_000 / int.from_bytes(gamma, "big")
    numbers = [number / 100_000 for number in struct.unpack(">8I", corners)] if len(corners) == 32 else []
    points = tuple(zip(numbers[::2], numbers[1::2], strict=True)) or icc.BT_709
    return icc.rgb_profile(None if abs(exponent - SRGB_GAMMA) < SIMILAR_GAMMA else exponent, points)


def _inflated(chunk: Buffer) -> bytes | None:
    """Return the profile in an iCCP chunk: a name, a zero, the method 0, compressed data."""
    _name, _, data = bytes(chunk[:MAX_PROFILE]).partition(b"\0")
    try:
        return zlib.decompressobj().decompress(data[1:], MAX_PROFILE)
    except zlib.error:
        return None
