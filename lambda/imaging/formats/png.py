"""PNG files: chunks, transparency, color space, and the frames of an animation."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import partial, reduce
from itertools import chain, starmap, takewhile
from typing import NamedTuple

from PIL import Image, ImageChops

from imaging import color, exif
from imaging.model import Disposal, Frame, Source, in_turn, load_with_pillow
from imaging.rejection import Rejected, bytes_missing, corrupt, no_picture_yet, truncated

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_CHUNKS = 200_000
LARGEST_PROFILE = 8 * 2**20  # bytes: none of a camera, a screen or a press comes near
PALETTE, GRAY_WITH_ALPHA = 3, 4
KEYS = {0: 1, 2: 3}  # by color type, how many levels name the one transparent color
DISPOSALS = (Disposal.KEEP, Disposal.CLEAR, Disposal.RESTORE)


class Chunk(NamedTuple):
    """A chunk: its type, and its data as a part of the file."""

    kind: bytes
    data: memoryview


class Header(NamedTuple):
    """IHDR."""

    width: int
    height: int
    depth: int
    color_type: int
    compression: int
    filtering: int
    interlaced: int


class Control(NamedTuple):
    """fcTL: where and when a frame of an animation is shown."""

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
Buffer = bytes | memoryview


def read(content: bytes) -> Source:
    """A PNG file, or an animated one; an animation that contradicts itself is its still picture, as in browsers.

    Source: https://www.w3.org/TR/png-3/

    Raises:
        Rejected: it is cut short, a checksum of its picture is wrong, or it has too many frames.
    """
    chunks = list(_chunks(content))
    found = {chunk.kind: bytes(chunk.data) for chunk in reversed(chunks) if chunk.kind not in (b"IDAT", b"fdAT")}
    header = _header(chunks)
    ends = chunks[-1].kind == b"IEND"
    stills, animated = _pictures(header, chunks)
    count, loop_count = _announced(chunks)
    begun = sum(bool(data) for _, data in animated)
    if not ends and begun < count:
        raise truncated(f"{begun} of {count} frames are there")
    if len(animated) != count or not _in_sequence(chunks) or not _consistent(header, animated):
        animated, loop_count = stills, 1
    return Source(
        (header.width, header.height),
        [_frame(control) for control, _ in animated],
        in_turn(*(partial(_load, _sized(header, control), found, data, ends) for control, data in animated)),
        loop_count,
        profile=_profile(found),
        orientation=exif.orientation(found.get(b"eXIf", b"")),
    )


def _chunks(content: bytes) -> Iterator[Chunk]:
    """The chunks with right checksums; a wrong one is fatal where it is of the picture, as in browsers."""
    view, at = memoryview(content), len(SIGNATURE)
    for _ in range(MOST_CHUNKS):
        if at + 12 > len(view):
            return
        length, kind = struct.unpack_from(">I4s", view, at)
        end, essential = at + 12 + length, not kind[0] & 0x20
        if end > len(view) and essential:
            missing = end + 12 - len(view)
            raise bytes_missing(missing, len(view) + missing, at_least=True)
        if end > len(view):
            return
        if zlib.crc32(view[at + 4 : end - 4]) == int.from_bytes(view[end - 4 : end], "big"):
            yield Chunk(kind, view[at + 8 : end - 4])
        elif essential:
            raise corrupt("a checksum of the picture is wrong")
        if kind == b"IEND":
            return
        at = end
    raise corrupt(f"more than {MOST_CHUNKS:,} chunks")


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
    """How many frames there are to be, and how often they are shown: by the one acTL before the picture."""
    before = takewhile(lambda chunk: chunk.kind != b"IDAT", chunks)
    controls = [chunk.data for chunk in before if chunk.kind == b"acTL"]
    if len(controls) != 1 or len(controls[0]) != 8:
        return 0, 1
    count, loop_count = struct.unpack(">II", controls[0])
    return count, loop_count


def _in_sequence(chunks: list[Chunk]) -> bool:
    """Whether the chunks of the animation are numbered from 0 on."""
    numbers = [int.from_bytes(chunk.data[:4], "big") for chunk in chunks if chunk.kind in (b"fcTL", b"fdAT")]
    return numbers == list(range(len(numbers)))


def _pictures(header: Header, chunks: list[Chunk]) -> tuple[list[FrameData], list[FrameData]]:
    """The data of the still picture, and of each frame of the animation."""
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
        raise corrupt("a PNG without a picture")
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


def _sized(header: Header, control: Control) -> Header:
    return header._replace(width=control.width, height=control.height)


def _load(header: Header, found: dict[bytes, bytes], data: list[memoryview], ends: bool) -> Image.Image:
    """The picture in DATA, the content of its IDAT chunks."""
    palette, transparent = found.get(b"PLTE", b""), found.get(b"tRNS", b"")
    chunks = [(b"IHDR", [struct.pack(">IIBBBBB", *header)])]
    if header.color_type == PALETTE:
        if not palette:
            raise corrupt("a palette is missing")
        chunks += [(b"PLTE", [palette[: len(palette) // 3 * 3]]), (b"tRNS", [transparent[:256]])]
    content = b"".join((SIGNATURE, *chain.from_iterable(starmap(_chunk, [*chunks, (b"IDAT", data), (b"IEND", [])]))))
    try:
        picture = load_with_pillow("PNG", content, (header.width, header.height))
    except Rejected as rejection:
        if ends:
            raise
        raise truncated("the end of the file is missing") from rejection
    if header.color_type == GRAY_WITH_ALPHA:
        return picture.convert("LA")  # Pillow makes RGBA of 16 bits
    key = struct.unpack(f">{len(transparent) // 2}H", transparent[: len(transparent) // 2 * 2])
    if KEYS.get(header.color_type) == len(key):
        return _without_color(picture, key, header.depth)
    return picture


def _chunk(kind: bytes, data: Sequence[Buffer]) -> Iterator[Buffer]:
    yield struct.pack(">I4s", sum(map(len, data)), kind)
    yield from data
    yield struct.pack(">I", reduce(lambda crc, part: zlib.crc32(part, crc), data, zlib.crc32(kind)))


def _without_color(picture: Image.Image, key: tuple[int, ...], depth: int) -> Image.Image:
    """PICTURE with the one color KEY transparent; of RGB with 16 bits the upper 8 are compared, which Pillow keeps."""
    if picture.mode == "I;16":
        others = picture.convert("I").point([0 if level == key[0] else 255 for level in range(65536)], "L")
    else:
        levels = [level >> 8 if depth == 16 else level * 255 // ((1 << depth) - 1) for level in key]
        channels = picture.convert("L").split() if picture.mode == "1" else picture.split()
        others = reduce(ImageChops.lighter, map(_other_than, channels, levels))
    picture = color.in_8_bits(picture)
    picture.putalpha(others)
    return picture


def _other_than(channel: Image.Image, key: int) -> Image.Image:
    return channel.point([0 if level == key else 255 for level in range(256)])


def _profile(found: dict[bytes, bytes]) -> bytes | None:
    """The color space by the strongest of the chunks that tell it, or None for sRGB."""
    coding, gamma, corners = (found.get(kind, b"") for kind in (b"cICP", b"gAMA", b"cHRM"))
    if len(coding) == 4:
        return color.coded(coding[0], coding[1])
    if profile := _inflated(found.get(b"iCCP", b"")):
        return profile
    if b"sRGB" in found or len(gamma) != 4 or len(corners) != 32 or not any(gamma):
        return None
    numbers = [number / 100_000 for number in struct.unpack(">8I", corners)]
    points = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    return color.calibrated(points, 100_000 / int.from_bytes(gamma, "big"))


def _inflated(chunk: bytes) -> bytes | None:
    """The profile in an iCCP chunk: a name, a zero, the method 0, compressed data."""
    try:
        return zlib.decompressobj().decompress(chunk[chunk.index(b"\0") + 2 :], LARGEST_PROFILE)
    except (ValueError, zlib.error):
        return None
