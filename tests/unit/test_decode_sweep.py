"""Truncate each picture of the corpus at 5% steps, followed by nothing, zeros, or an end marker.

To cut at other steps, run `SWEEP_STEPS=1000 pytest tests/unit/test_decode_sweep.py`.
"""

import os

import pytest

from imaging.decode import recognize
from tests.corpus import CASES, Case
from tests.corpus.accepted import UNCOMPRESSED
from tests.unit.cuts import accepted_with_other_pixels, cuts

STEPS = int(os.environ.get("SWEEP_STEPS", "20"))
SWEPT = [case for case in CASES if not case.note]  # a truncated animation may come within the limits
# In these, zeros may pass: the decoder of a tiny picture uses them up, or they replace metadata behind the picture.
TOLERATED = {"webp-alpha", "webp-exif-6"}


@pytest.mark.parametrize("case", SWEPT, ids=lambda case: case.name)
def test_a_truncated_picture_is_never_accepted_with_other_pixels(case: Case) -> None:
    uncompressed = recognize(case.content).name in UNCOMPRESSED
    skipped = ("zeros", "end marker") if uncompressed else ("zeros",) if case.name in TOLERATED else ()
    files = ((name, file) for name, file in cuts(case.content, STEPS) if not name.endswith(skipped))

    assert accepted_with_other_pixels(case.content, files) == []
