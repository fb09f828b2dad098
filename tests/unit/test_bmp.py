"""BMP: the corrections before Pillow decodes."""

import struct

import pytest

from imaging.decode import decode
from tests.corpus.accepted import COLORS, as_number, palette_bmp, quarters, run_length_bmp
from tests.corpus.build import bmp, bmp_rows
from tests.corpus.case import HEIGHT, SIZE
from tests.unit.cuts import code_of


@pytest.mark.parametrize("size", [(2, 2), (3, 3), (5, 1)])
def test_the_last_row_needs_no_padding(size: tuple[int, int]) -> None:
    content = bmp(size, 24, bmp_rows(size, 24, lambda x, y: 0x010203 * (x + y)))
    padding = -3 * size[0] % 4

    assert decode(content[: len(content) - padding]).still.tobytes() == decode(content).still.tobytes()
    assert code_of(content[: len(content) - padding - 1]) == "truncated"


@pytest.mark.parametrize("colors", [4, 200, 1000])
def test_the_number_of_colors_may_be_wrong(colors: int) -> None:
    content = palette_bmp(8)

    assert decode(content[:46] + struct.pack("<I", colors) + content[50:]).still.tobytes() == quarters(COLORS).tobytes()


@pytest.mark.parametrize("rows", [0, 1, HEIGHT // 2, HEIGHT - 1])
def test_run_lengths_that_end_early_leave_color_0(rows: int) -> None:
    still = decode(run_length_bmp(8, rows)).still

    assert still.crop((0, 0, SIZE[0], SIZE[1] - rows)).getcolors() == [(SIZE[0] * (SIZE[1] - rows), COLORS[0])]
    assert code_of(run_length_bmp(8, rows)[:-2]) == "truncated"


@pytest.mark.parametrize("masks", [(0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0, 0, 0, 0xFF000000)])
def test_alpha_without_bit_fields_needs_only_the_alpha_mask(masks: tuple[int, int, int, int]) -> None:
    content = bmp(SIZE, 32, bmp_rows(SIZE, 32, as_number("bgra")), header=124)
    content = content[:54] + struct.pack("<4I", *masks) + content[70:]

    assert decode(content).still.mode == "RGBA"
