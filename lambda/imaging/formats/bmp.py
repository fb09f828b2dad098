"""BMP files: Windows and OS/2 headers, palettes, bit fields, run lengths."""

import struct
from functools import partial, reduce
from typing import NamedTuple

from PIL import Image, ImageChops

from imaging.model import Frame, Source, in_turn
from imaging.rejection import Rejected, bytes_missing, corrupt, no_picture_yet, truncated, unsupported

HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # bytes, by which their kinds are told
RAW, RUNS_OF_8, RUNS_OF_4, BIT_FIELDS, ALPHA_BIT_FIELDS = 0, 1, 2, 3, 6
HIGH_BYTE = 0xFF000000  # where a version 4 header says that alpha is
EMBEDDED_PROFILE = b"DEBM"  # "MBED", read as a number
LONGEST_RUNS = 4 * 2**20  # bytes of run lengths: they are expanded one by one

PALETTED = {1: "P;1", 2: "P;2", 4: "P;4", 8: "P"}
DEFAULT_MASKS = {16: (0x7C00, 0x03E0, 0x001F, 0), 24: (0xFF0000, 0xFF00, 0xFF, 0), 32: (0xFF0000, 0xFF00, 0xFF, 0)}
DIRECT: dict[tuple[int, tuple[int, ...]], str] = {
    (16, (0x7C00, 0x03E0, 0x001F, 0)): "BGR;15",
    (16, (0xF800, 0x07E0, 0x001F, 0)): "BGR;16",
    (24, (0xFF0000, 0xFF00, 0xFF, 0)): "BGR",
    (32, (0xFF0000, 0xFF00, 0xFF, 0)): "BGRX",
}


class Header(NamedTuple):
    """What the headers say; `rows` is 1 from the top and -1 from the bottom."""

    width: int
    height: int
    rows: int
    bits: int
    compression: int
    masks: tuple[int, ...]
    palette: bytes
    pixels: int  # where they begin in the file


def read(content: bytes) -> Source:
    """A BMP file.

    Source: https://learn.microsoft.com/windows/win32/gdi/bitmap-storage

    Raises:
        Rejected: it is cut short, or of a kind that is not read.
    """
    try:
        header, profile = _header(content), _profile(content)
    except struct.error:
        raise no_picture_yet() from None
    if not header.width or not header.height:
        raise corrupt("a picture without pixels")
    size = (header.width, header.height)
    return Source(size, [Frame((0, 0, *size))], in_turn(partial(_load, header, content)), profile=profile)


def _header(content: bytes) -> Header:
    pixels, length = struct.unpack_from("<II", content, 10)
    if length not in HEADERS:
        raise Rejected("not-an-image", "not an image: it begins like a BMP, but is none")
    if length == 12:
        width, height, _planes, bits = struct.unpack_from("<HHHH", content, 18)
        compression = colors = 0
    else:
        width, height, _planes, bits = struct.unpack_from("<iiHH", content, 18)
        compression, colors = (0, 0) if length == 16 else struct.unpack_from("<I12xI", content, 30)
    masks, end = _masks(content, length, bits, compression), 14 + length
    if length == 40:
        end += {BIT_FIELDS: 12, ALPHA_BIT_FIELDS: 16}.get(compression, 0)
    palette, end = _palette(content, end, pixels, 3 if length == 12 else 4, bits, colors)
    rows = 1 if height < 0 else -1
    return Header(abs(width), abs(height), rows, bits, compression, masks, palette, max(pixels, end))


def _masks(content: bytes, length: int, bits: int, compression: int) -> tuple[int, ...]:
    """Return which bits are red, green, blue, and alpha."""
    if compression == RAW and bits == 32 and length >= 108 and struct.unpack_from("<I", content, 66) == (HIGH_BYTE,):
        return (*DEFAULT_MASKS[32][:3], HIGH_BYTE)
    if compression not in (BIT_FIELDS, ALPHA_BIT_FIELDS) or bits not in (16, 32) or length == 64:
        return DEFAULT_MASKS.get(bits, ())
    alpha = length >= 56 or compression == ALPHA_BIT_FIELDS
    masks: tuple[int, ...] = struct.unpack_from("<4I" if alpha else "<3I", content, 54)
    return (*masks, 0)[:4] if any(masks) else DEFAULT_MASKS[bits]


