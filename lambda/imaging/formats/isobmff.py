"""The boxes of HEIF and AVIF files: what they say about the primary picture or a sequence, before any decoder runs.

Sources: ISO/IEC 14496-12 (boxes, tracks), ISO/IEC 23008-12 (items, properties).
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from imaging import icc
from imaging.formats import av1
from imaging.limits import MIN_PADDING
from imaging.rejection import bytes_missing, corrupt, truncated

Size = tuple[int, int]
Reference = tuple[bytes, int, list[int]]  # its kind, the item that refers, and the items that it refers to
Properties = Mapping[bytes, memoryview]  # the first of each kind; colr with what it contains, such as colrnclx

MAX_BOXES = 10_000  # in one box
MAX_ENTRIES = 100_000  # in one table: items (a grid of 48 megapixels has about 200) or frames
ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")
HIGH_BIT_DEPTH = 0x40  # flag in av1C
IN_FILE, IN_IDAT = 0, 1  # where an item's data is
HEVC, AV1 = b"hvc1", b"av01"
# How many zeros at the end of an item, by its kind, stand for data that was lost. A HEVC picture never ends in a zero
# (ITU-T H.265, 7.4.2.1). An AV1 picture may be padded with them.
MIN_ZEROS = {HEVC: 1, AV1: MIN_PADDING}
NOT_MIRRORED, UPSIDE_DOWN, LEFT_TO_RIGHT = -1, 0, 1  # the axes of imir
ORIENTATIONS = {
    **dict(zip(((quarters, NOT_MIRRORED) for quarters in range(4)), (1, 8, 3, 6), strict=True)),
    **dict(zip(((quarters, UPSIDE_DOWN) for quarters in range(4)), (4, 5, 2, 7), strict=True)),
    **dict(zip(((quarters, LEFT_TO_RIGHT) for quarters in range(4)), (2, 7, 4, 5), strict=True)),
}
TRACK = {b"hdlr", b"tkhd", b"mdhd", b"stts", b"stsd", b"stsc", b"stsz"}  # what a track has to have
SAMPLE_ENTRY = 78  # bytes before the boxes of a visual sample entry


class Cursor:
    """Numbers in a box, read one after the other."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> memoryview:
        """Return the next `count` bytes, or raise Rejected."""
        self.at += count
        if self.at > len(self.data):
            raise corrupt("a box is too short for its content")
        return self.data[self.at - count : self.at]

    def number(self, count: int) -> int:
        """Return the unsigned number in the next `count` bytes; 0 for no bytes."""
        return int.from_bytes(self.take(count), "big")

    def numbers(self, count: int, size: int) -> list[int]:
        """Return `count` numbers of `size` bytes each."""
        return [self.number(size) for _ in range(count)]

    def rest(self) -> memoryview:
        """Return what has not been read yet."""
        return self.data[self.at :]


@dataclass(frozen=True)
class Item:
    """One item: its `kind`, such as av01 or grid, its properties, and the parts that it is derived from."""

    kind: bytes
    properties: Properties
    parts: tuple[int, ...]


@dataclass(frozen=True)
class Primary:
    """The primary picture.

    `size` is that of its pixels before they are cropped and turned. `largest` is the size of the largest picture that
    is decoded for it, and `codecs` are the kinds of the items that contain pixels. `alpha` says whether it has any.
    `coded_colors` are what AV1 says itself.
    """

    size: Size
    largest: Size
    codecs: frozenset[bytes]
    alpha: bool
    properties: Properties
    coded_colors: av1.Colors | None


@dataclass(frozen=True)
class Sequence:
    """A sequence: the times of its first frames, and how often it is shown (0: forever)."""

    size: Size
    milliseconds: list[int]
    loop_count: int
    properties: Properties
    coded_colors: av1.Colors | None


def boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yield the kind and the content of each box in `data`.

    Raises:
        Rejected: a box is longer than `data`, or there are too many.
    """
    at = 0
    for _ in range(MAX_BOXES):
        if at + 8 > len(data):
            return
        size, kind, header = int.from_bytes(data[at : at + 4], "big"), bytes(data[at + 4 : at + 8]), 8
        if size == 1:
            size, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        end = at + size if size else len(data)
        if end < at + header or min(kind) < ord(" "):
            raise corrupt("its boxes make no sense")
        if end > len(data):
            raise bytes_missing(end - len(data), end)
        yield kind, data[at + header : end]
        at = end
    raise corrupt(f"more than {MAX_BOXES:,} boxes")


def first_of_each(found: Iterable[tuple[bytes, memoryview]]) -> dict[bytes, memoryview]:
    """Return the first box of each kind."""
    return dict(reversed(list(found)))


def box(content: bytes, kind: bytes) -> memoryview:
    """Return the file's first box of that `kind`. What follows it may be missing.

    Raises:
        Rejected: it is not there.
    """
    for each, data in boxes(memoryview(content)):
        if each == kind:
            return data
    raise truncated(f"the file ends before its {kind.decode()} box")


def major_brand(content: bytes) -> bytes:
    """Return what the file calls itself."""
    return content[8:12]


def primary(content: bytes, whole: bool) -> Primary:
    """Return what the boxes say about the primary picture.

    Raises:
        Rejected: bytes of it are missing, or of any item if the file has to be `whole`; or the boxes make no sense.
    """
    meta = first_of_each(boxes(box(content, b"meta")[4:]))
    missing = {b"pitm", b"iinf", b"iloc", b"iprp"} - meta.keys()
    if missing:
        raise corrupt("no " + ", ".join(sorted(kind.decode() for kind in missing)) + " box")
    number, references = _primary_number(meta[b"pitm"]), list(_references(meta.get(b"iref", memoryview(b""))))
    items = _items(meta, references)
    if number not in items:
        raise corrupt("its primary picture isn't there")
    needed = _needed(number, items, references)
    ends = _check_extents(content, meta, needed, whole)
    if any(_ends_in_zeros(memoryview(content)[:end], items[each].kind) for each, end in ends.items()):
        raise truncated("the file ends in zeros where the data of the picture should be")
    headers = {
        each: _check_coded_size(_data(content, meta, each), _size(items[each]))
        for each in needed
        if items[each].kind == AV1
    }
    sizes = [_size(items[each]) for each in needed if b"ispe" in items[each].properties]
    return Primary(
        _size(items[number]),
        max(sizes, key=lambda size: size[0] * size[1]),
        frozenset(items[each].kind for each in needed if not items[each].parts),
        bool(_alphas(number, items, references)),
        _inherited(items, number),
        _coded_colors(headers.get((items[number].parts or (number,))[0])),
    )


def sequence(content: bytes, most: int) -> Sequence:
    """Return the first picture track, with `most` frames at most.

    Raises:
        Rejected: there is none, or its boxes contradict each other.
    """
    tracks = [_descendants(track) for kind, track in boxes(box(content, b"moov")) if kind == b"trak"]
    if not all(track.keys() >= TRACK for track in tracks):
        raise corrupt("a track without times or samples")
    colors = [_check_samples(content, track, most) for track in tracks]
    for track, coded in zip(tracks, colors, strict=True):
        if bytes(track[b"hdlr"][8:12]) == b"pict":
            times, properties = _milliseconds(track, most), _sample_properties(track)
            return Sequence(_track_size(track[b"tkhd"]), times, _loop_count(track), properties, coded)
    raise corrupt("a sequence without a track of pictures")


def profile(properties: Properties, coded_colors: av1.Colors | None = None) -> bytes | None:
    """Return the ICC profile, or one for the codes of the color space, or None for sRGB.

    A container without codes leaves it to the coded picture.
    """
    for kind in (b"colrprof", b"colrrICC"):
        if kind in properties:
            return bytes(properties[kind][4:])
    if b"colrnclx" in properties:
        codes = Cursor(properties[b"colrnclx"][4:])
        coded_colors = codes.number(2), codes.number(2)
    return icc.coded_profile(*coded_colors) if coded_colors else None


def orientation(properties: Properties) -> int:
    """Return the rotation (irot) and the mirroring (imir) after it, as the orientation of EXIF that looks the same."""
    quarters = properties[b"irot"][0] & 3 if properties.get(b"irot") else 0  # against the clock
    axis = properties[b"imir"][0] & 1 if properties.get(b"imir") else NOT_MIRRORED
    return ORIENTATIONS[quarters, axis]


def has_high_bit_depth(properties: Properties) -> bool:
    """Return whether an AV1 picture has more than 8 bits."""
    return len(properties.get(b"av1C", b"")) > 2 and bool(properties[b"av1C"][2] & HIGH_BIT_DEPTH)


def crop(properties: Properties, size: Size) -> Size:
    """Return the size that remains of the upper left corner.

    Browsers ignore a clean aperture (clap) that starts elsewhere, has a fraction of a pixel, or exceeds the picture.
    """
    data = properties.get(b"clap", memoryview(b""))
    if len(data) < 32:
        return size
    width, width_of, height, height_of, x, x_of, y, y_of = struct.unpack_from(">IIIIiIiI", data)
    kept = _cropped(width, width_of, x, x_of, size[0]), _cropped(height, height_of, y, y_of, size[1])
    return kept if all(kept) else size


def _cropped(length: int, of: int, offset: int, offset_of: int, side: int) -> int:
    """Return the pixels that remain of a side if they start at its beginning, else 0."""
    if not of or not offset_of or length % of:
        return 0
    kept = length // of
    starts_at_0 = 2 * offset == (kept - side) * offset_of  # the offset is that of the center
    return kept if 0 < kept <= side and starts_at_0 else 0


def _primary_number(data: memoryview) -> int:
    pitm = Cursor(data)
    return pitm.number(2 if pitm.number(4) >> 24 == 0 else 4)


def _items(meta: Mapping[bytes, memoryview], references: list[Reference]) -> dict[int, Item]:
    properties = dict(_properties(meta[b"iprp"]))
    parts = {number: tuple(to) for kind, number, to in references if kind == b"dimg"}
    return {
        number: Item(kind, properties.get(number, {}), parts.get(number, ())) for number, kind in _kinds(meta[b"iinf"])
    }


def _kinds(data: memoryview) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the kind of each item in an iinf box."""
    iinf = Cursor(data)
    iinf.number(2 if iinf.number(4) >> 24 == 0 else 4)
    for kind, entry in boxes(iinf.rest()):
        infe = Cursor(entry)
        version = infe.number(4) >> 24
        if kind == b"infe" and version >= 2:
            number = infe.number(2 if version == 2 else 4)
            infe.take(2)
            yield number, bytes(infe.take(4))


