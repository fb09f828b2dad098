"""PNG and APNG: read the chunks, color space, transparency, and frames.

Pillow decodes the pixels of each frame, but gets some cases wrong:

- It composes APNG frames wrongly (blending, dispose-to-previous), so it gets each frame as a separate picture.
- It accepts zlib data that ends early, and leaves the missing rows black.
- It refuses a wrong zlib checksum, if the checksum is in the same chunk as the last row.
- It gets some color keys wrong: those of fewer than 8 bits, with high bits set, or of 16-bit RGB.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial, reduce
from itertools import chain, starmap, takewhile
from typing import NamedTuple

from PIL import Image, ImageChops

from imaging import color, exif, icc
from imaging.joined import Buffer, Joined
from imaging.limits import MAX_FRAMES, MAX_PROFILE, MIN_PADDING
from imaging.model import Disposal, Frame, Source, in_turn, load_with_pillow
from imaging.rejection import Rejected, bytes_missing, corrupt, no_picture_yet, truncated

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 200_000
CHUNK_BYTES, CHUNK_MICROSECONDS = 500, 6  # the cost of each chunk, of any size
SETTINGS = {b"PLTE", b"tRNS", b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM"}  # before the picture
MAX_INFLATED = 2**20  # bytes at a time
TWO_PICTURES = 14  # bytes a pixel: the high and low bytes of 16 bits, and the comparison with the key
MAX_PIECE = 2**16  # bytes of zlib data at a time
ZLIB_HEADER, ZLIB_CHECKSUM = 2, 4  # bytes
PALETTE, GRAY_WITH_ALPHA = 3, 4
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by color type
KEYS = {0: 1, 2: 3}  # by color type, how many levels name the transparent color
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))  # Adam7
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


class Control(NamedTuple):
    """The content of fcTL: where and when a frame of an animation is shown."""

    number: int
    width: int
    height: int
    left: int
    top: int
    delay: int
    per_second: int
    disposal: int
    over: int


FrameData = tuple[Control, list[memoryview]]


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
    found = _settings(header, chunks)
    static, animated = _pictures(header, chunks)
    still = _source(header, found, static, 1, len(chunks))
    count, loop_count = _announced(chunks)
    begun = sum(bool(data) for _, data in animated)
    if chunks[-1].kind != b"IEND" and begun < count:
        raise truncated(f"{begun} of {count} frames are there")
    if len(animated) != count or not _in_sequence(chunks) or not _consistent(header, animated):
        return still
    animation = _source(header, found, animated[: MAX_FRAMES + 1], loop_count, len(chunks))
    return animation._replace(fallback=still if count > 1 else None)


def _source(header: Header, found: dict[bytes, bytes], frames: list[FrameData], loop_count: int, chunks: int) -> Source:
    return Source(
        (header.width, header.height),
        [_frame(control) for control, _ in frames],
        in_turn(*(partial(_load, header._replace(width=c.width, height=c.height), found, data) for c, data in frames)),
        loop_count,
        profile=_profile(found),
        orientation=exif.orientation(found.get(b"eXIf", b"")),
        bytes_per_pixel=TWO_PICTURES if _key(header, found) and header.depth == 16 else 0,
        kept_bytes=chunks * CHUNK_BYTES,
        overhead=chunks * CHUNK_MICROSECONDS,
    )


def _chunks(content: bytes) -> Iterator[Chunk]:
    """Yield the chunks that are intact, up to the end.

    A damaged chunk of the picture is an error. Other damaged chunks are skipped. The last chunk may lack its checksum.
    """
    view, at = memoryview(content), len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        if at + 8 > len(view):
            return
        length, kind = struct.unpack_from(">I4s", view, at)
        if not kind.isalpha():
            return  # zeros or other data instead of IEND: the pixels decide
        if kind == b"IEND":
            yield Chunk(kind, view[:0])
            return
        end, essential = at + 8 + length, not kind[0] & 0x20
        if end > len(view):
            if essential:
                raise bytes_missing(end + 16 - len(view), end + 16, at_least=True)
            return
        data, checksum = view[at + 4 : end], view[end : end + 4]
        if len(checksum) < 4 or zlib.crc32(data) == int.from_bytes(checksum, "big"):
            yield Chunk(kind, data[4:])
        elif essential and content.endswith(bytes(MIN_PADDING)):
            raise truncated("the file ends in zeros where the data of the picture should be")
        elif essential:
            raise corrupt("a checksum of the picture is wrong")
        at = end + 4
    raise corrupt(f"more than {MAX_CHUNKS:,} chunks")


def _settings(header: Header, chunks: list[Chunk]) -> dict[bytes, bytes]:
    """Return the data of the first chunk of each kind before the picture, and EXIF from anywhere, as Chromium does."""
    found: dict[bytes, bytes] = {}
    before = True
    for kind, data in chunks:
        before = before and kind != b"IDAT"
        too_early = kind == b"tRNS" and header.color_type == PALETTE and b"PLTE" not in found
        wanted = (kind in SETTINGS and before and not too_early) or kind == b"eXIf"
        if wanted and kind not in found and len(data) <= MAX_PROFILE:
            found[kind] = bytes(data)
    return found


def _header(chunks: list[Chunk]) -> Header:
    if not chunks:
        raise no_picture_yet()
    if chunks[0].kind != b"IHDR" or len(chunks[0].data) != 13:
        raise corrupt("a PNG that does not begin with its size")
    header = Header(*struct.unpack(">IIBBBBB", chunks[0].data))
    if not header.width or not header.height:
        raise corrupt("a picture without pixels")
    return header


def _announced(chunks: list[Chunk]) -> tuple[int, int]:
    """Return the number of frames and the loop count from acTL, if there is exactly one before the picture."""
    before = takewhile(lambda chunk: chunk.kind != b"IDAT", chunks)
    controls = [chunk.data for chunk in before if chunk.kind == b"acTL"]
    if len(controls) != 1 or len(controls[0]) != 8:
        return 0, 1
    count, loop_count = struct.unpack(">II", controls[0])
    return count, loop_count


def _in_sequence(chunks: list[Chunk]) -> bool:
    """Return whether the chunks of the animation are numbered from 0 on."""
    numbers = [int.from_bytes(chunk.data[:4], "big") for chunk in chunks if chunk.kind in (b"fcTL", b"fdAT")]
    return numbers == list(range(len(numbers)))


def _pictures(header: Header, chunks: list[Chunk]) -> tuple[list[FrameData], list[FrameData]]:
    """Return the data of the static image, and of each frame of the animation."""
    whole = Control(0, header.width, header.height, 0, 0, 0, 0, 0, 0)
    still: list[memoryview] = []
    animated: list[FrameData] = []
    for kind, data in chunks:
        if kind == b"fcTL" and len(data) == 26:
            animated.append((Control(*struct.unpack(">IIIIIHHBB", data)), []))
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
    return bool(animated) and all(
        data
        and control.width
        and control.height
        and control.disposal < len(DISPOSALS)
        and control.left + control.width <= header.width
        and control.top + control.height <= header.height
        for control, data in animated
    )


def _frame(control: Control) -> Frame:
    return Frame(
        (control.left, control.top, control.left + control.width, control.top + control.height),
        round(1000 * control.delay / (control.per_second or 100)),
        DISPOSALS[control.disposal],
        over=bool(control.over),
    )


def _load(header: Header, found: dict[bytes, bytes], data: list[memoryview]) -> Image.Image:
    """Return the picture in `data`, the content of its IDAT chunks.

    Raises:
        Rejected: it lacks rows, or cannot be decoded.
    """
    picture = _decode(header, found, data)
    if header.color_type == GRAY_WITH_ALPHA:
        return picture.convert("LA")  # from RGBA, to which Pillow decodes 16 bits
    key = _key(header, found)
    if not key:
        return picture
    if header.depth == 16 and len(key) == 3:
        return _without_wide_color(picture, key, _low_bytes(header, found, data))
    return _without_color(picture, key, header.depth)


def _key(header: Header, found: dict[bytes, bytes]) -> tuple[int, ...]:
    """Return the levels of the transparent color, if there is one."""
    count, transparent = KEYS.get(header.color_type, 0), found.get(b"tRNS", b"")
    return struct.unpack_from(f">{count}H", transparent) if count and len(transparent) >= 2 * count else ()


def _decode(header: Header, found: dict[bytes, bytes], data: list[memoryview]) -> Image.Image:
    size = (header.width, header.height)
    try:
        picture = load_with_pillow("PNG", _file(header, found, data), size)
    except Rejected as rejection:
        if rejection.code != "truncated":
            raise
        _check_rows(header, data)
        # All rows are there, but Pillow waits for more input before it reads the last ones from zlib.
        return load_with_pillow("PNG", _file(header, found, [*data, memoryview(bytes(ZLIB_CHECKSUM - 1))]), size)
    if _may_lack_rows(header, picture):
        _check_rows(header, data)
    return picture


def _file(header: Header, found: dict[bytes, bytes], data: Sequence[Buffer]) -> Joined:
    """Return a PNG with only the picture.

    Pillow stops after the last row. It checks zlib's checksum only if all of it is in the same chunk as that row.
    """
    palette, transparent = found.get(b"PLTE", b""), found.get(b"tRNS", b"")
    chunks: list[tuple[bytes, Sequence[Buffer]]] = [(b"IHDR", [struct.pack(">IIBBBBB", *header)])]
    if header.color_type == PALETTE:
        if len(palette) < 3:
            raise corrupt("a palette is missing")
        entries = palette[: len(palette) // 3 * 3][:768]
        padding = entries[-3:] * (256 - len(entries) // 3)  # Chromium shows higher indexes in the last color
        chunks += [(b"PLTE", [entries + padding]), (b"tRNS", [transparent[:256]])]
    stream, last = _cut(data, 1)
    stream, checksum = _cut(stream, ZLIB_CHECKSUM - 1)
    chunks += [*((b"IDAT", part) for part in (stream, checksum, last)), (b"IEND", [])]
    return Joined((SIGNATURE, *chain.from_iterable(starmap(_chunk, chunks))))


def _cut(data: Sequence[Buffer], length: int) -> tuple[list[Buffer], list[Buffer]]:
    """Return `data` without the last `length` bytes, and these bytes, without a copy."""
    before, after = list(data), list[Buffer]()
    while before and length > 0:
        part = memoryview(before.pop())
        at = max(0, len(part) - length)
        length -= len(part) - at
        after.insert(0, part[at:])
        before += [part[:at]] if at else []
    return before, after


def _may_lack_rows(header: Header, picture: Image.Image) -> bool:
    """Return whether rows may be missing: Pillow leaves them black, from the last one upward if not interlaced."""
    last = picture.crop((0, picture.height - 1, *picture.size))
    return bool(header.interlaced) or not any(last.tobytes())


def _check_rows(header: Header, data: list[memoryview]) -> None:
    """Check that `data` contains all rows, without decompressing more.

    Raises:
        Rejected: rows are missing.
    """
    bits = header.depth * CHANNELS[header.color_type]
    missing = 0
    for left, top, right, down in PASSES if header.interlaced else ((0, 0, 1, 1),):
        width, height = -(-(header.width - left) // right), -(-(header.height - top) // down)
        if width > 0 and height > 0:
            missing += height * (1 + (width * bits + 7) // 8)
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)  # without zlib's header, its checksum is not checked
    with suppress(zlib.error):
        for piece in _pieces(data):
            while piece and missing > 0:
                missing -= len(inflate.decompress(piece, min(missing, MAX_INFLATED)))
                piece = inflate.unconsumed_tail
    if missing > 0:
        raise truncated(f"the data of the picture ends early: {missing:,} bytes are missing when decompressed")


def _pieces(data: Sequence[Buffer]) -> Iterator[Buffer]:
    """Yield `data` without zlib's header, in pieces: zlib copies the rest of a piece each time."""
    skipped = ZLIB_HEADER
    for part in data:
        for at in range(0, len(part), MAX_PIECE):
            piece = part[at : at + MAX_PIECE]
            yield piece[skipped:]
            skipped -= min(skipped, len(piece))


