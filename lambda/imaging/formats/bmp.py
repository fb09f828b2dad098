"""BMP: check the header, and let Pillow decode. Kinds that Pillow refuses are not supported.

Pillow ignores alpha in 16 bits, or if the header uses no masks, and obeys alpha of zeros. It reads 8 bits as 1 if the
palette is black and white. It fails if run lengths end before the picture does; the rest has color 0.
"""

import struct
from functools import partial
from io import BytesIO

from PIL import BmpImagePlugin, Image

from imaging.formats.pillow import as_rejections, load_with_pillow
from imaging.model import Frame, Source, in_turn
from imaging.rejection import Rejected, bytes_missing, unsupported

RUN_LENGTHS, BIT_FIELDS, ALL_COLORS = (b"\1\0\0\0", b"\2\0\0\0"), b"\3\0\0\0", b"\0\1\0\0"
BGRA = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)  # the masks of red, green, blue, and alpha
MAX_RUN_LENGTHS, RUN_MICROSECONDS = 4 * 2**20, 1.0  # for each byte: Pillow decodes them one by one
END_OF_RUNS, FILLER = b"\0\1", b"\0\2\xff\xff" * 66  # the filler skips 255 pixels and rows, 66 times


def read(content: bytes) -> Source:
    """Read a BMP file. Raise Rejected if it is truncated, or of a kind that is not supported.

    Source: https://learn.microsoft.com/windows/win32/gdi/bitmap-storage
    """
    with as_rejections("BMP"):
        header = BmpImagePlugin.BmpImageFile(BytesIO(content := _adapt(content)))
    decoder, _, start, _ = header.tile[0]
    has_profile = content[14] >= 124 and content[70:74] == b"DEBM"  # "MBED", read as a number
    profile, length = struct.unpack_from("<II", content, 126) if has_profile else (0, 0)
    row = header.width * content[24 if content[14] == 12 else 28]  # bits
    rows_end = start + (row + 31) // 32 * 4 * (header.height - 1) + (row + 7) // 8 if decoder == "raw" else 0
    if len(content) < (end := max(rows_end, 14 + profile + length)):
        raise bytes_missing(end - len(content), end)
    if decoder != "raw" and len(content) > MAX_RUN_LENGTHS:
        raise Rejected("too-large-file", f"{len(content):,} bytes of run lengths are more than {MAX_RUN_LENGTHS:,}")
    load = partial(_load, content.ljust(rows_end + 3, b"\0"), header.size)  # the last row may lack its padding
    overhead = len(content) * RUN_MICROSECONDS if decoder != "raw" else 0
    data = content[14 + profile : 14 + profile + length]
    return Source(header.size, [Frame((0, 0, *header.size))], in_turn(load), profile=data, overhead=overhead)


def _adapt(content: bytes) -> bytes:
    """Return `content` with a header that makes Pillow do what browsers do."""
    start, version = struct.unpack_from("<II", content, 10)
    bits, compression, alpha = content[28:29], content[30:34], content[66:70]
    if version >= 108 and bits == b"\x20" and compression == bytes(4) and alpha == BGRA[12:]:
        return b"".join((content[:30], BIT_FIELDS, content[34:54], BGRA, memoryview(content)[70:]))
    if version >= 56 and bits == b"\x10" and compression == BIT_FIELDS and any(alpha):
        raise unsupported("a BMP with 16 bits and alpha")
    if compression in RUN_LENGTHS and content.endswith(END_OF_RUNS):
        content = content[:-2] + FILLER
    if version >= 40 and bits in (b"\4", b"\x08") and start > 14 + version:
        return b"".join((content[:46], ALL_COLORS, memoryview(content)[50:]))
    return content


def _load(content: bytes, size: tuple[int, int]) -> Image.Image:
    picture = load_with_pillow("BMP", content, size)
    return picture.convert("RGB") if picture.mode == "RGBA" and not picture.getchannel("A").getbbox() else picture
