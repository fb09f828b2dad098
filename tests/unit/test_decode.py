"""Every picture of the corpus has the right colors, and every damaged one the right rejection."""

import os
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from imaging.decode import decode
from imaging.model import Picture
from imaging.rejection import Rejected
from pipeline.lib.paths import ROOT
from tests.corpus import CASES, REJECTIONS, Case, RejectedCase

PHOTOS = ROOT.parent / "shared" / "photos"
CODES = {
    "truncated", "corrupt", "not-an-image", "too-large-file", "too-long-side", "too-many-pixels",
    "unsupported-format",
}  # fmt: skip
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))
SMALL = [case for case in CASES if len(case.content) < 1000]
fuzz = settings(max_examples=EXAMPLES, deadline=None, derandomize="FUZZ_EXAMPLES" not in os.environ, database=None)


def named(case: Case | RejectedCase) -> str:
    return case.name


def colors(picture: Image.Image) -> list[tuple[int, ...]]:
    """Return the colors in the middle of each quarter."""
    width, height = picture.size
    points = [(x * width // 4, y * height // 4) for y in (1, 3) for x in (1, 3)]
    return [tuple(picture.crop((x, y, x + 1, y + 1)).tobytes()) for x, y in points]


def outcome(content: bytes) -> Picture | str:
    """Return the picture or the code of the rejection: no bytes may give anything else."""
    try:
        return decode(content)
    except Rejected as rejection:
        return rejection.code if rejection.code in CODES and rejection.reason else pytest.fail(repr(rejection))


@pytest.mark.parametrize("case", CASES, ids=named)
def test_pictures_have_their_colors(case: Case) -> None:
    picture = decode(case.content)

    assert (picture.still.mode, picture.still.size) == (case.mode, case.size)
    for shown, expected in zip(colors(picture.still), case.colors, strict=True):
        assert shown == pytest.approx(expected, abs=case.tolerance)
    assert picture.still.info == {}
    assert picture.note == case.note


@pytest.mark.parametrize("case", [case for case in CASES if case.milliseconds], ids=named)
def test_animations_have_their_frames(case: Case) -> None:
    picture = decode(case.content)

    assert picture.frames is not None
    assert tuple(frame.milliseconds for frame in picture.frames()) == case.milliseconds
    assert picture.loop_count == case.loop_count


@pytest.mark.parametrize("case", REJECTIONS, ids=named)
def test_rejections_say_why(case: RejectedCase) -> None:
    content = case.content
    started = time.process_time()

    with pytest.raises(Rejected) as rejected:
        decode(content)

    assert rejected.value.code == case.code
    assert re.search(case.reason, rejected.value.reason)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("case", SMALL, ids=named)
def test_a_file_cut_anywhere_is_whole_or_rejected(case: Case) -> None:
    whole = decode(case.content).still.tobytes()

    for length in range(len(case.content)):
        cut = outcome(case.content[:length])
        assert isinstance(cut, str) or cut.still.tobytes() == whole, length


@fuzz
@given(
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\1\0\0WEBPVP8 ", b"GIF89a", b"BM"]),
    st.binary(),
)
def test_any_bytes_have_an_outcome(start: bytes, rest: bytes) -> None:
    outcome(start + rest)


@fuzz
@given(st.sampled_from(CASES), st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), min_size=1, max_size=4))
def test_any_changed_bytes_have_an_outcome(case: Case, changes: list[tuple[float, int]]) -> None:
    content = bytearray(case.content)
    for place, change in changes:
        content[int(place * (len(content) - 1))] ^= change
    outcome(bytes(content))


def test_disposal_methods_of_a_gif_are_applied() -> None:
    animated = next(case for case in CASES if case.name == "gif-animated")
    frames = decode(animated.content).frames
    assert frames is not None

    first, second, third = (colors(frame.picture) for frame in frames())

    assert first[3] == (240, 230, 20, 255)
    assert second[3] == (200, 30, 40, 255)
    assert third[3] == (0, 0, 0, 0)


def test_disposal_4_of_a_gif_restores_the_canvas() -> None:
    case = next(case for case in CASES if case.name == "gif-animated-disposal-4")
    frames = decode(case.content).frames
    assert frames is not None

    corners = [colors(frame.picture)[3] for frame in frames()]

    assert corners == [(240, 230, 20, 255), (200, 30, 40, 255), (240, 230, 20, 255)]


def test_a_translucent_frame_is_drawn_over_the_canvas() -> None:
    animated = next(case for case in CASES if case.name == "apng")
    frames = decode(animated.content).frames
    assert frames is not None

    first, second, third = (colors(frame.picture)[3] for frame in frames())

    assert first == (240, 230, 20, 0)
    assert second == (200, 30, 40, 128)
    assert third == pytest.approx((87, 50, 147, 192), abs=1)


def test_running_out_of_memory_is_not_a_rejection(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Image, "open", fail)
    with pytest.raises(MemoryError):
        decode(next(case.content for case in CASES if case.name == "webp-lossy"))


class FailingDecoder:
    """A decoder of Pillow's core that cannot allocate memory."""

    def setimage(self, *_: object) -> None: ...

    def decode(self, _: bytes) -> tuple[int, int]:
        return -1, -9

    def cleanup(self) -> None: ...


@pytest.mark.parametrize("name", ["png-rgb", "jpeg"])
def test_a_decoder_without_memory_is_not_a_rejection(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "_getdecoder", lambda *_: FailingDecoder())
    with pytest.raises(MemoryError):
        decode(next(case.content for case in CASES if case.name == name))


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="no photos here")
@pytest.mark.parametrize("path", sorted(PHOTOS.glob("*.*[gfp]")), ids=lambda path: path.name)
def test_photos_are_pictures_unless_they_are_truncated(path: Path) -> None:
    result = outcome(path.read_bytes())

    assert result == "truncated" if path.name == "truncated.jpg" else isinstance(result, Picture)