def _chunk(kind: bytes, data: Sequence[Buffer]) -> Iterator[Buffer]:
    yield struct.pack(">I4s", sum(map(len, data)), kind)
    yield from data
    yield struct.pack(">I", reduce(lambda crc, part: zlib.crc32(part, crc), data, zlib.crc32(kind)))


def _without_color(picture: Image.Image, key: tuple[int, ...], depth: int) -> Image.Image:
    """Return `picture` with the color `key` transparent. For up to 8 bits, its low bytes count, as in Chromium."""
    if picture.mode == "I;16":
        others = picture.convert("I").point([0 if level == key[0] else 255 for level in range(65536)], "L")
    else:
        scale = 255 // ((1 << depth) - 1)
        others = _others(picture.convert("L") if picture.mode == "1" else picture, [(n & 0xFF) * scale for n in key])
    picture = color.in_8_bits(picture)
    picture.putalpha(others)
    return picture


def _low_bytes(header: Header, found: dict[bytes, bytes], data: list[memoryview]) -> Image.Image:
    """Return the low bytes of 16-bit RGB, which Pillow drops: as little-endian data, it reads them instead."""
    picture = Image.open(_file(header, found, data), formats=("PNG",))  # type: ignore[arg-type]
    picture.tile = [tile._replace(args="RGB;16L") for tile in picture.tile]
    picture.load()
    return picture._new(picture.im)  # without the file


