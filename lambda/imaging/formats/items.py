"""The primary picture of a HEIF or AVIF file: what the boxes of its items say, before any decoder runs.

Source: ISO/IEC 23008-12; ISO/IEC 14496-12, 8.11.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import NamedTuple

from imaging.formats import av1
from imaging.formats.boxes import Boxes, Cursor, FullBox, find, first_of_each, split
from imaging.formats.properties import Properties, by_name
from imaging.limits import MIN_PADDING
from imaging.model import Size
from imaging.rejection import bytes_missing, corrupt, truncated

REQUIRED = {b"pitm", b"iinf", b"iloc", b"iprp"}
ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")
IN_FILE, IN_IDAT = 0, 1  # where an item's data are
HEVC, AV1 = b"hvc1", b"av01"
# How many zeros at the end of an item, by its kind, stand for data that was lost. A HEVC picture never ends in a zero
# (ITU-T H.265, 7.4.2.1). An AV1 picture may be padded with them.
MIN_ZEROS = {HEVC: 1, AV1: MIN_PADDING}

Extent = tuple[int, int, int]  # where it is, its start, and its end


class Item(NamedTuple):
    """One item: its `kind`, such as av01 or grid, and the items that it is derived from, or is auxiliary to."""

    kind: bytes
    properties: Properties
    parts: Sequence[int]
    auxiliary_to: Sequence[int]
    extents: Sequence[Extent]

    @property
    def size(self) -> Size:
        """Return its width and height, or raise Rejected."""
        if b"ispe" not in self.properties:
            raise corrupt("a picture without a size")
        width, height = FullBox(self.properties[b"ispe"]).numbers(2, 4)
        if not width or not height:
            raise corrupt("a picture without pixels")
        return width, height


class Primary(NamedTuple):
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


def read_primary(content: bytes, whole: bool) -> Primary:
    """Return what the boxes say about the primary picture.

    Raises:
        Rejected: bytes of it are missing, or of any item if the file has to be `whole`; or the boxes make no sense.
    """
    meta = first_of_each(split(find(content, b"meta")[4:]))
    if missing := REQUIRED - meta.keys():
        raise corrupt("no " + ", ".join(sorted(kind.decode() for kind in missing)) + " box")
    items = _items(meta)
    pitm = FullBox(meta[b"pitm"])
    number = pitm.number(4 if pitm.version else 2)
    if number not in items:
        raise corrupt("its primary picture isn't there")
    alphas = [each for each, item in items.items() if number in item.auxiliary_to and _is_alpha(item)]
    needed = _needed([number, *alphas], items)
    headers = _check_data(content, meta, items, needed, whole)
    item = items[number]
    return Primary(
        item.size,
        max((items[each].size for each in needed if b"ispe" in items[each].properties), key=prod),
        frozenset(items[each].kind for each in needed if not items[each].parts),
        bool(alphas),
        _with_colors(item, items),
        av1.colors(headers.get(item.parts[0] if item.parts else number)),
    )


def _items(meta: Boxes) -> dict[int, Item]:
    properties, references = dict(_properties(meta[b"iprp"])), dict(_references(meta))
    extents: dict[int, list[Extent]] = {}
    for number, extent in _extents(meta[b"iloc"]):
        extents.setdefault(number, []).append(extent)
    return {
        number: Item(
            kind,
            properties.get(number, {}),
            references.get((b"dimg", number), ()),
            references.get((b"auxl", number), ()),
            extents.get(number, ()),
        )
        for number, kind in _kinds(meta[b"iinf"])
    }


def _kinds(data: memoryview) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the kind of each item in an iinf box."""
    iinf = FullBox(data)
    iinf.take(4 if iinf.version else 2)
    for kind, entry in split(data[iinf.at :]):
        infe = FullBox(entry)
        if kind == b"infe" and infe.version >= 2:
            number, _ = infe.number(2 if infe.version == 2 else 4), infe.take(2)
            yield number, bytes(infe.take(4))


