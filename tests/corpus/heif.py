"""HEIC and AVIF files that become variants: encoded pictures in containers that are written here, box by box."""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from typing import Any

import imagecodecs
import numpy
import pillow_heif
from PIL import Image

from tests.corpus.accepted import (
    ABOUT,
    COLORS,
    GRAY,
    NEAR,
    OPAQUE_AND_CLEAR,
    P3_IN_SRGB,
    P3_OF_2_2_IN_SRGB,
    display_p3,
    quarters,
    saved,
    turned_back,
)
from tests.corpus.av1 import FRAME, SEQUENCE, frame, obu, sequence_header
from tests.corpus.build import exif
from tests.corpus.case import HEIGHT, SIZE, WIDTH, Case, RejectedCase

BRANDS = {"HEIC": b"heicmif1miaf", "AVIF": b"avifmif1miaf"}
KINDS = {"HEIC": b"hvc1", "AVIF": b"av01"}
ALPHA = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"
GAIN_MAP = b"urn:com:apple:photo:2020:aux:hdrgainmap\0"
BT_601 = 6  # the matrix that holds also where a file names none
DISPLAY_P3, CURVE_OF_SRGB, PQ = 12, 13, 16
# irot (quarters against the clock) and imir (0: upside down, 1: left to right) that look like an EXIF orientation.
ORIENTATIONS = {1: (0, None), 2: (0, 1), 3: (2, None), 4: (0, 0), 5: (1, 0), 6: (3, None), 7: (1, 1), 8: (1, None)}
BLACK = Image.new("RGB", SIZE)


@dataclass(frozen=True)
class Item:
    """An item of a container; `references` are pairs of a kind and the numbers of other items."""

    kind: bytes
    data: bytes
    properties: tuple[bytes, ...] = ()
    references: tuple[tuple[bytes, tuple[int, ...]], ...] = ()


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full_box(kind: bytes, *content: bytes, version: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24), *content)


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    while data:
        length, kind = struct.unpack_from(">I4s", data)
        yield kind, data[8:length]
        data = data[length:]


def container(form: str, *items: Item, primary: int = 1) -> bytes:
    """A file with items, which are numbered from 1."""
    ftyp = box(b"ftyp", BRANDS[form][:4], bytes(4), BRANDS[form])
    start = len(ftyp) + len(meta(items, primary, 0)) + 8
    return ftyp + meta(items, primary, start) + box(b"mdat", *(item.data for item in items))


def meta(items: Sequence[Item], primary: int, start: int) -> bytes:
    """The meta box of items whose data follow each other from `start` on."""
    entries = places = referring = chosen = b""
    known: list[bytes] = []
    for n, item in enumerate(items, 1):
        entries += full_box(b"infe", struct.pack(">HH4sx", n, 0, item.kind), version=2)
        places += struct.pack(">HHHII", n, 0, 1, start, len(item.data))
        start += len(item.data)
        for kind, to in item.references:
            referring += box(kind, struct.pack(f">HH{len(to)}H", n, len(to), *to))
        known += [each for each in item.properties if each not in known]
        indices = [known.index(each) + 1 for each in item.properties]
        chosen += struct.pack(">HB", n, len(indices)) + bytes(0x80 | index for index in indices)
    return full_box(
        b"meta",
        full_box(b"hdlr", bytes(4), b"pict", bytes(13)),
        full_box(b"pitm", struct.pack(">H", primary)),
        full_box(b"iinf", struct.pack(">H", len(items)), entries),
        full_box(b"iloc", b"\x44\0", struct.pack(">H", len(items)), places),
        full_box(b"iref", referring) if referring else b"",
        box(b"iprp", box(b"ipco", *known), full_box(b"ipma", struct.pack(">I", len(items)), chosen)),
    )


def coded(form: str, picture: Image.Image, *properties: bytes, bits: int = 8, **options: Any) -> Item:
    """An encoded picture with the properties that it needs, and others."""
    return item_of(form, (hevc if form == "HEIC" else av1)(picture, bits, **options), *properties)


