"""PNG and APNG: missing rows, checksums, color keys, color spaces, and frames that cannot be decoded."""

import struct
import zlib

import pytest

from imaging.decode import decode
from tests.corpus.accepted import COLORS, WHOLE, animated_png, by_index, palette_png, wide
from tests.corpus.build import Levels, apng, apng_control, png, png_chunk, png_data
from tests.corpus.case import BLUE, GRAYS, RED, SIZE, YELLOW
from tests.unit.cuts import code_of

END = png_chunk(b"IEND", b"")
KINDS = [
    *((0, depth) for depth in (1, 2, 4, 8, 16)),
    *((3, depth) for depth in (1, 2, 4, 8)),
    *((kind, depth) for kind in (2, 4, 6) for depth in (8, 16)),
]
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
LINEAR = png_chunk(b"gAMA", struct.pack(">I", 100_000))
CORNERS = png_chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))


def picture(kind: int, depth: int, interlaced: bool = False) -> bytes:
    """Return a black picture of 5 x 7 pixels: missing rows look the same."""
    black = (0,) * CHANNELS[kind]
    return png((5, 7), kind, depth, lambda *_: black, [png_chunk(b"PLTE", bytes(6))] * (kind == 3), interlaced)


def with_data(content: bytes, *parts: bytes) -> bytes:
    """Replace the only IDAT chunk by chunks of these parts."""
    at = content.index(b"IDAT") - 4
    end = at + 12 + len(png_data(content))
    return content[:at] + b"".join(png_chunk(b"IDAT", part) for part in parts) + content[end:]


def pixel(content: bytes, x: int = 36, y: int = 24) -> tuple[int, ...]:
    """Return a pixel, by default the one in the middle of the last quarter."""
    return tuple(decode(content).still.crop((x, y, x + 1, y + 1)).tobytes())


def key(*levels: int) -> list[bytes]:
    return [png_chunk(b"tRNS", struct.pack(f">{len(levels)}H", *levels))]


@pytest.mark.parametrize("interlaced", [False, True], ids=["plain", "interlaced"])
@pytest.mark.parametrize(("kind", "depth"), KINDS)
def test_a_png_with_any_number_of_missing_bytes_is_truncated(kind: int, depth: int, interlaced: bool) -> None:
    content = picture(kind, depth, interlaced)
    rows = zlib.decompress(png_data(content))

    assert code_of(content) is None
    for length in range(len(rows)):
        assert code_of(with_data(content, zlib.compress(rows[:length]))) == "truncated", length


def test_a_large_flat_picture_without_its_last_row_is_truncated() -> None:
    content = png((1, 1), 2, 8, lambda *_: (0, 0, 0))
    header = struct.pack(">IIBBBBB", 1200, 1200, 8, 2, 0, 0, 0)
    content = content[:8] + png_chunk(b"IHDR", header) + content[33:]

    assert code_of(with_data(content, zlib.compress(bytes(1200 * 3601)))) is None
    assert code_of(with_data(content, zlib.compress(bytes(1199 * 3601)))) == "truncated"


@pytest.mark.parametrize("end", range(1, 20))
def test_a_stream_without_its_end_never_shows_other_pixels(end: int) -> None:
    content = by_index(COLORS, 2, 8)
    cut = with_data(content, png_data(content)[:-end])

    assert code_of(cut) == "truncated" if end > 4 else decode(cut).still.tobytes() == decode(content).still.tobytes()


@pytest.mark.parametrize("interlaced", [False, True], ids=["plain", "interlaced"])
@pytest.mark.parametrize(("kind", "depth"), KINDS)
def test_more_data_than_the_picture_needs_is_ignored(kind: int, depth: int, interlaced: bool) -> None:
    content = picture(kind, depth, interlaced)
    rows = zlib.decompress(png_data(content))

    assert pixel(with_data(content, zlib.compress(rows + bytes(2_000_000))), 0, 0) == pixel(content, 0, 0)


@pytest.mark.parametrize("interlaced", [False, True], ids=["plain", "interlaced"])
@pytest.mark.parametrize(("kind", "depth"), KINDS)
def test_a_wrong_or_missing_zlib_checksum_is_accepted(kind: int, depth: int, interlaced: bool) -> None:
    content = picture(kind, depth, interlaced)
    data = png_data(content)
    expected = decode(content).still.tobytes()

    for parts in ((data[:-4] + b"junk",), (data[:-4], b"junk"), (data[:-2], b"nk"), (data[:-4],), (data[:-4], b"")):
        assert decode(with_data(content, *parts)).still.tobytes() == expected


@pytest.mark.parametrize("end", [b"", END[:4], END[:-4] + b"junk", bytes(12), bytes(500), b"trailing junk"])
def test_a_missing_end_chunk_is_accepted(end: bytes) -> None:
    content = by_index(COLORS, 2, 8)

    assert decode(content[:-12] + end).still.tobytes() == decode(content).still.tobytes()


@pytest.mark.parametrize("lost", [1, 2, 3, 4])
@pytest.mark.parametrize("interlaced", [False, True], ids=["plain", "interlaced"])
def test_a_png_cut_inside_its_last_checksum_is_accepted(lost: int, interlaced: bool) -> None:
    content = by_index(COLORS, 2, 8, interlaced=interlaced)[:-12]

    assert decode(content[:-lost]).still.tobytes() == decode(content).still.tobytes()
    assert code_of(content[: -4 - 5]) == "truncated"


def test_an_animation_cut_inside_the_checksum_of_its_last_data_has_all_frames() -> None:
    content = animated_png(True)[:-12]
    shown, cut = decode(content).frames, decode(content[:-2]).frames

    assert shown
    assert cut
    assert [frame.picture.tobytes() for frame in cut()] == [frame.picture.tobytes() for frame in shown()]


