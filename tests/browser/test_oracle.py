"""Chromium shows the variants as it shows the source."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from imaging.decode import decode
from imaging.encode import Variant
from imaging.rejection import Rejected
from lambda_function import create_variants
from pipeline.lib.paths import ROOT
from tests.browser.oracle import DiffersError, Oracle, oracle_in
from tests.corpus import CASES

SHARED = ROOT.parent / "shared"
QUALITY = 99  # almost lossless, so the encoder's losses don't hide a difference
TABLE = (Variant("png", "PNG"), Variant("webp", "WEBP", quality=QUALITY))
SUFFIXES = {".avif", ".bmp", ".gif", ".jpg", ".png", ".webp"}

# Deliberate differences, listed in docs/formats.md too.
EXCEPTIONS = {
    "apng-actl-count-too-large.png": "contradicts itself, so the static image is used, as the specification says",
    "apng-gap": "contradicts itself, so the static image is used, as the specification says; Chromium shows nothing",
    "avif-animated-full-range": "says full range twice, which libavif obeys; Chromium expands the levels",
    "bmp-32-alpha-of-zero": "alpha that is zero everywhere is no alpha; Chromium shows nothing of such a picture",
    "bmp-rle8-skipped.bmp": "what run lengths skip is color 0; Chromium leaves it transparent",
    "bmp-runs-that-end-early": "what run lengths skip is color 0; Chromium leaves it transparent",
    "colors-animated-8bpc.avif": "in one plain frame, Chromium's color is 2.3 levels from libavif's",
    "colors_hdr_p3.avif": "HDR is shown as it is; Chromium maps its tones",
    "gamma-of-srgb": "a gAMA of 0.45455 means the curve of sRGB; with cHRM, Chromium computes a power of 2.2",
    "gif-10x10-canvas-112mp-frame.gif": "its second frame is over the limits",
    "gif-450-frames.gif": "is over the limits of animations",
    "gif-animated-many-frames": "is over the limits of animations",
    "gif-animated-many-pixels": "is over the limits of animations",
    "jpeg-no-end": "all pixels are there, but without an end marker Chromium leaves out the last rows",
    "profile-avif-hdr": "HDR is shown as it is; Chromium maps its tones",
    "webp-exif-6": "EXIF orientation is obeyed; Chromium ignores it in WebP",
}


def pictures() -> dict[str, bytes]:
    """Return the corpus without HEIC, which Chromium does not show, and the samples next to the checkout."""
    files = sorted(path for folder in ("cases", "photos", "photos/avif") for path in SHARED.glob(f"{folder}/*"))
    return {case.name: case.content for case in CASES if "heic" not in case.name} | {
        path.name: path.read_bytes() for path in files if path.suffix in SUFFIXES
    }


PICTURES = pictures()
DIFFERENT = {name: reason for name, reason in EXCEPTIONS.items() if name in PICTURES}


def marked(name: str) -> object:
    """Return a parameter that has to differ if its name is in the tables, and must not differ otherwise."""
    differs = pytest.mark.xfail(raises=DiffersError, strict=True, reason=DIFFERENT.get(name, ""))
    return pytest.param(name, id=name, marks=[differs] if name in DIFFERENT else [])


@pytest.fixture(scope="module")
def oracle(browser: Browser) -> Iterator[Oracle]:
    with oracle_in(browser) as oracle:
        yield oracle


def variants_of(source: bytes) -> dict[str, bytes]:
    """Return the PNG and the WebP of `source`."""
    return {variant.name: content for variant, content in create_variants(decode(source), TABLE)}


@pytest.mark.parametrize("name", [marked(name) for name in PICTURES])
def test_variants_look_like_their_source(name: str, oracle: Oracle) -> None:
    source = PICTURES[name]
    try:
        variants = variants_of(source)
    except Rejected as rejected:
        if oracle.is_complete(source):
            raise DiffersError(f"Chromium shows all of a picture that is rejected: {rejected}") from rejected
        return
    oracle.compare(source, **variants, quality=QUALITY)


@pytest.mark.parametrize("name", ["png", "webp"])
def test_the_oracle_notices_a_variant_that_differs(name: str, oracle: Oracle) -> None:
    source = PICTURES["png-gray"]
    variants, others = variants_of(source), variants_of(PICTURES["png-gray-2"])
    oracle.compare(source, **variants, quality=QUALITY)
    with pytest.raises(DiffersError, match=f"(?i){name}: the average"):
        oracle.compare(source, **variants | {name: others[name]}, quality=QUALITY)
