"""The decoded pictures, compared with those of imagecodecs, another set of decoders."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imaging.decode import decode
from pipeline.lib.paths import ROOT
from tests.corpus import CASES, Case

imagecodecs = pytest.importorskip("imagecodecs")

PHOTOS = ROOT.parent / "shared" / "photos"
DECODERS: dict[str, Callable[[bytes], Any]] = {
    "png": imagecodecs.png_decode,
    "jpeg": imagecodecs.jpeg8_decode,
    "webp": imagecodecs.webp_decode,
    "gif": imagecodecs.gif_decode,
    "avif": imagecodecs.avif_decode,
}
# What the other decoders leave to their caller, or do not read.
OTHERWISE = (
    *("exif", "key", "cmyk", "ycck", "no-end", "animated", "smaller", "apng", "palette", "opaque", "transparent"),
    *("bits", "turned", "cropped", "p3"),
)
COMPARED = [
    case for case in CASES if case.name.split("-")[0] in DECODERS and not any(word in case.name for word in OTHERWISE)
]


def levels(array: Any) -> bytes:
    """Return the upper 8 bits of each level."""
    data: bytes = array.tobytes()
    return data[1::2] if array.dtype.itemsize == 2 else data


def furthest(one: bytes, other: bytes) -> int:
    assert len(one) == len(other)
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("case", COMPARED, ids=lambda case: case.name)
def test_pictures_are_as_another_decoder_sees_them(case: Case) -> None:
    array = DECODERS[case.name.split("-")[0]](case.content)
    still = decode(case.content).still
    if array.ndim == 3 and array.shape[2] == 4 and still.mode == "RGB":
        still = still.convert("RGBA")
    elif array.ndim == 3 and array.shape[2] == 3:
        still = still.convert("RGB")

    assert furthest(levels(array), still.tobytes()) <= 1


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="no photos here")
@pytest.mark.parametrize("name", ["kodak-01.png", "gps.jpg", "alpha.webp", "orientation-1.jpg"])
def test_photos_are_as_another_decoder_sees_them(name: str) -> None:
    content = (PHOTOS / name).read_bytes()
    decoder = DECODERS[{"jpg": "jpeg"}.get(Path(name).suffix[1:], Path(name).suffix[1:])]

    assert furthest(levels(decoder(content)), decode(content).still.tobytes()) <= 3
