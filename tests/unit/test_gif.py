"""GIF: files that end early, and what may follow their images."""

import pytest

from imaging.decode import decode
from tests.corpus.accepted import animated_gif, still_gif
from tests.unit.cuts import code_of


@pytest.mark.parametrize("behind", [b"", b"junk", bytes(50), b";" + bytes(50)])
def test_a_still_needs_no_trailer(behind: bytes) -> None:
    content = still_gif()

    assert decode(content[:-1] + behind).still.tobytes() == decode(content).still.tobytes()


@pytest.mark.parametrize("lost", [3, 10, 100])
def test_zeros_in_place_of_the_end_of_an_image_are_truncated(lost: int) -> None:
    for content in (still_gif(), animated_gif(0), animated_gif(None)):
        assert code_of(content[:-lost] + bytes(lost)) == "truncated"


def test_zeros_behind_the_frames_of_an_animation_may_be_lost_frames() -> None:
    assert code_of(animated_gif(0)[:-1]) is None
    assert code_of(animated_gif(0)[:-1] + bytes(50)) == "truncated"