def _references(data: memoryview) -> Iterator[Reference]:
    """Yield the kind of each reference, the item that refers, and the items that it refers to."""
    if not data:
        return
    size = 2 if data[0] == 0 else 4
    for kind, content in boxes(data[4:]):
        reference = Cursor(content)
        yield kind, reference.number(size), reference.numbers(reference.number(2), size)


def _properties(data: memoryview) -> Iterator[tuple[int, Properties]]:
    """Yield the number of each item and its properties."""
    found = first_of_each(boxes(data))
    if not {b"ipco", b"ipma"} <= found.keys():
        raise corrupt("no properties")
    known = list(boxes(found[b"ipco"]))
    ipma = Cursor(found[b"ipma"])
    flags = ipma.number(4)
    for _ in range(_count(ipma.number(4))):
        number = ipma.number(2 if flags >> 24 == 0 else 4)
        size = 2 if flags & 1 else 1
        indices = [index & (1 << 8 * size - 1) - 1 for index in ipma.numbers(ipma.number(1), size)]
        yield number, _by_name(known[index - 1] for index in indices if 0 < index <= len(known))


def _by_name(found: Iterable[tuple[bytes, memoryview]]) -> Properties:
    return first_of_each((kind + bytes(data[:4]) if kind == b"colr" else kind, data) for kind, data in found)


def _count(number: int) -> int:
    if number > MAX_ENTRIES:
        raise corrupt(f"a table of more than {MAX_ENTRIES:,} entries")
    return number


