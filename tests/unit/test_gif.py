"""GIF: truncated files, and data after the images."""

import pytest

from imaging.decode import decode
from tests.corpus.accepted import animated_gif, still_gif
from tests.unit.cuts import code_of


@pytest.mark.parametrize("behind", [b"", b"junk", bytes(50), b";" + bytes(50)])
def test_a_still_without_a_trailer_is_accepted(behind: bytes) -> None:
    content = still_gif()

    assert decode(content[:-1] + behind).still.tobytes() == decode(content).still.tobytes()


@pytest.mark.parametrize("lost", [3, 10, 100])
def test_an_image_that_ends_in_zeros_is_truncated(lost: int) -> None:
    for content in (still_gif(), animated_gif(0), animated_gif(None)):
        assert code_of(content[:-lost] + bytes(lost)) == "truncated"


def test_an_animation_that_ends_in_zeros_may_lack_frames() -> None:
    assert code_of(animated_gif(0)[:-1]) is None
    assert code_of(animated_gif(0)[:-1] + bytes(50)) == "truncated"
