"""The sequence of an AVIF file: what the boxes of its tracks say, before any decoder runs.

Source: ISO/IEC 14496-12, 8.3 to 8.7.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from imaging.formats import av1
from imaging.formats.boxes import Boxes, FullBox, find, first_of_each, split
from imaging.formats.properties import Properties, by_name
from imaging.model import Size
from imaging.rejection import bytes_missing, corrupt

REQUIRED = {b"hdlr", b"tkhd", b"mdhd", b"stts", b"stsd", b"stsc", b"stsz"}
AROUND = (b"mdia", b"minf", b"stbl", b"edts")  # boxes that contain these
SAMPLE_ENTRY = 78  # bytes before the boxes of a visual sample entry


class Sequence(NamedTuple):
    """A sequence: the times of its first frames, and how often it is shown (0: forever)."""

    size: Size
    milliseconds: list[int]
    loop_count: int
    properties: Properties
    coded_colors: av1.Colors | None


def read_sequence(content: bytes, most: int) -> Sequence:
    """Return the first track of pictures, with `most` frames at most.

    Raises:
        Rejected: there is none, or its boxes contradict each other.
    """
    tracks = [_descendants(track) for kind, track in split(find(content, b"moov")) if kind == b"trak"]
    if not all(track.keys() >= REQUIRED for track in tracks):
        raise corrupt("a track without times or samples")
    colors = [_check_samples(content, track, most) for track in tracks]
    for track, coded in zip(tracks, colors, strict=True):
        if bytes(track[b"hdlr"][8:12]) == b"pict":
            times, properties = _milliseconds(track, most), _sample_properties(track)
            return Sequence(_size(track), times, _loop_count(track), properties, coded)
    raise corrupt("a sequence without a track of pictures")


def _descendants(track: memoryview) -> Boxes:
    """Return the boxes of a track, without the boxes around them."""
    found = first_of_each(split(track))
    for around in AROUND:
        found |= first_of_each(split(found.get(around, memoryview(b""))))
    return found


def _check_samples(content: bytes, track: Boxes, most: int) -> av1.Colors | None:
    """Return the colors that a track's samples name.

    Raises:
        Rejected: bytes of a sample are missing, or one of the first `most` is larger than the track.
    """
    header = None
    for number, (start, end) in enumerate(_samples(track)):
        if end > len(content):
            raise bytes_missing(end - len(content), end)
        if number < most and bytes(track[b"stsd"][12:16]) == b"av01":
            header = av1.check_size(memoryview(content)[start:end], _size(track), header)
    return av1.colors(header)


def _samples(track: Boxes) -> Iterator[tuple[int, int]]:
    """Yield where each sample of a track, which are in chunks, starts and ends in the file."""
    offsets = FullBox(track.get(b"stco", memoryview(bytes(8)))).table(1, 4)
    if b"co64" in track:
        offsets = FullBox(track[b"co64"]).table(1, 8)
    stsz = FullBox(track[b"stsz"])
    size, count = stsz.number(4), stsz.count(4)
    sizes = [size] * count if size else stsz.numbers(count, 4)
    runs = [*FullBox(track[b"stsc"]).table(3, 4), (len(offsets) + 1, 0, 0)]
    first = 0
    for (start, samples, _), (end, *_) in pairwise(runs):
        for (offset,) in offsets[start - 1 : end - 1]:
            for each in sizes[first : first + samples]:
                yield offset, offset + each
                offset += each
            first += samples


def _size(track: Boxes) -> Size:
    tkhd = FullBox(track[b"tkhd"])
    tkhd.take(84 if tkhd.version else 72)
    return tkhd.number(4) >> 16, tkhd.number(4) >> 16


def _milliseconds(track: Boxes, most: int) -> list[int]:
    """Return the times of the first frames of a track."""
    mdhd = FullBox(track[b"mdhd"])
    mdhd.take(16 if mdhd.version else 8)
    scale = mdhd.number(4) or 1
    times: list[int] = []
    for count, duration in FullBox(track[b"stts"]).table(2, 4):
        times += [round(1000 * duration / scale)] * min(count, most - len(times))
    return times


def _loop_count(track: Boxes) -> int:
    """Return how often a track is shown: its duration divided by that of the part that its edit list repeats."""
    if b"elst" not in track:
        return 0
    elst, tkhd = FullBox(track[b"elst"]), FullBox(track[b"tkhd"])
    if not elst.flags & 1:
        return 1
    elst.take(4)
    part = elst.number(8 if elst.version else 4)
    size = 8 if tkhd.version else 4
    tkhd.take(2 * size + 8)
    whole = tkhd.number(size)
    if not part or whole == (1 << 8 * size) - 1:
        return 0
    return -(-whole // part)


def _sample_properties(track: Boxes) -> Properties:
    """Return the properties of a track's pictures."""
    _kind, entry = next(split(track[b"stsd"][8:]), (b"", memoryview(b"")))
    return by_name(split(entry[SAMPLE_ENTRY:]))
