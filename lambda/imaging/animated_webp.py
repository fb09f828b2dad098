"""Encode frames as an animated WebP. Each frame becomes a still of the part that changes.

Pillow's save_all keeps every frame in memory, and encodes all of their pixels with libwebp's animation encoder, which
makes 9% more bytes.
"""

import struct
from collections.abc import Callable, Iterable
from io import BytesIO

from PIL import Image, ImageChops

from imaging.formats.webp import read_chunks
from imaging.model import ShownFrame

HEADER_BYTES = 44  # of RIFF, VP8X, and ANIM
HAS_ANIMATION, HAS_XMP, HAS_EXIF, HAS_ALPHA = 0x02, 0x04, 0x08, 0x10  # flags of VP8X
DO_NOT_BLEND = 0x02  # flag of ANMF
MAX_LOOP_COUNT = 0xFFFF
MAX_MILLISECONDS = 0xFFFFFF


def animated_webp(
    frames: Iterable[ShownFrame],
    loop_count: int,
    save: Callable[[Image.Image], bytes],
    exif: bytes = b"",
    xmp: bytes = b"",
) -> bytes:
    """Return an animated WebP of `frames`, pictures of one size that are shown `loop_count` times (0: forever).

    `save` encodes one of them, or a part, as a still WebP. `exif` and `xmp` are its metadata.

    Source: RFC 9649, 2.7.
    """
    content, before, flags = BytesIO(), None, HAS_ANIMATION
    content.seek(HEADER_BYTES)
    for frame in frames:
        box = changed(before, before := frame.picture)
        flags |= _write_frame(content, box, frame.milliseconds, save(frame.picture.crop(box)))
        size = frame.picture.size
    for kind, data, flag in ((b"EXIF", exif.removeprefix(b"Exif\0\0"), HAS_EXIF), (b"XMP ", xmp, HAS_XMP)):
        content.write(_chunk(kind, data) if data else b"")
        flags |= flag if data else 0
    content.seek(0)
    content.write(_header(flags, size, loop_count, len(content.getbuffer())))
    return content.getvalue()  # without a copy


def changed(before: Image.Image | None, after: Image.Image) -> tuple[int, int, int, int]:
    """Return the box of `after` that differs from `before`. It starts at an even column and row and is never empty."""
    if before is None:
        return (0, 0, *after.size)
    left, top, right, bottom = ImageChops.difference(before, after).getbbox(alpha_only=False) or (0, 0, 1, 1)
    return left & ~1, top & ~1, right, bottom


def _header(flags: int, size: tuple[int, int], loop_count: int, length: int) -> bytes:
    """Return the chunks before the frames in a file of `length` bytes."""
    control = _chunk(b"ANIM", struct.pack("<IH", 0, min(loop_count, MAX_LOOP_COUNT)))
    canvas = _chunk(b"VP8X", struct.pack("<I", flags) + _sides(*size))
    return struct.pack("<4sI4s", b"RIFF", length - 8, b"WEBP") + canvas + control


def _write_frame(file: BytesIO, box: tuple[int, int, int, int], milliseconds: int, content: bytes) -> int:
    """Write the still WebP in `content` as an ANMF chunk, and return the flags that it adds to the file's header."""
    left, top, right, bottom = box
    numbers = (left // 2, top // 2, right - left - 1, bottom - top - 1, min(milliseconds, MAX_MILLISECONDS))
    chunks = [
        (kind, data) for kind, data in read_chunks(memoryview(content)[12:]) if kind in (b"ALPH", b"VP8 ", b"VP8L")
    ]
    length = 16 + sum(8 + len(data) + (len(data) & 1) for _, data in chunks)
    file.write(struct.pack("<4sI", b"ANMF", length))
    file.write(b"".join(n.to_bytes(3, "little") for n in numbers) + bytes((DO_NOT_BLEND,)))
    for kind, data in chunks:
        file.write(struct.pack("<4sI", kind, len(data)))
        file.write(data)
        file.write(bytes(len(data) & 1))
    return HAS_ALPHA if chunks[0][0] != b"VP8 " else 0


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(data)) + data + bytes(len(data) & 1)


def _sides(width: int, height: int) -> bytes:
    return (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
