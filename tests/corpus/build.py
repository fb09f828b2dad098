"""Write files from known levels, without an encoder where it would hide something."""

import struct
import zlib
from collections.abc import Callable, Sequence

Levels = tuple[int, ...]
Pixel = Callable[[int, int], Levels]  # x, y -> the level of each channel


def png(
    size: tuple[int, int], kind: int, depth: int, pixel: Pixel, chunks: Sequence[bytes] = (), interlaced: bool = False
) -> bytes:
    """Return a PNG of a color type and bit depth, with `chunks` before its data."""
    data = b"".join(
        b"\0" + _packed([pixel(x, y) for x in range(left, size[0], right)], depth)
        for left, top, right, down in (ADAM7 if interlaced else [(0, 0, 1, 1)])
        for y in range(top, size[1], down)
        if left < size[0]
    )
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, kind, 0, 0, interlaced))
    return PNG + header + b"".join(chunks) + png_chunk(b"IDAT", zlib.compress(data)) + png_chunk(b"IEND", b"")


PNG = b"\x89PNG\r\n\x1a\n"
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_data(content: bytes) -> bytes:
    """Return the data of the only IDAT chunk of a PNG that png() wrote."""
    at = content.index(b"IDAT")
    return content[at + 4 : at + 4 + int.from_bytes(content[at - 4 : at], "big")]


def apng(
    size: tuple[int, int], frames: Sequence[tuple[bytes, bytes]], loop_count: int, default: bytes | None = None
) -> bytes:
    """Return an APNG of `frames` (a control without its number, the PNG of the frame); `default` is not one of them."""
    chunks = [frames[0][1][8:33], png_chunk(b"acTL", struct.pack(">II", len(frames), loop_count))]
    if default is not None:
        chunks = [default[8:33], chunks[1], png_chunk(b"IDAT", png_data(default))]
    number = 0
    for n, (control, frame) in enumerate(frames):
        chunks.append(png_chunk(b"fcTL", struct.pack(">I", number) + control))
        number += 1
        if n == 0 and default is None:
            chunks.append(png_chunk(b"IDAT", png_data(frame)))
        else:
            chunks.append(png_chunk(b"fdAT", struct.pack(">I", number) + png_data(frame)))
            number += 1
    assert struct.unpack(">II", chunks[0][8:16]) == size
    return PNG + b"".join(chunks) + png_chunk(b"IEND", b"")


def apng_control(box: tuple[int, int, int, int], delay: tuple[int, int], disposal: int = 0, over: int = 0) -> bytes:
    """Return the control of a frame at `box` (left, top, width, height), shown for `delay` (a fraction of a second)."""
    left, top, width, height = box
    return struct.pack(">IIIIHHBB", width, height, left, top, *delay, disposal, over)


def gif(size: tuple[int, int], palette: Sequence[Levels], images: Sequence[bytes], repeats: int | None = None) -> bytes:
    """Return a GIF with one `palette`, whose size is a power of two."""
    flags = 0x80 | len(palette).bit_length() - 2
    loop = b"" if repeats is None else b"!\xff\x0bNETSCAPE2.0\3\1" + struct.pack("<H", repeats) + b"\0"
    table = bytes(level for color in palette for level in color)
    return b"GIF89a" + struct.pack("<HHBBB", *size, flags, 0, 0) + table + loop + b"".join(images) + b";"


def gif_image(
    box: tuple[int, int, int, int],
    indices: bytes,
    hundredths: int | None = None,
    disposal: int = 0,
    transparent: int | None = None,
    interlaced: bool = False,
) -> bytes:
    """Return an image of 8-bit `indices` at `box` (left, top, width, height), with a control if it needs one."""
    control = b""
    if hundredths is not None or transparent is not None or disposal:
        flags = disposal << 2 | (transparent is not None)
        control = struct.pack("<BBBBHBB", 0x21, 0xF9, 4, flags, hundredths or 0, transparent or 0, 0)
    if interlaced:
        rows = [indices[y * box[2] : (y + 1) * box[2]] for y in range(box[3])]
        order = [y for start, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(start, box[3], step)]
        indices = b"".join(rows[y] for y in order)
    return control + struct.pack("<BHHHHB", 0x2C, *box, 0x40 * interlaced) + b"\x08" + _blocks(_lzw(indices)) + b"\0"


