"""JPEG: read the segments and scans, and check that every scan is complete.

Pillow decodes the picture, but gets three cases wrong:

- It accepts a truncated file with an end marker: libjpeg fills the missing part with gray, and only warns.
- It refuses a file that lacks nothing but its end marker.
- It fails on arithmetic coding beyond 64 KiB, because libjpeg cannot wait for data there.

So the decoder gets each scan in one piece, followed by a few bytes of filler and no marker. A complete scan never needs
the filler; an incomplete one makes libjpeg stop and wait for more.
"""

import re
import struct
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import zip_longest
from typing import NamedTuple

from PIL import Image

from imaging import exif
from imaging.formats.pillow import fill, open_with_pillow
from imaging.limits import MIN_PADDING
from imaging.model import Frame, Source, in_turn
from imaging.rejection import Rejected, corrupt, no_picture_yet, truncated, unsupported

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
MARKER = re.compile(rb"\xff([\x02-\xcf\xd9-\xfe])")  # neither a restart marker nor data of a scan
START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
HUFFMAN, ARITHMETIC = {0xC0, 0xC1, 0xC2}, {0xC9, 0xCA}
START_OF_SCAN, END = 0xDA, 0xD9
JFIF, EXIF, ICC, ADOBE, COMMENT = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
DESCRIBING = {*range(0xE0, 0xF0), COMMENT}
NEEDED = {JFIF: b"JFIF\0", ADOBE: b"Adobe"}  # these segments define the colors of the components
MAX_SEGMENTS = 10_000

# libjpeg looks ahead by 57 bits, so 7 bytes of any value suffice for a complete scan. These values take many bits to
# decode, so they seldom complete a truncated scan. The two differ, so they never complete it with the same pixels.
FILLERS = (b"\x77" * 7, b"\x99" * 7)
# Arithmetic coders omit zeros at the end of a scan. A complete scan needs at most three of them.
ZEROS = (bytes(3),)
PROBE = b"\0"  # skipped between scans; too little data to continue within a scan
MAX_PIXELS_DECODED_TWICE = 2**20  # the second picture takes at most 12 MB, which are freed before the next step


class Segment(NamedTuple):
    """A segment: its marker, and the positions of the marker and of the content's start and end."""

    marker: int
    begin: int
    start: int
    end: int


def read(content: bytes) -> Source:
    """Read a JPEG file; if it has several pictures (MPO), the first one.

    Source: ITU-T T.81, annex B.

    Raises:
        Rejected: the header or a scan is missing, or the kind of coding, components, or bits is not supported.
    """
    segments = list(_segments(content))
    frame = next((each for each in segments if each.marker in START_OF_FRAME), None)
    if not frame or not any(each.marker == START_OF_SCAN for each in segments):
        complete = len(segments) == MAX_SEGMENTS or (segments[-1:] and segments[-1].marker == END)
        raise corrupt("there is no picture in its segments") if complete else no_picture_yet()
    if frame.marker not in HUFFMAN | ARITHMETIC:
        raise unsupported("a JPEG with lossless or hierarchical coding")
    header = content[frame.start : frame.end]
    size = _size(header)
    scans = _scans(content, segments, header)
    fillers = ZEROS if frame.marker in ARITHMETIC else FILLERS
    return Source(
        size,
        [Frame((0, 0, *size))],
        in_turn(partial(_load, _parts(content, segments, scans), size, fillers)),
        profile=_profile(list(_blocks(content, segments, ICC, b"ICC_PROFILE\0"))),
        orientation=next(map(exif.orientation, _blocks(content, segments, EXIF, b"Exif\0\0")), 1),
        scans=len(scans),
    )


def _segments(content: bytes) -> Iterator[Segment]:
    """Yield the segments up to the end of the first picture, or of the file."""
    at = len(SOI)
    for _ in range(MAX_SEGMENTS):
        found = MARKER.search(content, at)
        if not found:
            return
        marker, start = found[1][0], found.end()
        if marker == END:
            yield Segment(marker, found.start(), start, start)
            return
        at = start + max(2, int.from_bytes(content[start : start + 2], "big"))
        yield Segment(marker, found.start(), start + 2, at)
        if at > len(content):
            return


def _size(header: bytes) -> tuple[int, int]:
    """Return width and height from a start of frame."""
    try:
        bits, height, width, components = struct.unpack_from(">BHHB", header)
    except struct.error:
        raise no_picture_yet() from None
    if bits != 8 or components not in (1, 3, 4):
        raise unsupported(f"a JPEG with {bits} bits and {components} components")
    if not width or not height:
        raise unsupported("a JPEG that does not say its size at its start")
    return width, height