def _palette(content: bytes, start: int, pixels: int, entry: int, bits: int, colors: int) -> tuple[bytes, int]:
    """The palette as RGB, and where it ends."""
    if bits not in PALETTED:
        return b"", start
    count = min(colors or 1 << bits, 1 << bits)
    if pixels > start:
        count = min(count, (pixels - start) // entry)
    end = start + count * entry
    return b"".join(content[at : at + 3][::-1] for at in range(start, end, entry)), end


def _profile(content: bytes) -> bytes | None:
    """The ICC profile that a version 5 header points to."""
    if struct.unpack_from("<I", content, 14) != (124,) or content[70:74] != EMBEDDED_PROFILE:
        return None
    start, length = struct.unpack_from("<II", content, 126)
    start, end = 14 + start, 14 + start + length
    if end > len(content):
        raise bytes_missing(end - len(content), end)
    return content[start:end]


def _load(header: Header, content: bytes) -> Image.Image:
    if header.compression in (RUNS_OF_8, RUNS_OF_4) and header.bits == {RUNS_OF_8: 8, RUNS_OF_4: 4}[header.compression]:
        if len(content) > LONGEST_RUNS:
            raise Rejected("too-large-file", f"{len(content):,} bytes of run lengths are more than {LONGEST_RUNS:,}")
        return _paletted(header, _expanded(content, header), "P", header.width)
    if header.compression not in (RAW, BIT_FIELDS, ALPHA_BIT_FIELDS) or header.bits not in (*PALETTED, *DEFAULT_MASKS):
        raise unsupported(f"a BMP with {header.bits} bits and compression {header.compression}")
    stride = (header.width * header.bits + 31) // 32 * 4
    data = _rows(header, content, stride)
    if header.bits in PALETTED:
        return _paletted(header, data, PALETTED[header.bits], stride)
    if direct := DIRECT.get((header.bits, header.masks)):
        return _raw("RGB", header, data, direct, stride)
    return _masked(header, data, stride)


def _rows(header: Header, content: bytes, stride: int) -> bytes | memoryview:
    """The rows of pixels; bytes of padding that are missing at the end are added."""
    needed = stride * (header.height - 1) + (header.width * header.bits + 7) // 8
    missing = header.pixels + needed - len(content)
    if missing > 0:
        raise bytes_missing(missing, len(content) + missing)
    whole = stride * header.height
    data = memoryview(content)[header.pixels : header.pixels + whole]
    return data if len(data) == whole else b"".join((data, bytes(whole - len(data))))


def _raw(mode: str, header: Header, data: bytes | memoryview, raw: str, stride: int) -> Image.Image:
    return Image.frombytes(mode, (header.width, header.height), data, "raw", raw, stride, header.rows)


def _paletted(header: Header, data: bytes | memoryview, raw: str, stride: int) -> Image.Image:
    picture = _raw("P", header, data, raw, stride)
    picture.putpalette(header.palette)
    return picture


def _masked(header: Header, data: bytes | memoryview, stride: int) -> Image.Image:
    """A picture of any bit fields; an alpha that is zero all over is not obeyed."""
    mode = {16: "LA", 32: "RGBA"}[header.bits]  # the bytes of a pixel, as channels
    parts = _raw(mode, header, data, mode, stride).split()
    channels = [_channel(parts, mask) for mask in header.masks]
    if header.masks[3] and channels[3].getextrema() != (0, 0):
        return Image.merge("RGBA", channels)
    return Image.merge("RGB", channels[:3])


def _channel(parts: tuple[Image.Image, ...], mask: int) -> Image.Image:
    """The channel under MASK with 8 bits, added up from the bytes that it covers."""
    lowest = (mask & -mask) or 1
    scale = 255 / (mask // lowest or 1)
    return reduce(
        ImageChops.add,
        (
            part.point([min(255, round(((level << 8 * n) & mask) // lowest * scale)) for level in range(256)])
            for n, part in enumerate(parts)
        ),
    )


def _expanded(content: bytes, header: Header) -> bytes:
    """Run lengths as one byte a pixel; what they skip is color 0."""
    nibbles = header.compression == RUNS_OF_4
    pixels = bytearray(header.width * header.height)
    at, x, y = header.pixels, 0, 0
    while y < header.height:
        run = content[at : at + 2]
        if len(run) < 2:
            if y == header.height - 1 and x >= header.width:
                break
            raise truncated(f"only {100 * y // header.height}% of the picture is there")
        at += 2
        count, value = run
        if count:
            x = _put(pixels, header, x, y, _pattern(value, count) if nibbles else bytes((value,)) * count)
        elif value == 0:
            x, y = 0, y + 1
        elif value == 1:
            break
        elif value == 2:
            right, up = (*content[at : at + 2], 0, 0)[:2]
            x, y, at = x + right, y + up, at + 2
        else:
            length = (value + 1) // 2 if nibbles else value
            levels = content[at : at + length]
            x = _put(pixels, header, x, y, _nibbles(levels)[:value] if nibbles else levels)
            at += length + (length & 1)
    return bytes(pixels)


def _put(pixels: bytearray, header: Header, x: int, y: int, levels: bytes) -> int:
    levels = levels[: max(0, header.width - x)]
    start = y * header.width + x
    pixels[start : start + len(levels)] = levels
    return x + len(levels)


def _pattern(value: int, count: int) -> bytes:
    return (bytes((value >> 4, value & 15)) * ((count + 1) // 2))[:count]


def _nibbles(levels: bytes) -> bytes:
    return bytes(nibble for level in levels for nibble in (level >> 4, level & 15))