def _without_wide_color(picture: Image.Image, key: tuple[int, ...], low: Image.Image) -> Image.Image:
    """Return `picture`, the high bytes of 16-bit RGB, with the color `key` transparent; `low` has the low bytes."""
    others = _others(low, [level & 0xFF for level in key])
    others = ImageChops.lighter(others, _others(picture, [level >> 8 for level in key]))
    picture.putalpha(others)
    return picture


def _others(picture: Image.Image, key: Sequence[int]) -> Image.Image:
    """Return a mask: 0 where all channels of `picture` have the level of the key, else 255."""
    return reduce(ImageChops.lighter, (_other_than(picture.getchannel(n), level) for n, level in enumerate(key)))


def _other_than(channel: Image.Image, key: int) -> Image.Image:
    return channel.point([0 if level == key else 255 for level in range(256)])


def _profile(found: dict[bytes, bytes]) -> bytes | None:
    """Return the ICC profile from the color chunk that takes precedence, or None for sRGB."""
    coding, gamma, corners = (found.get(kind, b"") for kind in (b"cICP", b"gAMA", b"cHRM"))
    if coding:
        return icc.coded_profile(*coding[:2]) if len(coding) == 4 and coding[2:] == b"\0\1" else None
    if profile := _inflated(found.get(b"iCCP", b"")):
        return profile
    if b"sRGB" in found or len(gamma) != 4 or not any(gamma):
        return None
    exponent = 100_000 / int.from_bytes(gamma, "big")
    numbers = [number / 100_000 for number in struct.unpack(">8I", corners)] if len(corners) == 32 else []
    points = tuple(zip(numbers[::2], numbers[1::2], strict=True)) or icc.BT_709
    return icc.rgb_profile(None if abs(exponent - SRGB_GAMMA) < SIMILAR_GAMMA else exponent, points)


def _inflated(chunk: bytes) -> bytes | None:
    """Return the profile in an iCCP chunk: a name, a zero, the method 0, compressed data."""
    try:
        return zlib.decompressobj().decompress(chunk[chunk.index(b"\0") + 2 :], MAX_PROFILE)
    except (ValueError, zlib.error):
        return None