def _scans(content: bytes, segments: list[Segment], header: bytes) -> list[tuple[Segment, int]]:
    """Return each scan with the end of its data, up to the scan that completes the coefficients.

    Later data is ignored: without an end marker, it may be anything.
    """
    missing = {component: set(range(64)) for component in header[6::3]}
    scans = []
    for segment, following in zip_longest(segments, segments[1:]):
        if segment.marker == START_OF_SCAN and segment.end <= len(content):
            scans.append((segment, following.begin if following else _end_of_data(content)))
            _cover(missing, content[segment.start : segment.end])
            if not any(missing.values()):
                return scans
    raise truncated("the end of the file is missing, and details of the whole picture with it")


def _cover(missing: dict[int, set[int]], scan: bytes) -> None:
    """Remove from `missing` the coefficients, by component, that a scan with this header completes."""
    first, last, bits = [*scan[-3:], 0, 0, 0][:3]
    if scan and not bits & 0x0F:
        for component in scan[1 : 1 + 2 * scan[0] : 2]:
            missing.get(component, set()).difference_update(range(first, last + 1))


def _end_of_data(content: bytes) -> int:
    """Return where the data ends in a file without an end marker: before the zeros of a broken transfer."""
    length = len(content.rstrip(b"\0"))
    return length if len(content) - length >= MIN_PADDING else len(content)


def _parts(content: bytes, segments: list[Segment], scans: list[tuple[Segment, int]]) -> list[bytes]:
    """Return the input of the decoder for each scan: tables, header, and data.

    Pillow would copy metadata once more, which limits.py does not allow for.
    """
    first, end = scans[0]
    needed = [
        content[each.begin : each.end]
        for each in segments[: segments.index(first)]
        if each.marker not in DESCRIBING or content.startswith(NEEDED.get(each.marker, b"\xff"), each.start)
    ]
    parts = [b"".join((SOI, *needed, memoryview(content)[first.begin : end])).rstrip(b"\xff")]
    for _, following in scans[1:]:
        parts.append(content[end:following].rstrip(b"\xff"))
        end = following
    return parts


def _blocks(content: bytes, segments: list[Segment], marker: int, name: bytes) -> Iterator[bytes]:
    """Yield the content of the application segments with that marker and name."""
    for each in segments:
        if each.marker == marker and content.startswith(name, each.start):
            yield content[each.start + len(name) : each.end]


def _profile(blocks: list[bytes]) -> bytes | None:
    """Return the ICC profile from numbered blocks (ICC.1, B.4), or None if one is missing."""
    parts = {block[0]: block[2:] for block in blocks if len(block) > 2}
    complete = bool(parts) and sorted(parts) == list(range(1, blocks[0][1] + 1))
    return b"".join(parts[n] for n in sorted(parts)) if complete else None


def _load(parts: list[bytes], size: tuple[int, int], fillers: tuple[bytes, ...]) -> Image.Image:
    """Return the picture; check small ones, whose last block matters, with a second filler."""
    picture = _decode(parts, size, fillers[0])
    if size[0] * size[1] <= MAX_PIXELS_DECODED_TWICE:
        for filler in fillers[1:]:
            if _decode(parts, size, filler).tobytes() != picture.tobytes():
                raise truncated("the last block of the picture is not complete")
    return picture


def _decode(parts: list[bytes], size: tuple[int, int], filler: bytes) -> Image.Image:
    """Return the picture in `parts`.

    Raises:
        Rejected: a scan is incomplete, or the decoder refuses the data.
        MemoryError: the memory is not enough, which is not the upload's fault.
    """
    picture = open_with_pillow("JPEG", parts[0], size)
    picture.load_prepare()
    codec, _, _, args = picture.tile.pop()
    try:
        complete = fill(picture, _pieces(parts, filler), codec, args, picture.decoderconfig)
    except Rejected:
        if filler not in ZEROS:  # an arithmetic decoder cannot wait for more data
            raise
        complete = False
    if not complete:
        bottom = (picture.getbbox() or (0, 0, 0, 0))[3]  # rows that were not decoded are black
        raise truncated(f"only the upper {100 * bottom // size[1]:02}% of the picture is there")
    return picture


def _pieces(parts: Iterable[bytes], filler: bytes) -> Iterator[bytes]:
    """Yield the data for the decoder, which has to consume each piece completely.

    After a scan come the next restart marker and probes, which the decoder skips only between scans.
    """
    for part in parts:
        yield part + filler
        yield PROBE
        last = max(part.rfind(bytes((0xFF, 0xD0 + n))) for n in range(8))
        yield bytes((0xFF, 0xD0 + (part[last + 1] + 1) % 8 if last >= 0 else 0xD0))
        yield PROBE
    yield EOI
