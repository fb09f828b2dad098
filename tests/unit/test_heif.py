"""HEIC and AVIF beyond the corpus: real files, and what their boxes say."""

import struct
from itertools import product
from pathlib import Path

import pytest
from PIL import Image

from imaging.decode import decode
from imaging.formats import av1, boxes, properties
from imaging.formats.pillow import as_rejections
from imaging.rejection import Rejected
from pipeline.lib.paths import ROOT
from tests.corpus.accepted import COLORS, NEAR
from tests.corpus.av1 import FRAME, SEQUENCE, frame, obu, sequence_header
from tests.corpus.heif import box, coded, grid_of, nclx

LARGE = (8064, 6048)  # pixels, as phones take them
PHOTOS = ROOT.parent / "shared" / "photos"
FILES = [*PHOTOS.glob("heic/*"), *PHOTOS.glob("avif/*")]
SIZES = {
    "arrow.heic": (3024, 4032),
    "kimono.mirror-vertical.rotate270.crop.avif": (722, 1024),
    "kimono.rotate90.avif": (722, 1024),
    "sofa_grid1x5_420.avif": (1024, 770),
    "xiaomi.heic": (2592, 1944),
}
REJECTED = {
    "clap_irot_imir_non_essential.avif": "corrupt",  # as Chromium, libavif ignores no rotation that it could ignore
    "corrupted.heic": "corrupt",
    "truncated.heic": "truncated",
}


@pytest.mark.skipif(not FILES, reason="no photos here")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_real_files_are_decoded(path: Path) -> None:
    if path.name in REJECTED:
        with pytest.raises(Rejected, match=f"^{REJECTED[path.name]}"):
            decode(path.read_bytes())
        return

    still = decode(path.read_bytes()).still

    assert still.size == SIZES.get(path.name, still.size)
    assert still.getextrema()


@pytest.mark.parametrize(
    ("width", "of", "offset", "offset_of", "kept"),
    [
        (40, 1, -60, 1, 40),  # the center of 40 pixels at 0 is 60 left of that of 160
        (80, 2, -120, 2, 40),
        (40, 1, 0, 1, 160),  # in the middle
        (41, 2, -60, 1, 160),  # half a pixel
        (400, 1, 120, 1, 160),  # more than there is
        (40, 0, -60, 1, 160),
        (0, 1, -80, 1, 160),
    ],
)
def test_only_a_crop_from_the_corner_is_applied(width: int, of: int, offset: int, offset_of: int, kept: int) -> None:
    clap = memoryview(struct.pack(">IIIIiIiI", width, of, 100, 1, offset, offset_of, 0, 1))

    assert properties.crop({b"clap": clap}, (160, 100)) == (kept, 100)


def test_an_endless_table_is_refused() -> None:
    table = memoryview(struct.pack(">II", 0, 0xFFFFFFFF))

    with pytest.raises(Rejected, match="a table of more than 100,000 entries"):
        boxes.FullBox(table).table(1, 4)


def test_a_picture_without_pixels_is_not_a_lack_of_memory() -> None:
    with pytest.raises(Rejected, match="corrupt"), as_rejections("HEIC"):
        raise RuntimeError("Memory allocation error: Invalid image size: zero width or height")


@pytest.mark.parametrize("points", [1, 32])
def test_the_size_is_found_behind_operating_points_with_delays(points: int) -> None:
    sizes, header = av1.read_headers(memoryview(obu(SEQUENCE, sequence_header((64, 48), points))))

    assert sizes == [(64, 48)]
    assert header is not None
    assert header.colors == (12, 13)


def test_a_frame_may_be_smaller_than_its_sequence() -> None:
    stream = obu(SEQUENCE, sequence_header((64, 48))) + obu(FRAME, frame((40, 20)))

    assert av1.read_headers(memoryview(stream))[0] == [(64, 48), (40, 20)]


def test_with_a_decoder_model_a_frame_counts_as_large_as_can_be() -> None:
    stream = obu(SEQUENCE, sequence_header((64, 48), 1)) + obu(FRAME, frame((64, 48)))

    assert av1.read_headers(memoryview(stream))[0][1] == (65_536, 65_536)


def test_too_many_obus_are_refused() -> None:
    padding = obu(15, b"")

    assert av1.read_headers(memoryview(padding * 10_000)) == ([], None)
    with pytest.raises(Rejected, match="more than 10,000 OBUs"):
        av1.read_headers(memoryview(padding * 10_001))


@pytest.fixture(scope="module", params=["HEIC", "AVIF"])
def phone_grid(request: pytest.FixtureRequest) -> bytes:
    """A picture of 48 MP that lies on its left side, of tiles of 512 x 512 pixels. Only the black part is cut off."""
    inside = (LARGE[0] % 512, LARGE[1] % 512)
    tiles = []
    for row, column in product(range(12), range(16)):
        kept = (inside[0] if column == 15 else 512, inside[1] if row == 11 else 512)
        tile = Image.new("RGB", (512, 512))
        tile.paste(COLORS[2 * (row > 5) + (column > 7)], (0, 0, *kept))
        tiles.append(tile)
    different = {tile.tobytes(): tile for tile in tiles}
    items = {levels: coded(request.param, tile, nclx()) for levels, tile in different.items()}
    turned = box(b"irot", b"\3")
    return grid_of(request.param, LARGE, 16, [items[tile.tobytes()] for tile in tiles], nclx(), turned)


def test_a_grid_of_48_megapixels_is_upright_and_loses_what_sticks_out(phone_grid: bytes) -> None:
    still = decode(phone_grid).still

    width, height = LARGE[1], LARGE[0]
    assert still.size == (width, height)
    corners = [(width - 1, 0), (width - 1, height - 1), (0, 0), (0, height - 1)]  # in the order of the turned colors
    for corner, color in zip(corners, COLORS, strict=True):
        level = still.getpixel(corner)
        assert isinstance(level, tuple)
        assert max(abs(one - other) for one, other in zip(level, color, strict=True)) <= NEAR


def test_a_grid_without_the_end_of_its_last_tile_is_truncated(phone_grid: bytes) -> None:
    with pytest.raises(Rejected, match=r"truncated: 1 of [\d,]+ byte"):
        decode(phone_grid[:-1])
