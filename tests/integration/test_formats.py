"""Every file of the corpus goes through the whole pipeline."""

import io
import json
import re
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from pipeline.commands.upload import upload_files
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import OUTPUT_FORMATS, VARIANTS, Variant
from pipeline.deployed.outcomes import Outcome
from tests.corpus import CASES, REJECTIONS, Case, RejectedCase
from tests.integration.images import encoded
from tests.integration.objects import Process, content_of
from tests.unit.test_decode import colors

NONE, SUB, UP, PAETH = 0, 1, 2, 4  # filters of PNG; Pillow tries the other one, the average, only to optimize
LOSSY = 12  # levels that JPEG and WebP may change in the middle of an area of one color
SENT = [case for case in REJECTIONS if case.content]  # an empty object is no upload

Outcomes = Mapping[str, Outcome]


def named(case: Case | RejectedCase) -> str:
    return case.name


@pytest.fixture(scope="module")
def outcomes(deployment: Deployment, seconds: float, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """Upload the whole corpus at once, and return the outcome of each file by name."""
    folder = tmp_path_factory.mktemp("corpus")
    contents = {case.name: case.content for case in CASES} | {case.name: case.content for case in SENT}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    files = {f"{folder.name}/{name}": folder / name for name in contents}
    results = upload_files(deployment, files.items(), seconds)
    return {Path(result.outcome.upload.key).name: result.outcome for result in results}


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_picture_keeps_its_colors_in_every_variant(case: Case, outcomes: Outcomes, deployment: Deployment) -> None:
    outcome = outcomes[case.name]
    assert outcome.state == "complete", outcome.reason
    for variant in VARIANTS:
        with Image.open(io.BytesIO(content_of(outcome.keys[variant.name], deployment))) as picture:
            assert picture.size == size_of(case, variant)
            shown = colors(picture.convert("RGBA"))
        expected = [seen(color, variant) for color in case.colors]
        for got, wanted in zip(shown, expected, strict=True):
            assert got[3] == pytest.approx(wanted[3], abs=case.tolerance)
            if wanted[3]:
                assert got[:3] == pytest.approx(wanted[:3], abs=tolerance(case, variant)), variant.name


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_png_is_filtered_as_by_pillows_wheel(case: Case, outcomes: Outcomes, deployment: Deployment) -> None:
    content = content_of(outcomes[case.name].keys["png"], deployment)

    assert filtered(content) == filtered(saved_again(content))


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_each_filter_of_a_png_writes_what_pillows_wheel_writes(
    mode: str, process: Process, deployment: Deployment
) -> None:
    picture = Image.merge(mode, [channel() for _ in mode])
    content = content_of(process("bands.png", encoded(picture, "PNG")).keys["png"], deployment)

    assert {row[0] for row in filtered(content)} == {NONE, SUB, UP, PAETH}
    assert filtered(content) == filtered(saved_again(content))


@pytest.mark.parametrize("case", [case for case in CASES if case.milliseconds], ids=named)
def test_an_animation_keeps_its_frames(case: Case, outcomes: Outcomes, deployment: Deployment) -> None:
    with Image.open(io.BytesIO(content_of(outcomes[case.name].keys["webp"], deployment))) as picture:
        assert picture.n_frames == len(case.milliseconds)  # type: ignore[attr-defined]
        assert picture.info["loop"] == case.loop_count
        assert durations(picture) == case.milliseconds


@pytest.mark.parametrize("case", [case for case in CASES if case.note], ids=named)
def test_an_animation_over_the_limits_says_so(case: Case, outcomes: Outcomes, deployment: Deployment) -> None:
    outcome = outcomes[case.name]
    assert outcome.animation == case.note
    for key in outcome.keys.values():
        head = deployment.s3.head_object(Bucket=deployment.processed_bucket, Key=key)
        assert head["Metadata"]["animation"] == case.note


@pytest.mark.parametrize("case", SENT, ids=named)
def test_a_rejected_file_has_its_code_and_reason(
    case: RejectedCase, outcomes: Outcomes, deployment: Deployment
) -> None:
    outcome = outcomes[case.name]
    assert outcome.state == "rejected"
    record = json.loads(content_of(outcome.keys["rejected"], deployment))
    assert record["code"] == case.code
    assert re.search(case.reason, record["reason"])


def filtered(png: bytes) -> list[bytes]:
    """Return the rows of a PNG as its filters leave them, each with the number of its filter.

    Compressed, they differ, because the layer has zlib-ng.
    The layer's Pillow has filters that are compiled anew. They have to write the same bytes as the wheel's, which
    this test runs with.
    """
    with Image.open(io.BytesIO(png)) as picture:
        length = 1 + picture.width * len(picture.getbands())
    data, at = b"", 8
    while at < len(png):
        size, kind = struct.unpack_from(">I4s", png, at)
        data += png[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += 12 + size
    rows = zlib.decompress(data)
    return [rows[start : start + length] for start in range(0, len(rows), length)]


def channel() -> Image.Image:
    """Return bands of hard noise, ramps, and soft noise, so that each filter is the best one for some rows."""
    ramp = Image.linear_gradient("L")
    bands = [
        Image.effect_noise((200, 50), 90),
        ramp.resize((200, 50)),
        ramp.rotate(90).resize((200, 50)),
        Image.effect_noise((50, 15), 60).resize((200, 50), Image.Resampling.BICUBIC),
    ]
    picture = Image.new("L", (200, 200))
    for number, band in enumerate(bands):
        picture.paste(band, (0, 50 * number))
    return picture


def saved_again(png: bytes) -> bytes:
    with Image.open(io.BytesIO(png)) as picture:
        return encoded(picture, "PNG")


def size_of(case: Case, variant: Variant) -> tuple[int, ...]:
    """Return the width and height of `variant`: those of the picture, shrunk into the variant's box if it has one."""
    box = variant.fit or case.size
    scale = min(1, box[0] / case.size[0], box[1] / case.size[1])
    return tuple(max(1, round(side * scale)) for side in case.size)


def seen(color: tuple[int, ...], variant: Variant) -> tuple[int, ...]:
    """Return `color` (gray, gray and alpha, RGB, or RGBA) as `variant` shows it, in RGBA."""
    *channels, alpha = color if len(color) in (2, 4) else (*color, 255)
    rgb = channels * 3 if len(channels) == 1 else channels
    if OUTPUT_FORMATS[variant.format].transparency:
        return (*rgb, alpha)
    return (*(round((channel * alpha + 255 * (255 - alpha)) / 255) for channel in rgb), 255)


def tolerance(case: Case, variant: Variant) -> int:
    return case.tolerance + LOSSY * (variant.quality is not None)


def durations(picture: Image.Image) -> tuple[int, ...]:
    found = []
    for number in range(picture.n_frames):  # type: ignore[attr-defined]
        picture.seek(number)
        picture.load()
        found.append(picture.info["duration"])
    return tuple(found)
