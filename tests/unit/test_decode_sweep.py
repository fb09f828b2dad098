"""Cut each GIF and WebP of the corpus at 5% steps, with nothing or an end marker behind: none passes that differs."""

import pytest

from imaging.decode import decode
from imaging.model import Picture
from imaging.rejection import Rejected
from tests.corpus import CASES, Case

END_MARKERS = {b"GIF8": b";", b"RIFF": b""}
SWEPT = [case for case in CASES if case.content[:4] in END_MARKERS and not case.note]


def pixels(picture: Picture) -> list[bytes]:
    frames = [frame.picture for frame in picture.frames()] if picture.frames else [picture.still]
    return [frame.convert("RGBa").tobytes() for frame in frames]


def outcome(content: bytes) -> list[bytes] | None:
    try:
        return pixels(decode(content))
    except Rejected:
        return None


@pytest.mark.parametrize("case", SWEPT, ids=lambda case: case.name)
def test_a_cut_picture_does_not_pass_as_another(case: Case) -> None:
    whole = pixels(decode(case.content))
    end = END_MARKERS[case.content[:4]]
    passed = []
    for percent in range(5, 100, 5):
        cut = case.content[: len(case.content) * percent // 100]
        for name, content in (("nothing", cut), ("end", cut + end)):
            if outcome(content) not in (None, whole):
                passed.append((percent, name))

    assert not passed
