"""JPEG: complete files are accepted, and files that lack pixels are truncated."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from imaging.decode import decode
from tests.corpus.accepted import GRAY, icc, jpeg
from tests.unit.cuts import accepted_with_other_pixels, code_of

END = b"\xff\xd9"
OPTIONS: list[dict[str, Any]] = [
    {},
    {"optimize": True},
    {"progressive": True},
    {"subsampling": 0},
    {"restart_marker_rows": 1},
    {"progressive": True, "restart_marker_rows": 1},
]
JUNK = [b"", b"\xff\xc5garbage", b"\xff\xcf\xff\xff", b"\xff\xda\0\x08", b"\xff", bytes(50)]
KINDS = [*((mode, options) for mode in ("L", "RGB", "CMYK") for options in OPTIONS)]


def noise(mode: str, size: tuple[int, int] = (60, 44), **options: Any) -> bytes:
    content = BytesIO()
    channels = [Image.radial_gradient("L").rotate(90 * n).resize(size) for n in range(len(mode))]
    picture = channels[0] if mode == "L" else Image.merge(mode, channels)
    picture.save(content, "JPEG", **options)
    return content.getvalue()


@pytest.mark.parametrize(("mode", "options"), KINDS)
def test_a_truncated_jpeg_never_shows_other_pixels(mode: str, options: dict[str, Any]) -> None:
    content = noise(mode, **options)
    start = content.rindex(b"\xff\xda")

    cuts = ((str(length), content[:length] + END) for length in range(start, len(content) - 2))

    assert accepted_with_other_pixels(content, cuts) == []


@pytest.mark.parametrize(("mode", "options"), KINDS)
def test_a_large_jpeg_is_checked_too(mode: str, options: dict[str, Any]) -> None:
    content = noise(mode, (1200, 900), **options)

    assert code_of(content[:-2]) is None
    assert code_of(content[: len(content) * 9 // 10] + END) == "truncated"


@pytest.mark.parametrize(("mode", "options"), KINDS)
@pytest.mark.parametrize("behind", JUNK)
def test_a_jpeg_needs_no_end_marker(mode: str, options: dict[str, Any], behind: bytes) -> None:
    content = noise(mode, **options)

    assert decode(content[:-2] + behind).still.tobytes() == decode(content).still.tobytes()


def test_a_jpeg_without_its_last_scans_is_truncated() -> None:
    content = noise("RGB", progressive=True)

    assert code_of(content[: content.rindex(b"\xff\xc4")] + END) == "truncated"


def test_an_rgb_profile_in_a_gray_jpeg_is_applied() -> None:
    colorants = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7139))
    tags = b"".join(b"XYZ " + bytes(4) + b"".join(_fixed(part) for part in xyz) for xyz in colorants)
    names = [letter + kind for kind in (b"XYZ", b"TRC") for letter in (b"r", b"g", b"b")]
    profile = icc(b"RGB ", tags, names[:3], names[3:], gamma=1.0)

    picture = decode(jpeg(GRAY, icc_profile=profile)).still

    assert picture.mode == "L"
    shown = [picture.crop((x, y, x + 1, y + 1)).tobytes()[0] for x, y in ((12, 8), (36, 8), (12, 24), (36, 24))]
    assert shown == pytest.approx([96, 168, 213, 248], abs=3)


def _fixed(number: float) -> bytes:
    return round(65536 * number).to_bytes(4, "big", signed=True)


def test_a_lossless_jpeg_is_not_supported() -> None:
    content = noise("RGB").replace(b"\xff\xc0", b"\xff\xc3", 1)

    assert code_of(content) == "unsupported-format"
