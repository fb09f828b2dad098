"""The same upload gives the same variants on every stack."""

import io
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.ssim import ssim
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.description.function import describe_function
from pipeline.deployed.function import VARIANTS
from pipeline.deployed.outcomes import Outcome, wait_for_outcome
from tests.integration.images import encoded, quarters
from tests.integration.objects import Process, content_of, upload_to

MIN_SSIM = 0.99
SOFT = Image.effect_mandelbrot((320, 240), (-2, -1.5, 1, 1.5), 40).convert("RGB")  # tones and edges, always the same
UPLOADS = {
    "photo.jpg": encoded(SOFT, "JPEG", quality=92),
    "graphic.png": encoded(quarters(320, 240), "PNG"),
    "glass.webp": encoded(quarters(160, 120, "RGBA"), "WEBP", lossless=True),
}


@pytest.mark.parametrize("name", UPLOADS)
def test_the_variants_are_those_of_the_embedded_stack(
    name: str, process: Process, deployment: Deployment, embedded: Deployment, seconds: float, tmp_path: Path
) -> None:
    here = process(name, UPLOADS[name])
    there = wait_for_outcome(embedded, upload_to(embedded, here.upload.key, UPLOADS[name]), seconds)
    assert here.state == there.state == "complete"
    assert here.keys == there.keys
    same_libraries = describe_function(deployment)["layers"] == describe_function(embedded)["layers"]
    for variant in VARIANTS:
        one, other = (content(deployment, here, variant.name), content(embedded, there, variant.name))
        if same_libraries:
            assert one == other, variant.name
        elif variant.format == "PNG":
            assert pixels(one) == pixels(other)
        else:
            assert similarity(one, other, tmp_path) > MIN_SSIM, variant.name


def content(deployment: Deployment, outcome: Outcome, name: str) -> bytes:
    return content_of(outcome.keys[name], deployment)


def pixels(picture: bytes) -> tuple[str, bytes]:
    with Image.open(io.BytesIO(picture)) as opened:
        return opened.mode, opened.tobytes()


def similarity(one: bytes, other: bytes, directory: Path) -> float:
    paths = [directory / "one", directory / "other"]
    for path, picture in zip(paths, (one, other), strict=True):
        path.write_bytes(picture)
    return ssim(*paths)