def test_a_png_cut_before_its_picture_is_truncated() -> None:
    content = by_index(COLORS, 2, 8)

    assert code_of(content[: content.index(b"IDAT") - 4]) == "truncated"


@pytest.mark.parametrize(
    ("depth", "level", "levels"), [(8, YELLOW, YELLOW), (16, YELLOW, tuple(257 * level for level in YELLOW))]
)
def test_a_color_key_makes_one_color_transparent(depth: int, level: Levels, levels: Levels) -> None:
    colors = wide(COLORS) if depth == 16 else COLORS
    content = by_index(colors, 2, depth, chunks=key(*levels))

    assert pixel(content) == (*level, 0)
    assert pixel(content, 12, 8) == (*RED, 255)


def test_only_the_low_byte_of_an_8_bit_key_counts() -> None:
    grays = [(level,) for level in GRAYS]

    assert pixel(by_index(grays, 0, 8, chunks=key(0x5500 + GRAYS[3]))) == (GRAYS[3], 0)
    assert pixel(by_index(COLORS, 2, 8, chunks=key(*(0x3300 + level for level in YELLOW)))) == (*YELLOW, 0)


def test_all_16_bits_of_a_16_bit_key_count() -> None:
    near = [257 * level + 1 for level in YELLOW]

    assert pixel(by_index(wide(COLORS), 2, 16, chunks=key(*near))) == YELLOW
    assert pixel(by_index(wide([(level,) for level in GRAYS]), 0, 16, chunks=key(257 * GRAYS[3] + 1))) == (GRAYS[3],)


def test_transparency_before_the_palette_is_ignored() -> None:
    content = palette_png(4, b"\xff\xff\xff\0")
    start, end = content.index(b"PLTE") - 4, content.index(b"tRNS") - 4
    transparency = content[end : end + 16]
    moved = content[:start] + transparency + content[start:end] + content[end + 16 :]

    assert pixel(content) == (*YELLOW, 0)
    assert pixel(moved) == YELLOW


@pytest.mark.parametrize(("kind", "levels"), [(0, 1), (2, 3)])
@pytest.mark.parametrize("chunks", [[LINEAR], [LINEAR, CORNERS]], ids=["alone", "with-primaries"])
@pytest.mark.parametrize("depth", [8, 16])
def test_gamma_is_applied(kind: int, levels: int, depth: int, chunks: list[bytes]) -> None:
    colors = [(level * (257 if depth == 16 else 1),) * levels for level in (20, 80, 160, 230)]

    assert pixel(by_index(colors, kind, depth, chunks=chunks)) == pytest.approx((244,) * levels, abs=1)


@pytest.mark.parametrize(
    "chunks",
    [
        [png_chunk(b"gAMA", struct.pack(">I", 45_455))],
        [png_chunk(b"gAMA", struct.pack(">I", 45_455)), CORNERS],
        [png_chunk(b"gAMA", bytes(4))],
        [LINEAR, png_chunk(b"sRGB", b"\0")],
        [LINEAR, png_chunk(b"cHRM", bytes(32))],
        [LINEAR, png_chunk(b"cICP", bytes((1, 13, 0, 1)))],
        [CORNERS],
    ],
)
def test_chunks_that_mean_srgb_change_no_pixel(chunks: list[bytes]) -> None:
    assert pixel(by_index(COLORS, 2, 8, chunks=chunks), 12, 8) == RED


@pytest.mark.parametrize(
    ("code", "expected"),
    [((9, 13), (201, 0, 0)), ((9, 14), (194, 0, 0)), ((1, 1), (155, 0, 0)), ((12, 13), (175, 0, 0))],
)
def test_coding_independent_code_points_are_converted(code: tuple[int, int], expected: Levels) -> None:
    content = by_index([(160, 0, 0)] * 4, 2, 8, chunks=[png_chunk(b"cICP", bytes((*code, 0, 1)))])

    assert pixel(content) == pytest.approx(expected, abs=2)


def frames_with(second: bytes) -> bytes:
    """Return an animation with a red frame, and a second frame with this data."""
    red = by_index([(*RED, 255)] * 4, 6, 8)
    frames = [(apng_control(WHOLE, (1, 10)), red), (apng_control(WHOLE, (1, 10)), with_data(red, second))]
    return apng(SIZE, frames, 0, by_index([(*BLUE, 255)] * 4, 6, 8))


@pytest.mark.parametrize("lost", [1, 100, 48 * 4 + 1])
def test_a_frame_that_lacks_pixels_is_truncated(lost: int) -> None:
    rows = zlib.decompress(png_data(by_index([(*RED, 255)] * 4, 6, 8)))

    assert code_of(frames_with(zlib.compress(rows))) is None
    assert code_of(frames_with(zlib.compress(rows[:-lost]))) == "truncated"


def test_an_animation_with_a_frame_that_cannot_be_decoded_is_its_static_image() -> None:
    shown = decode(frames_with(b"garbage, no zlib data"))

    assert shown.frames is None
    assert tuple(shown.still.crop((0, 0, 1, 1)).tobytes()) == BLUE


def test_an_animation_with_a_frame_outside_the_canvas_is_its_static_image() -> None:
    content = animated_png(True)
    at = content.index(b"fcTL")
    control = content[at + 4 : at + 8] + struct.pack(">II", 40_000, 40_000) + content[at + 16 : at + 30]
    changed = content[: at - 4] + png_chunk(b"fcTL", control) + content[at + 34 :]

    assert decode(changed).frames is None
