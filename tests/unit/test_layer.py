"""Formats that the layer leaves out, and changes of Pillow's sources before they are compiled."""

import pytest
from assemble import optional
from compile_core import (
    BEFORE_THE_FILTERS,
    CLONES,
    ENCODER,
    FILTER,
    FILTERS,
    HEADER,
    ROWS,
    UNFILTER,
    by_pixel,
    vectorizable,
)
from compile_webp import ENCODER as WEBP_ENCODER
from compile_webp import FASTER_IMPORT, IMPORT, INCLUDE, with_import
from filtered_png import FORMS, NONE, PAETH, png
from patch_zlib import HEADER as ZLIB_HEADER
from patch_zlib import LITERALS, ONE_LITERAL, with_literals
from PIL import Image
from sources import replaced
from try_layer import COLOR, decoded, try_unfiltering, try_webp

from imaging.decode import decode
from tests.heic_sample import TINY

LOOPS = "".join(
    f"for (i = 1; i <= state->bytes; i++) {{ {pointer}[i] += {pointer}[i - bpp]; }}\n" for pointer in ROWS.values()
)
CODE = f"{ENCODER}\ncontext->up[0] = 2;\n{BEFORE_THE_FILTERS}\n{LOOPS}"


def test_loops_use_local_variables() -> None:
    changed = vectorizable(CODE)
    assert changed.startswith(f"{CLONES}{ENCODER}\n")

    before, declared, loops = changed.removeprefix(f"{CLONES}{ENCODER}\n").split("\n", 2)
    assert before == "context->up[0] = 2;"
    for name, pointer in ROWS.items():
        assert f"UINT8 *{name} = {pointer};" in declared
        assert f"{{ {name}[i] += {name}[i - bpp]; }}" in loops
    assert "->" not in loops


def test_changed_sources_fail_the_build() -> None:
    with pytest.raises(SystemExit, match="see what changed there"):
        vectorizable(CODE.replace("context->paeth", "state->paeth"))
    with pytest.raises(SystemExit, match=r"ZipDecode\.c no longer contains"):
        by_pixel(HEADER)
    assert replaced("one two", "two", "three", FILTERS) == "one three"


def test_the_decoder_leaves_filters_to_the_header() -> None:
    assert by_pixel(f"{HEADER}\n{FILTER}") == f'{HEADER}\n#include "unfilter.h"\n{UNFILTER}'


def test_webp_leaves_opaque_pictures_to_the_header() -> None:
    code = f"{WEBP_ENCODER}self) {{ if ({IMPORT}) {{ return NULL; }} }}"
    assert with_import(code) == f"{INCLUDE}{WEBP_ENCODER}self) {{ if ({FASTER_IMPORT}) {{ return NULL; }} }}"
    with pytest.raises(SystemExit, match=r"_webp\.c no longer contains"):
        with_import(WEBP_ENCODER)


def test_run_lengths_leave_literals_to_the_header() -> None:
    assert with_literals(f"{ZLIB_HEADER}\n{ONE_LITERAL}") == f'{ZLIB_HEADER}\n#include "literals.h"\n{LITERALS}'
    with pytest.raises(SystemExit, match=r"deflate_rle\.c no longer contains"):
        with_literals(ZLIB_HEADER)


def test_pillows_wheel_gives_opaque_pictures_the_same_bytes_as_rgb_and_as_rgba() -> None:
    """The build of the layer tries the same pictures with the layer's encoder."""
    try_webp()


def test_an_encoder_with_other_bytes_fails_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image.Image, "convert", lambda picture, _mode: picture.point([0] * 768))

    with pytest.raises(SystemExit, match="other bytes as RGB than as RGBA"):
        try_webp()


def test_pillows_wheel_decodes_every_filter_to_the_same_pixels() -> None:
    """The build of the layer tries the same PNGs with the layer's decoder."""
    try_unfiltering()


def test_the_pngs_that_try_the_layer_differ_in_their_filters_and_pixels() -> None:
    files = {png(form, filters) for form in FORMS for filters in (NONE, PAETH)}
    assert len(files) == 2 * len(FORMS)
    assert len({decoded(png(form, NONE)) for form in FORMS}) == len(FORMS)


def test_a_wrong_decoder_fails_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image.Image, "tobytes", lambda picture: picture.fp.getvalue())

    with pytest.raises(SystemExit, match="is decoded wrongly"):
        try_unfiltering()


def test_the_heic_that_tries_the_layer_has_the_color_that_is_expected() -> None:
    still = decode(TINY.read_bytes()).still

    assert still.getpixel((1, 1)) == pytest.approx(COLOR, abs=3)


def test_optional_formats_can_be_left_out() -> None:
    assert [form.name for form in optional("heic AVIF")] == ["AVIF", "HEIC"]
    assert optional("") == []

    with pytest.raises(SystemExit, match="LAYER_WITHOUT=tiff: only avif and heic can be left out"):
        optional("tiff heic")
