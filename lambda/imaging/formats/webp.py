"""WebP: check the chunks before any decoder runs, and let Pillow decode, also the frames of an animation.

Pillow allocates three canvases before anyone can look at their size. If the last frames are zeros, it shows
the others.
"""

import struct
from collections.abc import Iterator
from functools import partial

from imaging import exif
from imaging.model import Frame, Source, load_frames_with_pillow
from imaging.rejection import bytes_missing, corrupt, truncated

MAX_CHUNKS = 10_000
HAS_ANIMATION = 0x02
PICTURE = (b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L")


def read(content: bytes) -> Source:
    """Read a WebP file.

    Source: RFC 9649.

    Raises:
        Rejected: it is truncated, contradicts itself, or has too many chunks.
    """
    (length,) = struct.unpack_from("<I", content, 4)
    missing = 8 + length - len(content)
    if missing > length & 1:  # some writers count a padding byte that they leave out
        raise bytes_missing(missing, 8 + length)
    chunks = list(_chunks(memoryview(content)[12 : 8 + length]))
    found = dict(reversed(chunks))
    header, control = bytes(found.get(b"VP8X", b"")), found.get(b"ANIM", b"")
    size = _canvas(header, found)
    animated = len(header) == 10 and header[0] & HAS_ANIMATION
    times = [int.from_bytes(data[12:15], "little") for kind, data in chunks if kind == b"ANMF" and animated] or [0]
    return Source(
        size,
        [Frame((0, 0, *size), milliseconds) for milliseconds in times],
        partial(load_frames_with_pillow, "WEBP", _picture(content, chunks), size, len(times)),
        loop_count=struct.unpack("<H", control[4:6])[0] if len(control) == 6 else 0,
        profile=bytes(found[b"ICCP"]) if b"ICCP" in found else None,
        orientation=exif.orientation(found.get(b"EXIF", b"")),
    )


def _chunks(view: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    at = 0
    for _ in range(MAX_CHUNKS):
        if at + 8 > len(view):
            return
        kind, length = struct.unpack_from("<4sI", view, at)
        if kind == b"\0\0\0\0" or at + 8 + length > len(view):
            raise truncated("the file ends inside its chunks")
        yield kind, view[at + 8 : at + 8 + length]
        at += 8 + length + (length & 1)
    raise corrupt(f"more than {MAX_CHUNKS:,} chunks")


def _picture(content: bytes, chunks: list[tuple[bytes, memoryview]]) -> bytes:
    """Return `content` without metadata, which Pillow would copy, and without unknown chunks."""
    if all(kind in PICTURE for kind, _ in chunks):
        return content
    parts: list[bytes | memoryview] = []
    for kind, data in chunks:
        if kind in PICTURE:
            parts += [struct.pack("<4sI", kind, len(data)), data, bytes(len(data) & 1)]
    return b"".join((struct.pack("<4sI4s", b"RIFF", 4 + sum(map(len, parts)), b"WEBP"), *parts))


def _canvas(header: bytes, found: dict[bytes, memoryview]) -> tuple[int, int]:
    """Return the width and height of the canvas, or of the only picture."""
    if len(header) == 10:
        return 1 + int.from_bytes(header[4:7], "little"), 1 + int.from_bytes(header[7:10], "little")
    if len(found.get(b"VP8L", b"")) >= 5:
        (bits,) = struct.unpack_from("<I", found[b"VP8L"], 1)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if len(found.get(b"VP8 ", b"")) >= 10:
        width, height = struct.unpack_from("<HH", found[b"VP8 "], 6)
        return width & 0x3FFF, height & 0x3FFF
    raise corrupt("a WebP without a picture")
