"""Formats that the layer leaves out, and changes of Pillow's sources before they are compiled."""

import pytest
from assemble import optional
from compile_core import BEFORE_THE_FILTERS, ROWS, replaced, vectorizable
from try_layer import COLOR

from imaging.decode import decode
from tests.heic_sample import TINY

LOOPS = "".join(
    f"for (i = 1; i <= state->bytes; i++) {{ {pointer}[i] += {pointer}[i - bpp]; }}\n" for pointer in ROWS.values()
)
CODE = f"context->up[0] = 2;\n{BEFORE_THE_FILTERS}\n{LOOPS}"


def test_loops_use_local_variables() -> None:
    before, declared, loops = vectorizable(CODE).split("\n", 2)
    assert before == "context->up[0] = 2;"
    for name, pointer in ROWS.items():
        assert f"UINT8 *{name} = {pointer};" in declared
        assert f"{{ {name}[i] += {name}[i - bpp]; }}" in loops
    assert "->" not in loops


def test_changed_sources_fail_the_build() -> None:
    with pytest.raises(SystemExit, match="see what Pillow changed"):
        vectorizable(CODE.replace("context->paeth", "state->paeth"))
    assert replaced("one two", "two", "three") == "one three"


def test_the_heic_that_tries_the_layer_has_the_color_that_is_expected() -> None:
    still = decode(TINY.read_bytes()).still

    assert still.getpixel((1, 1)) == pytest.approx(COLOR, abs=3)


def test_optional_formats_can_be_left_out() -> None:
    assert [form.name for form in optional("heic AVIF")] == ["AVIF", "HEIC"]
    assert optional("") == []

    with pytest.raises(SystemExit, match="LAYER_WITHOUT=tiff: only avif and heic can be left out"):
        optional("tiff heic")
