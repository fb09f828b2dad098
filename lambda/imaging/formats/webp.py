"""WebP: check the chunks before any decoder runs, and let Pillow decode stills and animations.

Pillow allocates three canvases before it reports their size. It accepts zeros in place of the end of a picture, or of
the last frames.
"""

import struct
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

from PIL import Image

from imaging import exif
from imaging.formats.pillow import load_frames_with_pillow, load_with_pillow
from imaging.model import Frame, Size, Source
from imaging.rejection import Rejected, bytes_missing, corrupt, truncated

MAX_CHUNKS = 10_000
HAS_ANIMATION = 0x02
NEEDED = (b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L")
SPARE = 3  # bytes at the end of a picture that an encoder may write, but no decoder needs

Chunk = tuple[bytes, memoryview]  # its kind, and its data


def read(content: bytes) -> Source:
    """Read a WebP file. Raise Rejected if it is truncated, contradicts itself, or has too many chunks.

    Source: RFC 9649.
    """
    (length,) = struct.unpack_from("<I", content, 4)
    missing = 8 + length - len(content)
    if missing > length & 1:  # some writers count a padding byte that they don't write
        raise bytes_missing(missing, 8 + length)
    chunks = list(read_chunks(memoryview(content)[12 : 8 + length]))
    found = dict(reversed(chunks))
    size = _canvas(found)
    header, control = found.get(b"VP8X", b""), found.get(b"ANIM", b"")
    animated = len(header) == 10 and header[0] & HAS_ANIMATION
    times = [int.from_bytes(data[12:15], "little") for kind, data in chunks if kind == b"ANMF" and animated] or [0]
    needed = [chunk for chunk in chunks if chunk[0] in NEEDED]
    file = content if needed == chunks else _file(needed)  # Pillow would copy metadata
    return Source(
        size,
        [Frame((0, 0, *size), milliseconds) for milliseconds in times],
        partial(_load, file, size, len(times), needed[-1]),
        loop_count=struct.unpack("<H", control[4:6])[0] if len(control) == 6 else 0,
        profile=bytes(found[b"ICCP"]) if b"ICCP" in found else None,
        orientation=exif.orientation(found.get(b"EXIF", b"")),
    )


def read_chunks(view: memoryview) -> Iterator[Chunk]:
    """Yield the chunks in `view`, a RIFF file without its header. Raise Rejected if it ends inside a chunk."""
    at = 0
    for _ in range(MAX_CHUNKS):
        if at + 8 > len(view):
            return
        kind, length = struct.unpack_from("<4sI", view, at)
        if kind == bytes(4) or at + 8 + length > len(view):
            raise truncated("the file ends inside its chunks")
        yield kind, view[at + 8 : at + 8 + length]
        at += 8 + length + (length & 1)
    raise corrupt(f"more than {MAX_CHUNKS:,} chunks")


def _file(chunks: list[Chunk]) -> bytes:
    """Return a WebP file of `chunks`."""
    parts: list[bytes | memoryview] = []
    for kind, data in chunks:
        parts += struct.pack("<4sI", kind, len(data)), data, bytes(len(data) & 1)
    return b"".join((struct.pack("<4sI4s", b"RIFF", 4 + sum(map(len, parts)), b"WEBP"), *parts))


def _canvas(found: dict[bytes, memoryview]) -> Size:
    """Return the width and height of the canvas, or of the only picture."""
    extended, lossless, lossy = (bytes(found.get(kind, b"")[:11]) for kind in (b"VP8X", b"VP8L", b"VP8 "))
    if len(extended) == 10:
        return 1 + int.from_bytes(extended[4:7], "little"), 1 + int.from_bytes(extended[7:], "little")
    if len(lossless) >= 5:
        bits = int.from_bytes(lossless[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if len(lossy) >= 10:
        width, height = struct.unpack_from("<HH", lossy, 6)
        return width & 0x3FFF, height & 0x3FFF
    raise corrupt("a WebP without a picture")


def _load(content: bytes, size: Size, count: int, last: Chunk) -> Iterator[Image.Image]:
    """Yield the frames. Raise Rejected if zeros follow the data of the last one."""
    if _ends_early(*last):
        raise truncated("the file ends in zeros where the data of the picture should be")
    yield from load_frames_with_pillow("WEBP", content, size, count)


def _ends_early(kind: bytes, data: memoryview) -> bool:
    """Return whether a picture ends in zeros that its decoder doesn't need."""
    if kind == b"ANMF":
        kind, data = [(kind, data), *read_chunks(data[16:])][-1]
    if kind in (b"VP8 ", b"VP8L") and not any(data[-SPARE - 1 :]):
        with suppress(Rejected):
            load_with_pillow("WEBP", _file([(kind, data[: -SPARE - 1])]), _canvas({kind: data}))
            return True
    return False
