"""JPEG files: segments, scans, and whether all of the picture is there."""

import hashlib
import re
import struct
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from PIL import Image

from imaging import exif
from imaging.model import Frame, Source, in_turn, load_with_pillow
from imaging.rejection import corrupt, no_picture_yet, truncated, unsupported

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
MARKER = re.compile(rb"\xff([\x02-\xcf\xd9-\xfe])")  # neither a restart marker nor data of a scan
START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
START_OF_SCAN, END = 0xDA, 0xD9
JFIF, EXIF, ICC, ADOBE, COMMENT = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
DESCRIBING = {*range(0xE0, 0xF0), COMMENT}
NEEDED = {JFIF: b"JFIF\0", ADOBE: b"Adobe"}  # they tell what colors the components are
MOST_SEGMENTS = 10_000
STRIPS = 100
RESTARTS = [bytes((0xFF, 0xD0 + n)) for n in range(8)]
FILLING = bytes(range(0xFB, 0xA3, -2))  # data to go on with where a scan ends


class Segment(NamedTuple):
    """A marker and where its content stands; that of a scan is its header."""

    marker: int
    start: int
    end: int


def read(content: bytes) -> Source:
    """A JPEG file; of several pictures in it (MPO) the first.

    Source: ITU-T T.81, annex B.

    Raises:
        Rejected: it has no whole header, or more components or bits than are decoded here.
    """
    segments = list(_segments(content))
    headers = [each for each in segments if each.marker in START_OF_FRAME]
    scans = [content[each.start : each.end] for each in segments if each.marker == START_OF_SCAN]
    if not headers or not scans:
        raise corrupt("there is no picture in it") if _ends(segments) else no_picture_yet()
    header = content[headers[0].start : headers[0].end]
    size = _size(header)
    load = partial(_load, _bare(content, segments), size, _ends(segments), _covered(header, scans))
    return Source(
        size,
        [Frame((0, 0, *size))],
        in_turn(load),
        profile=_profile(list(_blocks(content, segments, ICC, b"ICC_PROFILE\0"))),
        orientation=next(map(exif.orientation, _blocks(content, segments, EXIF, b"Exif\0\0")), 1),
        scans=len(scans),
    )


def _segments(content: bytes) -> Iterator[Segment]:
    """The segments up to the end of the first picture, or as far as the file goes."""
    at = len(SOI)
    for _ in range(MOST_SEGMENTS):
        found = MARKER.search(content, at)
        if not found:
            return
        marker, start = found[1][0], found.end()
        if marker == END:
            yield Segment(marker, start, start)
            return
        at = start + max(2, int.from_bytes(content[start : start + 2], "big"))
        yield Segment(marker, start + 2, at)
        if at > len(content):
            return
    raise corrupt(f"more than {MOST_SEGMENTS:,} segments")


def _ends(segments: list[Segment]) -> bool:
    return segments[-1:] != [] and segments[-1].marker == END


def _size(header: bytes) -> tuple[int, int]:
    """Width and height out of a start of frame."""
    try:
        bits, height, width, components = struct.unpack_from(">BHHB", header)
    except struct.error:
        raise no_picture_yet() from None
    if bits != 8 or components not in (1, 3, 4):
        raise unsupported(f"a JPEG with {bits} bits and {components} components")
    if not width or not height:
        raise unsupported("a JPEG that does not say its size at its start")
    return width, height


def _bare(content: bytes, segments: list[Segment]) -> bytes:
    """The file without what only describes it, up to the end of the picture; JFIF and Adobe tell its colors."""
    first = next(n for n, each in enumerate(segments) if each.marker == START_OF_SCAN)
    needed = [
        content[each.start - 4 : each.end]
        for each in segments[:first]
        if each.marker not in DESCRIBING or content.startswith(NEEDED.get(each.marker, b"\xff"), each.start)
    ]
    scans = memoryview(content)[segments[first].start - 4 : segments[-1].end if _ends(segments) else None]
    return b"".join((SOI, *needed, scans))


def _blocks(content: bytes, segments: list[Segment], marker: int, name: bytes) -> Iterator[bytes]:
    """What the application segments of that MARKER and NAME hold."""
    for each in segments:
        if each.marker == marker and content.startswith(name, each.start):
            yield content[each.start + len(name) : each.end]


def _profile(blocks: list[bytes]) -> bytes | None:
    """The ICC profile of numbered blocks (ICC.1, B.4), or None where one is missing."""
    parts = {block[0]: block[2:] for block in blocks if len(block) > 2}
    whole = bool(parts) and sorted(parts) == list(range(1, blocks[0][1] + 1))
    return b"".join(parts[n] for n in sorted(parts)) if whole else None


def _covered(header: bytes, scans: list[bytes]) -> bool:
    """Whether SCANS bring every coefficient of every component to its last bit."""
    missing = {component: set(range(64)) for component in header[6::3]}
    for scan in scans:
        components = scan[1 : 1 + 2 * scan[0] : 2] if scan else b""
        first, last, bits = [*scan[-3:], 0, 0, 0][:3]
        if not bits & 0x0F:
            for component in components:
                missing.get(component, set()).difference_update(range(first, last + 1))
    return not any(missing.values())


def _load(bare: bytes, size: tuple[int, int], ends: bool, covered: bool) -> Image.Image:
    """The picture, if all of it is there.

    Where data run out, libjpeg goes on with gray and says nothing that Pillow would report. So where that may have
    happened (the file has no end, lacks scans, or ends in mid-gray), it is decoded again with other data behind:
    a picture that is there as a whole does not change.
    """
    if not ends:
        bare = _without_padding(bare) + EOI
    picture = load_with_pillow("JPEG", bare, size)
    if ends and covered and not _ends_in_gray(picture):
        return picture
    if not ends and not covered:
        raise truncated("the end of the file is missing, and details of the whole picture with it")
    _check_whole(picture, bare, size)
    return picture


def _without_padding(bare: bytes) -> bytes:
    """BARE without the zeros that a broken transfer leaves where data should have come."""
    stripped = bare.rstrip(b"\0")
    return (bare if len(bare) - len(stripped) < 16 else stripped).rstrip(b"\xff")


def _ends_in_gray(picture: Image.Image) -> bool:
    corner = picture.crop((picture.width - 1, picture.height - 1, *picture.size))
    return all(126 <= level <= 130 for level in corner.tobytes())


def _check_whole(picture: Image.Image, bare: bytes, size: tuple[int, int]) -> None:
    other = load_with_pillow("JPEG", _filled(bare.removesuffix(EOI)) + EOI, size)
    same = [mine == yours for mine, yours in zip(_strips(picture), _strips(other), strict=True)]
    if not all(same):
        raise truncated(f"only the upper {100 * same.index(False) // len(same)}% of the picture is there")


def _filled(bare: bytes) -> bytes:
    """BARE with other data behind its own, at once and after the restart marker that may be due."""
    last = max(map(bare.rfind, RESTARTS))
    due = RESTARTS[(bare[last + 1] + 1) % 8 if last >= 0 else 0]
    return bare + FILLING + due + FILLING


def _strips(picture: Image.Image) -> list[bytes]:
    """A digest of each of some horizontal strips of PICTURE."""
    height = -(-picture.height // STRIPS)
    return [
        hashlib.blake2b(picture.crop((0, top, picture.width, min(top + height, picture.height))).tobytes()).digest()
        for top in range(0, picture.height, height)
    ]
