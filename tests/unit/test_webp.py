"""WebP: zeros in place of the end of a picture, and zeros that belong to it."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from imaging.decode import decode
from tests.unit.cuts import code_of, cuts

LOSSY_AND_LOSSLESS: list[dict[str, Any]] = [{"quality": 80}, {"lossless": True}]


def webp(picture: Image.Image, **options: Any) -> bytes:
    content = BytesIO()
    picture.save(content, "WEBP", **options)
    return content.getvalue()


@pytest.mark.parametrize("size", [(400, 400), (2000, 2000)])
def test_a_plain_picture_that_ends_in_zeros_is_complete(size: tuple[int, int]) -> None:
    content = webp(Image.new("RGB", size, "navy"), quality=80)

    assert content.endswith(bytes(16))
    assert decode(content).still.getextrema() == Image.open(BytesIO(content)).getextrema()


@pytest.mark.parametrize("options", LOSSY_AND_LOSSLESS)
@pytest.mark.parametrize("frames", [1, 3], ids=["still", "animated"])
def test_a_picture_with_zeros_in_place_of_its_end_is_truncated(frames: int, options: dict[str, Any]) -> None:
    noise = [Image.effect_noise((120, 80), 30 + n).convert("RGB") for n in range(frames)]
    content = webp(noise[0], save_all=True, append_images=noise[1:], duration=100, **options)

    assert {code_of(file) for name, file in cuts(content) if name.endswith("zeros")} == {"truncated"}


@pytest.mark.parametrize("behind", [b"x", b"junk" * 10, bytes(1000)])
def test_data_after_the_file_is_ignored(behind: bytes) -> None:
    content = webp(Image.effect_noise((60, 40), 80).convert("RGB"))

    assert decode(content + behind).still.tobytes() == decode(content).still.tobytes()