def item_of(form: str, content: bytes, *properties: bytes) -> Item:
    """The picture of a file that an encoder has written."""
    found = dict(boxes(content))
    inside = dict(boxes(dict(boxes(found[b"meta"][4:]))[b"iprp"]))
    wanted = {b"hvcC", b"av1C", b"ispe", b"pixi", b"clap"} - {each[4:8] for each in properties}  # HEVC pads, clap crops
    own = [box(kind, data) for kind, data in boxes(inside[b"ipco"]) if kind in wanted]
    return Item(KINDS[form], found[b"mdat"], (*own, *properties))


def hevc(picture: Image.Image, bits: int, chroma: int = 444) -> bytes:
    content = BytesIO()
    if bits == 8:
        encoded = pillow_heif.from_pillow(picture)
    else:
        levels = struct.pack(f"<{len(picture.tobytes())}H", *(257 * level for level in picture.tobytes()))
        mode = "I;16" if picture.mode == "L" else picture.mode + ";16"
        pillow_heif.options.SAVE_HDR_TO_12_BIT = bits == 12
        encoded = pillow_heif.from_bytes(mode, picture.size, levels)
    encoded.save(content, quality=-1, chroma=chroma, matrix_coefficients=BT_601)
    return content.getvalue()


def av1(picture: Image.Image, bits: int, chroma: int = 444, **options: Any) -> bytes:
    if bits == 8:
        subsampling = "4:0:0" if picture.mode == "L" else ":".join(str(chroma))
        return saved(picture, "AVIF", quality=100, subsampling=subsampling, **options)
    levels = (numpy.asarray(picture).astype("uint32") * ((1 << bits) - 1) // 255).astype("uint16")
    return bytes(imagecodecs.avif_encode(levels, level=100, bitspersample=bits, pixelformat=str(chroma), matrix=BT_601))


def nclx(primaries: int = 1, transfer: int = CURVE_OF_SRGB) -> bytes:
    return box(b"colr", b"nclx", struct.pack(">HHHB", primaries, transfer, BT_601, 0x80))


def still(form: str, *properties: bytes, colors: Any = COLORS, **options: Any) -> bytes:
    return container(form, coded(form, quarters(colors), nclx(), *properties, **options))


def with_colors(form: str, description: bytes) -> bytes:
    return container(form, coded(form, quarters(COLORS), description))


def without_colors(**options: Any) -> bytes:
    """A picture without a colr box: the range, the matrix, and the primaries are only in the coded picture."""
    return container("AVIF", coded("AVIF", quarters(COLORS), **options))


def av1_of(matrix: int, primaries: int) -> bytes:
    """A picture without a colr box, with other codes in the coded picture than the usual ones."""
    levels = numpy.asarray(quarters(COLORS))
    content = bytes(
        imagecodecs.avif_encode(levels, level=100, primaries=primaries, transfer=CURVE_OF_SRGB, matrix=matrix)
    )
    found = dict(boxes(content))
    inside = dict(boxes(dict(boxes(found[b"meta"][4:]))[b"iprp"]))
    own = [box(kind, data) for kind, data in boxes(inside[b"ipco"]) if kind in (b"av1C", b"ispe", b"pixi")]
    return container("AVIF", Item(b"av01", found[b"mdat"], tuple(own)))


def with_alpha(form: str, premultiplied: bool = False, **options: Any) -> bytes:
    """A picture with a transparent last quarter, in a separate item."""
    colors = [*COLORS[:3], (0, 0, 0)] if premultiplied else COLORS
    references = ((b"prem", (2,)),) if premultiplied else ()
    shown = replace(coded(form, quarters(colors), nclx(), **options), references=references)
    return container(form, shown, alpha(form, (255, 255, 255, 0), **options))


def alpha(form: str, levels: Sequence[int], kind: bytes = ALPHA, **options: Any) -> Item:
    plane = quarters([(level,) for level in levels])
    return replace(coded(form, plane, full_box(b"auxC", kind), **options), references=((b"auxl", (1,)),))


def turned(form: str, orientation: int, exif_orientation: int = 0) -> bytes:
    """The picture turned and mirrored so that irot and imir make it upright; EXIF has no effect."""
    quarter, axis = ORIENTATIONS[orientation]
    properties = [box(b"irot", bytes((quarter,)))] if quarter else []
    properties += [] if axis is None else [box(b"imir", bytes((axis,)))]
    picture = coded(form, turned_back(orientation), nclx(), *properties)
    metadata = Item(b"Exif", bytes(4) + exif(exif_orientation)[6:], references=((b"cdsc", (1,)),))
    return container(form, picture, *([metadata] if exif_orientation else []))


def cropped(form: str) -> bytes:
    """The picture in the upper left of a larger one, by a clean aperture, whose offset is that of the centers."""
    large = Image.new("RGB", (128, 64))
    large.paste(quarters(COLORS))
    clap = box(b"clap", struct.pack(">IIIIiIiI", WIDTH, 1, HEIGHT, 1, WIDTH - 128, 2, HEIGHT - 64, 2))
    return container(form, coded(form, large, nclx(), clap))


def grid(form: str) -> bytes:
    """The picture twice as large, of four tiles."""
    tiles = [coded(form, Image.new("RGB", (64, 64), color), nclx()) for color in COLORS]
    return grid_of(form, (128, 128), 2, tiles, nclx())


def grid_of(form: str, size: tuple[int, int], columns: int, tiles: Sequence[Item], *properties: bytes) -> bytes:
    """A picture of tiles in rows, cropped to `size`."""
    rows = len(tiles) // columns
    ispe = full_box(b"ispe", struct.pack(">II", *size))
    layout = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, *size)
    parts = tuple(range(2, len(tiles) + 2))
    return container(form, Item(b"grid", layout, (ispe, *properties), ((b"dimg", parts),)), *tiles)