def _references(meta: Boxes) -> Iterator[tuple[tuple[bytes, int], list[int]]]:
    """Yield the kind of each reference with the item that refers, and the items that it refers to."""
    iref = FullBox(meta.get(b"iref", memoryview(bytes(4))))
    size = 4 if iref.version else 2
    for kind, content in split(iref.data[4:]):
        reference = Cursor(content)
        yield (kind, reference.number(size)), reference.numbers(reference.number(2), size)


def _properties(data: memoryview) -> Iterator[tuple[int, Properties]]:
    """Yield the number of each item and its properties."""
    found = first_of_each(split(data))
    if not {b"ipco", b"ipma"} <= found.keys():
        raise corrupt("no properties")
    known = list(split(found[b"ipco"]))
    ipma = FullBox(found[b"ipma"])
    size = 2 if ipma.flags & 1 else 1
    for _ in range(ipma.count(4)):
        number = ipma.number(4 if ipma.version else 2)
        indices = [index & (1 << 8 * size - 1) - 1 for index in ipma.numbers(ipma.number(1), size)]
        yield number, by_name(known[index - 1] for index in indices if 0 < index <= len(known))


def _extents(data: memoryview) -> Iterator[tuple[int, Extent]]:
    """Yield the number of an item and an extent, for each extent in an iloc box."""
    iloc = FullBox(data)
    sizes = iloc.number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    number_size = 4 if iloc.version == 2 else 2
    for _ in range(iloc.count(number_size)):
        number = iloc.number(number_size)
        method = iloc.number(2) & 15 if iloc.version else IN_FILE
        iloc.take(2)
        base = iloc.number(base_size)
        for _ in range(iloc.number(2)):
            iloc.take(index_size if iloc.version else 0)
            start = base + iloc.number(offset_size)
            yield number, (method, start, start + iloc.number(length_size))


def _is_alpha(item: Item) -> bool:
    return bytes(item.properties.get(b"auxC", b"")[4:]).startswith(ALPHA)


def _needed(wanted: list[int], items: Mapping[int, Item]) -> set[int]:
    """Return the items that are decoded for the `wanted` ones: themselves, and their parts."""
    needed: set[int] = set()
    while wanted:
        each = wanted.pop()
        if each not in items:
            raise corrupt("a part of its picture isn't there")
        if each not in needed:
            needed.add(each)
            wanted += items[each].parts
    return needed


def _check_data(
    content: bytes, meta: Boxes, items: Mapping[int, Item], needed: set[int], whole: bool
) -> dict[int, av1.SequenceHeader | None]:
    """Return the sequence headers of the `needed` items that are AV1.

    Raises:
        Rejected: data are missing, or larger than the item says.
    """
    sources = {IN_FILE: memoryview(content), IN_IDAT: meta.get(b"idat", memoryview(b""))}
    headers = {}
    for number, item in items.items():
        pieces = list(_pieces(sources, item)) if whole or number in needed else []
        if number in needed:
            data = pieces[0] if len(pieces) == 1 else memoryview(b"".join(pieces))
            zeros = bytes(MIN_ZEROS.get(item.kind, 0))
            if zeros and data[-len(zeros) :] == zeros:
                raise truncated("the file ends in zeros where the data of the picture should be")
            if item.kind == AV1:
                headers[number] = av1.check_size(data, item.size)
    return headers


def _pieces(sources: Mapping[int, memoryview], item: Item) -> Iterator[memoryview]:
    """Yield the data of an item, or raise Rejected if some are missing."""
    for method, start, end in item.extents:
        source = sources.get(method, memoryview(b""))
        if method in sources and end > len(source):
            raise bytes_missing(end - len(source), end)
        yield source[start:end]


def _with_colors(item: Item, items: Mapping[int, Item]) -> Properties:
    """Return the properties of an item. If it says nothing about its colors, its first part does."""
    if not item.parts or any(kind.startswith(b"colr") for kind in item.properties):
        return item.properties
    of_part = items[item.parts[0]].properties
    return {**item.properties, **{kind: data for kind, data in of_part.items() if kind.startswith(b"colr")}}
