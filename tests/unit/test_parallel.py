"""Two variants at once: which comes first, their pixels, and when not."""

import threading
from io import BytesIO

import pytest
from PIL import Image

from imaging import limits
from imaging.encode import Variant
from imaging.model import Picture
from imaging.parallel import LANES, side_by_side
from lambda_function import VARIANTS, create_variants

PICTURE = Picture(Image.effect_noise((600, 400), 60).convert("RGB"))


def test_what_is_done_first_comes_first() -> None:
    slow, *others = VARIANTS
    others_are_done = threading.Event()

    def encoded(variant: Variant) -> bytes:
        assert variant != slow or others_are_done.wait(10)
        return b""

    came = []
    for variant, _ in side_by_side(encoded, VARIANTS, PICTURE):
        came.append(variant)
        if len(came) == len(others):
            others_are_done.set()
    assert came[-1] == slow
    assert set(came) == set(VARIANTS)


def test_side_by_side_gives_what_one_after_the_other_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """save() keeps its settings in the picture: two at once must not meet there."""
    together = [dict(create_variants(PICTURE)) for _ in range(20)]
    monkeypatch.setattr(limits, "room_for_two", lambda *_: False)
    assert all(each == dict(create_variants(PICTURE)) for each in together)


def test_two_run_at_once() -> None:
    barrier = threading.Barrier(LANES, timeout=10)

    def encoded(_variant: Variant) -> bytes:
        barrier.wait()
        return b""

    assert len(list(side_by_side(encoded, VARIANTS[: 2 * LANES], PICTURE))) == 2 * LANES


def test_without_room_nothing_runs_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "room_for_two", lambda *_: False)
    begun: list[Variant] = []

    def encoded(variant: Variant) -> bytes:
        begun.append(variant)
        return b""

    for n, _ in enumerate(side_by_side(encoded, VARIANTS, PICTURE), 1):
        assert len(begun) == n


def test_room_is_a_matter_of_pixels_and_their_kind() -> None:
    assert limits.room_for_two((4000, 3000), limits.OPAQUE)
    assert limits.room_for_two((4000, 3000), limits.TRANSPARENT)
    assert not limits.room_for_two((4200, 3000), limits.ANIMATED)
    assert not limits.room_for_two((9000, 6000), limits.OPAQUE)


def test_an_error_is_the_consumers() -> None:
    def encoded(_variant: Variant) -> bytes:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        list(side_by_side(encoded, VARIANTS, PICTURE))


def test_pixels_are_not_changed_by_encoding() -> None:
    before = PICTURE.still.tobytes()
    made = dict(create_variants(PICTURE))
    assert PICTURE.still.tobytes() == before
    png = next(content for variant, content in made.items() if variant.name == "png")
    assert Image.open(BytesIO(png)).tobytes() == before