def second_of_two(form: str) -> bytes:
    """A burst with the second picture as the primary one."""
    return container(form, coded(form, BLACK, nclx()), coded(form, quarters(COLORS), nclx()), primary=2)


def with_others(form: str) -> bytes:
    """A picture with a gain map and a thumbnail."""
    thumbnail = replace(coded(form, BLACK.resize((16, 16)), nclx()), references=((b"thmb", (1,)),))
    return container(form, coded(form, quarters(COLORS), nclx()), alpha(form, (0, 9, 90, 255), GAIN_MAP), thumbnail)


def sequence(loop_count: int = 0, levels: str = "limited") -> bytes:
    """An AVIF sequence. Pillow writes endless ones: the duration of the whole is that of the repeated part times n."""
    others = [quarters([each] * 4) for each in COLORS[:2]]
    times = [70, 50, 100]
    content = saved(
        quarters(COLORS), "AVIF", save_all=True, append_images=others, duration=times, quality=100, range=levels
    )
    at = content.index(b"tkhd") + 4 + 4 + 8 + 8 + 4 + 4
    return content[:at] + struct.pack(">Q", loop_count * sum(times)) + content[at + 8 :] if loop_count else content


def shown_once() -> bytes:
    content = sequence()
    at = content.index(b"elst") + 4
    return content[:at] + struct.pack(">I", 1 << 24) + content[at + 4 :]