def bmp(
    size: tuple[int, int],
    bits: int,
    data: bytes,
    palette: bytes = b"",
    compression: int = 0,
    masks: Sequence[int] = (),
    header: int = 40,
    profile: bytes = b"",
    top_down: bool = False,
) -> bytes:
    """Return a BMP of `data`, the rows as they are in the file, with a `header` of so many bytes."""
    width, height = size
    if header == 12:
        body = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        body = struct.pack(
            "<IiiHHIIiiII", header, width, -height if top_down else height, 1, bits, compression, len(data), 0, 0, 0, 0
        )
        body += struct.pack(f"<{len(masks)}I", *masks)
        if profile:
            body = (
                body.ljust(14 + 56 - 14, b"\0")
                + b"DEBM"
                + bytes(48)
                + struct.pack("<IIII", 4, header + len(palette) + len(data), len(profile), 0)
            )
        body = body.ljust(header, b"\0")
    start = 14 + len(body) + len(palette)
    return struct.pack("<2sIII", b"BM", start + len(data), 0, start) + body + palette + data + profile


def bmp_rows(size: tuple[int, int], bits: int, pixel: Callable[[int, int], int], top_down: bool = False) -> bytes:
    """Return the rows of a BMP. `pixel` returns each as a number of `bits`; each row is padded to four bytes."""
    rows = range(size[1]) if top_down else range(size[1] - 1, -1, -1)
    return b"".join(_bmp_row([pixel(x, y) for x in range(size[0])], bits) for y in rows)


def _bmp_row(levels: list[int], bits: int) -> bytes:
    if bits < 8:
        row = _packed([(level,) for level in levels], bits)
    else:
        row = b"".join(level.to_bytes(bits // 8, "little") for level in levels)
    return row + bytes(-len(row) % 4)


def webp_frame(content: bytes, box: tuple[int, int], milliseconds: int, flags: int) -> bytes:
    """Return an ANMF chunk with the still WebP in `content` at `box` (left and top, both even)."""
    from io import BytesIO

    from PIL import Image  # only for the size

    width, height = Image.open(BytesIO(content)).size
    start = 12 if content[12:16] != b"VP8X" else 12 + 8 + 10
    numbers = (box[0] // 2, box[1] // 2, width - 1, height - 1, milliseconds)
    return riff_chunk(b"ANMF", b"".join(n.to_bytes(3, "little") for n in numbers) + bytes((flags,)) + content[start:])


def webp_animation(size: tuple[int, int], frames: Sequence[bytes], loop_count: int) -> bytes:
    sides = b"".join((side - 1).to_bytes(3, "little") for side in size)
    body = riff_chunk(b"VP8X", b"\x12\0\0\0" + sides) + riff_chunk(b"ANIM", struct.pack("<IH", 0xFFFFFFFF, loop_count))
    return webp(body + b"".join(frames))


def webp(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def riff_chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + bytes(len(data) & 1)


def exif(orientation: int) -> bytes:
    """Return an EXIF block with an orientation and a camera, in the byte order of most phones."""
    return b"Exif\0\0" + struct.pack(
        ">2sHIHHHIHHHHIII", b"MM", 42, 8, 2, 0x0112, 3, 1, orientation, 0, 0x010F, 2, 4, 0x53454352, 0
    )


def jpeg_segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def _packed(pixels: list[Levels], depth: int) -> bytes:
    levels = [level for pixel in pixels for level in pixel]
    if depth == 16:
        return struct.pack(f">{len(levels)}H", *levels)
    bits = "".join(f"{level:0{depth}b}" for level in levels)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))


def _lzw(indices: bytes) -> bytes:
    """Return 8-bit indices as LZW codes of 9 bits. The table is cleared before it grows."""
    codes = [code for at in range(0, len(indices), 250) for code in (256, *indices[at : at + 250])] + [257]
    total: int = sum(code << 9 * n for n, code in enumerate(codes))
    return total.to_bytes((9 * len(codes) + 7) // 8, "little")


def _blocks(data: bytes) -> bytes:
    parts = (data[at : at + 255] for at in range(0, len(data), 255))
    return b"".join(bytes((len(part),)) + part for part in parts)