def _needed(number: int, items: Mapping[int, Item], references: list[Reference]) -> set[int]:
    """Return the items that are decoded for one: itself, its alpha, and the parts of both."""
    needed: set[int] = set()
    wanted = [number, *_alphas(number, items, references)]
    while wanted:
        each = wanted.pop()
        if each not in items:
            raise corrupt("a part of its picture isn't there")
        if each not in needed:
            needed.add(each)
            wanted += items[each].parts
    return needed


def _alphas(number: int, items: Mapping[int, Item], references: list[Reference]) -> list[int]:
    """Return the items that are the alpha of another."""
    return [each for kind, each, to in references if kind == b"auxl" and number in to and _is_alpha(items.get(each))]


def _is_alpha(item: Item | None) -> bool:
    return item is not None and b"auxC" in item.properties and bytes(item.properties[b"auxC"][4:]).startswith(ALPHA)


def _size(item: Item) -> Size:
    if b"ispe" not in item.properties:
        raise corrupt("a picture without a size")
    ispe = Cursor(item.properties[b"ispe"])
    ispe.take(4)
    return ispe.number(4), ispe.number(4)


def _inherited(items: Mapping[int, Item], number: int) -> Properties:
    """Return the properties of an item. If it says nothing about its colors, its first part does."""
    item = items[number]
    if not item.parts or any(kind.startswith(b"colr") for kind in item.properties):
        return item.properties
    of_part = items[item.parts[0]].properties
    return {**item.properties, **{kind: data for kind, data in of_part.items() if kind.startswith(b"colr")}}


def _ends_in_zeros(data: memoryview, kind: bytes) -> bool:
    zeros = bytes(MIN_ZEROS.get(kind, 0))
    return bool(zeros) and data[-len(zeros) :] == zeros


def _check_extents(
    content: bytes, meta: Mapping[bytes, memoryview], needed: set[int], whole: bool
) -> Mapping[int, int]:
    """Raise Rejected if bytes are missing of the `needed` items, or of any if the file has to be `whole`.

    Return where the data of each of the `needed` items end in the file, if they are not in an idat box.
    """
    ends = {IN_FILE: len(content), IN_IDAT: len(meta.get(b"idat", b""))}
    found: dict[int, int] = {}
    for number, method, _, end in _extents(meta[b"iloc"]):
        found[number] = end if method == IN_FILE else 0
        if (whole or number in needed) and end > ends.get(method, end):
            raise bytes_missing(end - ends[method], end)
    if not needed <= found.keys():
        raise corrupt("a part of its picture has no data")
    return {number: found[number] for number in needed}


def _data(content: bytes, meta: Mapping[bytes, memoryview], item: int) -> memoryview:
    """Return the data of an item, which is copied only if it is in several pieces."""
    whole = {IN_FILE: memoryview(content), IN_IDAT: meta.get(b"idat", memoryview(b""))}
    pieces = [
        whole.get(method, memoryview(b""))[start:end]
        for number, method, start, end in _extents(meta[b"iloc"])
        if number == item
    ]
    return pieces[0] if len(pieces) == 1 else memoryview(b"".join(pieces))


def _check_coded_size(
    data: memoryview, size: Size, sequence: av1.SequenceHeader | None = None
) -> av1.SequenceHeader | None:
    """Raise Rejected if an AV1 picture is larger than its container says: the decoder would decode all of it.

    Return its sequence header, which is that of the samples before it, `sequence`, unless it has one.
    """
    sizes, sequence = av1.read_headers(data, sequence)
    if any(width > size[0] or height > size[1] for width, height in sizes):
        raise corrupt("it contradicts itself about its size")
    return sequence


def _coded_colors(header: av1.SequenceHeader | None) -> av1.Colors | None:
    return header.colors if header else None


def _extents(data: memoryview) -> Iterator[tuple[int, int, int, int]]:
    """Yield, for each extent in an iloc box, the number of its item, where it is, its start, and its end."""
    iloc = Cursor(data)
    version = iloc.number(4) >> 24
    sizes = iloc.number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    for _ in range(_count(iloc.number(4 if version == 2 else 2))):
        number = iloc.number(4 if version == 2 else 2)
        method = iloc.number(2) & 15 if version else IN_FILE
        iloc.take(2)
        base = iloc.number(base_size)
        for _ in range(iloc.number(2)):
            iloc.take(index_size if version else 0)
            start = base + iloc.number(offset_size)
            yield number, method, start, start + iloc.number(length_size)