def cases(form: str) -> Iterator[Case]:
    """The cases for both formats."""

    def case(name: str, make: Callable[..., bytes], *arguments: Any, **expected: Any) -> Case:
        options = expected.pop("options", {})
        return Case(
            name.format(form.lower()), partial(make, form, *arguments, **options), **{"tolerance": NEAR} | expected
        )

    clear = {"mode": "RGBA", "colors": OPAQUE_AND_CLEAR}
    yield case("{}", still)
    yield case("{}-420", still, options={"chroma": 420})
    yield case("{}-10-bits", still, options={"bits": 10})
    yield case("{}-12-bits", still, options={"bits": 12})
    yield case("{}-gray", still, options={"colors": GRAY}, mode="L", colors=GRAY)
    yield case("{}-alpha", with_alpha, **clear)
    yield case("{}-premultiplied", with_alpha, True, mode="RGBA", colors=(*OPAQUE_AND_CLEAR[:3], (0, 0, 0, 0)))
    yield from (case(f"{{}}-turned-{n}", turned, n) for n in ORIENTATIONS)
    yield case("{}-turned-also-in-exif", turned, 6, 6)
    yield case("{}-turned-only-in-exif", turned, 1, 6)
    yield case("{}-turned-unlike-exif", turned, 3, 8)
    yield case("{}-cropped", cropped)
    yield case("{}-grid", grid, size=(128, 128))
    yield case("{}-second-of-two", second_of_two)
    yield case("{}-with-gain-map-and-thumbnail", with_others)
    yield case("{}-after-end", lambda form: still(form) + b"garbage, and more of it")
    yield case(
        "profile-{}", with_colors, box(b"colr", b"prof", display_p3()), colors=P3_OF_2_2_IN_SRGB, tolerance=ABOUT
    )
    yield case("profile-{}-codes", with_colors, nclx(DISPLAY_P3), colors=P3_IN_SRGB, tolerance=ABOUT)
    yield case("profile-{}-hdr", with_colors, nclx(9, PQ))


HEIF_CASES: tuple[Case, ...] = (
    *cases("HEIC"),
    *cases("AVIF"),
    Case("avif-without-colr", without_colors, tolerance=NEAR),
    Case("avif-without-colr-limited", partial(without_colors, range="limited"), tolerance=NEAR),
    Case("avif-without-colr-bt-709", partial(av1_of, 1, 1), tolerance=NEAR),
    Case("avif-without-colr-p3", partial(av1_of, 1, 12), colors=P3_IN_SRGB, tolerance=ABOUT),
    Case("avif-animated", sequence, milliseconds=(70, 50, 100), loop_count=0, tolerance=NEAR),
    Case("avif-animated-thrice", partial(sequence, 3), milliseconds=(70, 50, 100), loop_count=3, tolerance=NEAR),
    Case(
        "avif-animated-full-range",
        partial(sequence, levels="full"),
        milliseconds=(70, 50, 100),
        loop_count=0,
        tolerance=NEAR,
    ),
    Case("avif-animated-once", shown_once, milliseconds=(70, 50, 100), loop_count=1, tolerance=NEAR),
)


