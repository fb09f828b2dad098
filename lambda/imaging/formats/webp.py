"""WebP files: the header is checked here, before any decoder runs; Pillow decodes, also the frames of an animation."""

import struct
from collections.abc import Iterator
from functools import partial

from imaging import exif
from imaging.model import Frame, Source, load_frames_with_pillow
from imaging.rejection import bytes_missing, corrupt, truncated

MAX_CHUNKS = 10_000
HAS_ANIMATION = 0x02


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
    content = content[: 8 + length]
    chunks = list(_chunks(memoryview(content)[12:]))
    found = dict(reversed(chunks))
    header, control = bytes(found.get(b"VP8X", b"")), found.get(b"ANIM", b"")
    size = _canvas(header, found)
    animated = len(header) == 10 and header[0] & HAS_ANIMATION
    times = [_milliseconds(data, size) for kind, data in chunks if kind == b"ANMF"] if animated else [0]
    if not times:
        raise corrupt("an animation without frames")
    return Source(
        size,
        [Frame((0, 0, *size), milliseconds) for milliseconds in times],
        partial(load_frames_with_pillow, "WEBP", content, size, len(times)),
        loop_count=struct.unpack("<H", control[4:6])[0] if len(control) == 6 else 0,
        profile=bytes(found[b"ICCP"]) if b"ICCP" in found else None,
        orientation=exif.orientation(bytes(found.get(b"EXIF", b""))),
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


def _milliseconds(data: memoryview, canvas: tuple[int, int]) -> int:
    """Return the time of the frame in an ANMF chunk, which has to be inside the canvas."""
    if len(data) < 16:
        raise corrupt("a frame without a picture")
    left, top, width, height, milliseconds = (int.from_bytes(data[at : at + 3], "little") for at in range(0, 15, 3))
    if 2 * left + width + 1 > canvas[0] or 2 * top + height + 1 > canvas[1]:
        raise corrupt("a frame outside of the picture")
    return milliseconds