def _descendants(track: memoryview) -> dict[bytes, memoryview]:
    """Return the boxes of a track, without the boxes around them."""
    found = first_of_each(boxes(track))
    for around in (b"mdia", b"minf", b"stbl", b"edts"):
        found |= first_of_each(boxes(found.get(around, memoryview(b""))))
    return found


def _check_samples(content: bytes, track: Mapping[bytes, memoryview], most: int) -> av1.Colors | None:
    """Raise Rejected if bytes of a track's samples are missing, or one of the first `most` is larger than the track.

    Return the colors that they name.
    """
    size, header = _track_size(track[b"tkhd"]), None
    for number, (start, end) in enumerate(_samples(track)):
        if end > len(content):
            raise bytes_missing(end - len(content), end)
        if number < most and bytes(track[b"stsd"][12:16]) == AV1:
            header = _check_coded_size(memoryview(content)[start:end], size, header)
    return _coded_colors(header)


def _samples(track: Mapping[bytes, memoryview]) -> Iterator[tuple[int, int]]:
    """Yield where each sample of a track, which are in chunks, starts and ends in the file."""
    wide = b"co64" in track
    offsets = _table(track[b"co64"] if wide else track.get(b"stco", memoryview(bytes(8))), 1, 8 if wide else 4)
    stsz = Cursor(track[b"stsz"])
    stsz.take(4)
    size, count = stsz.number(4), _count(stsz.number(4))
    sizes = [size] * count if size else stsz.numbers(count, 4)
    runs = [*_table(track[b"stsc"], 3, 4), (len(offsets) + 1, 0, 0)]
    first = 0
    for (start, samples, _), (end, *_) in pairwise(runs):
        for (offset,) in offsets[start - 1 : end - 1]:
            for each in sizes[first : first + samples]:
                yield offset, offset + each
                offset += each
            first += samples


def _table(data: memoryview, columns: int, size: int) -> list[tuple[int, ...]]:
    """Return the rows of a table that begins with their count."""
    table = Cursor(data)
    table.take(4)
    return [tuple(table.numbers(columns, size)) for _ in range(_count(table.number(4)))]


def _track_size(data: memoryview) -> Size:
    tkhd = Cursor(data)
    tkhd.take(76 if data[0] == 0 else 88)
    return tkhd.number(4) >> 16, tkhd.number(4) >> 16


def _milliseconds(found: Mapping[bytes, memoryview], most: int) -> list[int]:
    """Return the times of the first frames of a track."""
    mdhd = Cursor(found[b"mdhd"])
    mdhd.take(8 if mdhd.number(4) >> 24 == 0 else 16)
    scale = mdhd.number(4) or 1
    times: list[int] = []
    for count, duration in _table(found[b"stts"], 2, 4):
        times += [round(1000 * duration / scale)] * min(count, most - len(times))
    return times


def _loop_count(found: Mapping[bytes, memoryview]) -> int:
    """Return how often a track is shown: its duration divided by that of the part that its edit list repeats."""
    if b"elst" not in found:
        return 0
    elst, tkhd = Cursor(found[b"elst"]), Cursor(found[b"tkhd"])
    version = elst.number(4)
    if not version & 1:
        return 1
    elst.take(4)
    part = elst.number(8 if version >> 24 else 4)
    size = 8 if tkhd.number(4) >> 24 else 4
    tkhd.take(2 * size + 8)
    whole = tkhd.number(size)
    if not part or whole == (1 << 8 * size) - 1:
        return 0
    return -(-whole // part)


def _sample_properties(found: Mapping[bytes, memoryview]) -> Properties:
    """Return the properties of a track's pictures."""
    stsd = boxes(found[b"stsd"][8:])
    _kind, entry = next(stsd, (b"", memoryview(b"")))
    return _by_name(boxes(entry[SAMPLE_ENTRY:]))
