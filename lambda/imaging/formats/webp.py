"""WebP files: the chunks, and each frame as a file of its own."""

import struct
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from PIL import Image

from imaging import exif
from imaging.model import Disposal, Frame, Source, in_turn, load_with_pillow
from imaging.rejection import bytes_missing, corrupt

MOST_CHUNKS = 10_000
LOSSY, LOSSLESS, ALPHA = b"VP8 ", b"VP8L", b"ALPH"
HAS_ALPHA, HAS_ANIMATION = 0x10, 0x02


class Chunk(NamedTuple):
    """A chunk: its type, and its data as a part of the file."""

    kind: bytes
    data: memoryview


def read(content: bytes) -> Source:
    """A WebP file.

    Source: RFC 9649.

    Raises:
        Rejected: it is cut short, contradicts itself, or has too many frames.
    """
    (length,) = struct.unpack_from("<I", content, 4)
    missing = 8 + length - len(content)
    if missing > length & 1:  # some writers count a padding byte that they leave out
        raise bytes_missing(missing, 8 + length)
    chunks = list(_chunks(memoryview(content)[12 : 8 + length]))
    found = {chunk.kind: chunk.data for chunk in reversed(chunks)}
    header = found.get(b"VP8X", b"")
    animated = len(header) == 10 and header[0] & HAS_ANIMATION
    size = _canvas(header, found)
    if animated:
        frames = [_frame(chunk.data, size) for chunk in chunks if chunk.kind == b"ANMF"]
    else:
        frames = [(Frame((0, 0, *size)), partial(_load, _image(chunks), size))]
    if not frames:
        raise corrupt("an animation without frames")
    control = found.get(b"ANIM", b"")
    return Source(
        size,
        [frame for frame, _ in frames],
        in_turn(*(load for _, load in frames)),
        loop_count=struct.unpack("<H", control[4:6])[0] if len(control) == 6 else 0,
        profile=bytes(found[b"ICCP"]) if b"ICCP" in found else None,
        orientation=exif.orientation(bytes(found.get(b"EXIF", b""))),
    )


def _chunks(view: memoryview) -> Iterator[Chunk]:
    at = 0
    for _ in range(MOST_CHUNKS):
        if at + 8 > len(view):
            return
        kind, length = struct.unpack_from("<4sI", view, at)
        yield Chunk(kind, view[at + 8 : at + 8 + length])
        at += 8 + length + (length & 1)
    raise corrupt(f"more than {MOST_CHUNKS:,} chunks")


def _canvas(header: bytes | memoryview, found: dict[bytes, memoryview]) -> tuple[int, int]:
    """Width and height: those of the canvas, else those of the one picture."""
    if len(header) == 10:
        return 1 + int.from_bytes(header[4:7], "little"), 1 + int.from_bytes(header[7:10], "little")
    if LOSSLESS in found and len(found[LOSSLESS]) >= 5:
        (bits,) = struct.unpack_from("<I", found[LOSSLESS], 1)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if LOSSY in found and len(found[LOSSY]) >= 10:
        width, height = struct.unpack_from("<HH", found[LOSSY], 6)
        return width & 0x3FFF, height & 0x3FFF
    raise corrupt("a WebP without a picture")


def _image(chunks: list[Chunk]) -> list[Chunk]:
    """The chunks of one picture: lossless, or lossy with or without alpha."""
    picture = next((chunk for chunk in chunks if chunk.kind in (LOSSY, LOSSLESS)), None)
    if picture is None:
        raise corrupt("a WebP without a picture")
    alpha = [chunk for chunk in chunks if chunk.kind == ALPHA][:1] if picture.kind == LOSSY else []
    return [*alpha, picture]


def _frame(data: memoryview, canvas: tuple[int, int]) -> tuple[Frame, Callable[[], Image.Image]]:
    """The frame in an ANMF chunk."""
    if len(data) < 16:
        raise corrupt("a frame without a picture")
    left, top, width, height, milliseconds = (int.from_bytes(data[at : at + 3], "little") for at in range(0, 15, 3))
    box = (2 * left, 2 * top, 2 * left + width + 1, 2 * top + height + 1)
    if box[2] > canvas[0] or box[3] > canvas[1]:
        raise corrupt("a frame outside of the picture")
    frame = Frame(
        box,
        milliseconds,
        Disposal.CLEAR if data[15] & 1 else Disposal.KEEP,
        over=not data[15] & 2,
    )
    return frame, partial(_load, _image(list(_chunks(data[16:]))), (width + 1, height + 1))


def _load(chunks: list[Chunk], size: tuple[int, int]) -> Image.Image:
    """The picture of CHUNKS, put into a file of its own."""
    if chunks[0].kind == ALPHA:
        sides = b"".join((side - 1).to_bytes(3, "little") for side in size)
        chunks = [Chunk(b"VP8X", memoryview(bytes((HAS_ALPHA, 0, 0, 0)) + sides)), *chunks]
    body = b"".join(
        part for kind, data in chunks for part in (struct.pack("<4sI", kind, len(data)), data, bytes(len(data) & 1))
    )
    return load_with_pillow("WEBP", struct.pack("<4sI4s", b"RIFF", 4 + len(body), b"WEBP") + body, size)
