"""Frames -> an animated WebP, each frame of it encoded as a still of what changes."""

import struct
from collections.abc import Callable, Iterable, Iterator

from PIL import Image, ImageChops

from imaging.picture import Shown

ANIMATED, TRANSPARENT = 0x02, 0x10  # flags of VP8X
INSTEAD = 0x02  # flag of ANMF: the frame is drawn instead of what is there, not over it


def animated_webp(frames: Iterable[Shown], loop_count: int, still: Callable[[Image.Image], bytes]) -> bytes:
    """An animated WebP of FRAMES, RGBA pictures of one size, each encoded by STILL; shown PLAYS times, 0 is for ever.

    Source: RFC 9649, 2.7.
    """
    chunks, before = [], None
    for frame in frames:
        box = changed(before, before := frame.picture)
        chunks.append(_frame(box, frame.milliseconds, still(frame.picture.crop(box))))
        size = frame.picture.size
    flags = ANIMATED | (TRANSPARENT if any(kind != b"VP8 " for kind in (chunk[24:28] for chunk in chunks)) else 0)
    header = _chunk(b"VP8X", struct.pack("<I", flags) + _sides(*size))
    body = b"".join((b"WEBP", header, _chunk(b"ANIM", struct.pack("<IH", 0, loop_count)), *chunks))
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def changed(before: Image.Image | None, after: Image.Image) -> tuple[int, int, int, int]:
    """The part of AFTER that is not as BEFORE, from an even column and row on, and never empty."""
    if before is None:
        return (0, 0, *after.size)
    left, top, right, bottom = ImageChops.difference(before, after).getbbox(alpha_only=False) or (0, 0, 1, 1)
    return left & ~1, top & ~1, right, bottom


def _frame(box: tuple[int, int, int, int], milliseconds: int, content: bytes) -> bytes:
    """The ANMF chunk of a still WebP."""
    left, top, right, bottom = box
    place = (left // 2).to_bytes(3, "little") + (top // 2).to_bytes(3, "little") + _sides(right - left, bottom - top)
    pixels = b"".join(_chunk(kind, data) for kind, data in _chunks(content) if kind in (b"ALPH", b"VP8 ", b"VP8L"))
    return _chunk(b"ANMF", place + milliseconds.to_bytes(3, "little") + bytes((INSTEAD,)) + pixels)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at < len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        yield kind, content[at + 8 : at + 8 + length]
        at += 8 + length + (length & 1)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(data)) + data + bytes(len(data) & 1)


def _sides(width: int, height: int) -> bytes:
    return (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
