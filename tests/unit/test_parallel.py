"""Encoding two variants in parallel: their order, their pixels, and the memory that this needs."""

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


def test_the_variant_that_finishes_first_comes_first() -> None:
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


def test_encoding_in_parallel_gives_the_same_bytes_as_in_sequence(monkeypatch: pytest.MonkeyPatch) -> None:
    """save() keeps its settings in the picture: two at once must not meet there."""
    together = [dict(create_variants(PICTURE)) for _ in range(20)]
    monkeypatch.setattr(limits, "room_for_two", lambda *_: False)
    assert all(each == dict(create_variants(PICTURE)) for each in together)


def test_webp_and_png_start_first() -> None:
    """WebP takes about as long as all others together."""
    barrier = threading.Barrier(LANES, timeout=10)
    begun: list[str] = []

    def encoded(variant: Variant) -> bytes:
        begun.append(variant.format)
        if len(begun) <= LANES:
            barrier.wait()
        return b""

    list(side_by_side(encoded, VARIANTS, PICTURE))
    assert set(begun[:LANES]) == {"WEBP", "PNG"}


def test_two_variants_are_encoded_in_parallel() -> None:
    barrier = threading.Barrier(LANES, timeout=10)

    def encoded(_variant: Variant) -> bytes:
        barrier.wait()
        return b""

    assert len(list(side_by_side(encoded, VARIANTS[: 2 * LANES], PICTURE))) == 2 * LANES


def test_without_memory_variants_are_encoded_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "room_for_two", lambda *_: False)
    begun: list[Variant] = []

    def encoded(variant: Variant) -> bytes:
        begun.append(variant)
        return b""

    for n, _ in enumerate(side_by_side(encoded, VARIANTS, PICTURE), 1):
        assert len(begun) == n


def test_the_memory_that_is_needed_depends_on_pixels_and_their_kind() -> None:
    assert limits.room_for_two((4000, 3000), limits.OPAQUE)
    assert limits.room_for_two((4000, 3000), limits.TRANSPARENT)
    assert not limits.room_for_two((4200, 3000), limits.ANIMATED)
    assert not limits.room_for_two((9000, 6000), limits.OPAQUE)


def test_an_error_is_raised_in_the_consumer() -> None:
    def encoded(_variant: Variant) -> bytes:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        list(side_by_side(encoded, VARIANTS, PICTURE))


def test_encoding_does_not_change_pixels() -> None:
    before = PICTURE.still.tobytes()
    made = dict(create_variants(PICTURE))
    assert PICTURE.still.tobytes() == before
    png = next(content for variant, content in made.items() if variant.name == "png")
    assert Image.open(BytesIO(png)).tobytes() == before
