"""Truncate each picture of the corpus at 5% steps, followed by nothing, zeros, or an end marker.

To cut at other steps, run `SWEEP_STEPS=1000 pytest tests/unit/test_decode_sweep.py`.
"""

import os

import pytest

from tests.corpus import CASES, Case
from tests.unit.cuts import accepted_with_other_pixels, cuts

STEPS = int(os.environ.get("SWEEP_STEPS", "20"))
# Zeros in a BMP are black, or color 0. A cut animation over the limits may come within them.
SWEPT = [case for case in CASES if not case.note and not case.content.startswith(b"BM")]
# In these, zeros may pass: the decoder of a tiny picture uses them up, or they replace metadata behind the picture.
TOLERATED = {"webp-alpha", "webp-exif-6"}


@pytest.mark.parametrize("case", SWEPT, ids=lambda case: case.name)
def test_a_truncated_picture_is_never_accepted_with_other_pixels(case: Case) -> None:
    files = cuts(case.content, STEPS)
    if case.name in TOLERATED:
        files = ((name, file) for name, file in files if not name.endswith("zeros"))

    assert accepted_with_other_pixels(case.content, files) == []


@pytest.mark.parametrize("case", [case for case in CASES if case.content.startswith(b"BM")], ids=lambda case: case.name)
def test_a_truncated_bmp_is_never_accepted_with_other_pixels(case: Case) -> None:
    files = ((name, file) for name, file in cuts(case.content, STEPS) if name.endswith("nothing"))

    assert accepted_with_other_pixels(case.content, files) == []