def half(content: bytes) -> bytes:
    """The file without the end of its data."""
    return content[: -len(content) // 8]


def sized(form: str, width: int, height: int, *properties: bytes) -> bytes:
    """A picture with another size in its header."""
    ispe = full_box(b"ispe", struct.pack(">II", width, height))
    item = coded(form, quarters(COLORS))
    others = tuple(each for each in item.properties if each[4:8] not in (b"ispe", b"clap"))
    return container(form, replace(item, properties=(*others, ispe, *properties)))


def crop_of_many_pixels(form: str) -> bytes:
    offset = SIZE[0] - 16_000, SIZE[1] - 16_000
    clap = box(b"clap", struct.pack(">IIIIiIiI", WIDTH, 1, HEIGHT, 1, offset[0], 2, offset[1], 2))
    return sized(form, 16_000, 16_000, clap)


def tile_of_many_pixels(form: str) -> bytes:
    tile = coded(form, quarters(COLORS))
    ispe = full_box(b"ispe", struct.pack(">II", 16_000, 16_000))
    others = tuple(each for each in tile.properties if each[4:8] not in (b"ispe", b"clap"))
    size = full_box(b"ispe", struct.pack(">II", *SIZE))
    whole = Item(b"grid", struct.pack(">BBBBHH", 0, 0, 0, 0, *SIZE), (size,), ((b"dimg", (2,)),))
    return container(form, whole, replace(tile, properties=(*others, ispe)))


def larger_frame() -> bytes:
    """A picture whose container and sequence header say one size, and whose frame says a larger one."""
    own = tuple(each for each in coded("AVIF", quarters(COLORS)).properties if each[4:8] in (b"ispe", b"pixi"))
    configuration = box(b"av1C", bytes((0x81, 0, 0x0C, 0)))  # 8 bits, 4:2:0
    stream = obu(SEQUENCE, sequence_header(SIZE)) + obu(FRAME, frame((10 * WIDTH, 10 * HEIGHT)))
    return container("AVIF", Item(b"av01", stream, (*own, configuration)))


def small_track() -> bytes:
    """A sequence with a height of one pixel in its tracks."""
    size = struct.pack(">II", WIDTH << 16, HEIGHT << 16)
    assert size in sequence()
    return sequence().replace(size, struct.pack(">II", WIDTH << 16, 1 << 16))


def of_kind(form: str, kind: bytes) -> bytes:
    return container(form, replace(coded(form, quarters(COLORS)), kind=kind))


def without_data(form: str) -> bytes:
    """A grid with a missing tile."""
    size = full_box(b"ispe", struct.pack(">II", *SIZE))
    return container(form, Item(b"grid", bytes(8), (size,), ((b"dimg", (7,)),)))


def rejections(form: str) -> Iterator[RejectedCase]:
    """The rejections for both formats."""
    name = form.lower()

    def case(what: str, make: Callable[[], bytes], code: str, reason: str) -> RejectedCase:
        return RejectedCase(f"{name}-{what}", make, code, reason)

    yield case("cut", lambda: half(still(form)), "truncated", r"[\d,]+ of [\d,]+ bytes are missing")
    yield case("cut-in-alpha", lambda: with_alpha(form)[:-1], "truncated", "1 of")
    yield case("cut-in-boxes", lambda: still(form)[:90], "truncated", "missing")
    yield case("cut-after-brands", lambda: still(form)[:28], "truncated", "ends before its meta box")
    yield case("zeros", lambda: still(form)[:28] + bytes(200), "corrupt", "its boxes make no sense")
    yield case("many-pixels", lambda: sized(form, 16_000, 16_000), "too-many-pixels", "256.0 million")
    yield case("long", lambda: sized(form, 40_000, 40), "too-long-side", "40,000 x 40")
    yield case(
        "larger-than-it-says", lambda: sized(form, WIDTH, HEIGHT - 1), "corrupt", "about its size|cannot be decoded"
    )
    yield case("crop-of-many-pixels", lambda: crop_of_many_pixels(form), "too-many-pixels", "256.0 million")
    yield case("tile-of-many-pixels", lambda: tile_of_many_pixels(form), "too-many-pixels", "256.0 million")
    yield case("no-tile", lambda: without_data(form), "corrupt", "a part of its picture isn't there")
    yield case("no-primary", lambda: container(form, coded(form, BLACK), primary=9), "corrupt", "its primary picture")


HEIF_REJECTIONS: tuple[RejectedCase, ...] = (
    *rejections("HEIC"),
    *rejections("AVIF"),
    RejectedCase("heic-of-av1", lambda: of_kind("HEIC", b"av01"), "unsupported-format", "HEIF with av01 in it is not"),
    RejectedCase(
        "avif-frame-larger-than-its-sequence", larger_frame, "corrupt", "it contradicts itself about its size"
    ),
    RejectedCase("avif-sequence-cut", lambda: sequence()[:-20], "truncated", r"20 of [\d,]+ bytes are missing"),
    RejectedCase("avif-sequence-larger-than-it-says", small_track, "corrupt", "it contradicts itself about its size"),
    RejectedCase("avif-sequence-without-track", lambda: still("AVIF").replace(b"avif", b"avis"), "truncated", "moov"),
)
