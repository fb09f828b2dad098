"""Each image gets every variant in the table: format, size, pixels, content type, and metadata."""

import io

import pytest
from PIL import Image, ImageChops

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import OUTPUT_FORMATS, VARIANTS, Variant, plain_text
from pipeline.deployed.outcomes import Outcome
from tests.integration.images import Case, cases, encoded
from tests.integration.objects import Process, content_of

LOSS = 8  # levels by which a channel of a lossy variant may differ in the middle of an area of one color


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_an_image_gets_all_of_its_variants(case: Case, process: Process, deployment: Deployment) -> None:
    outcome = process(case.name, case.content)
    assert outcome.state == "complete", outcome.reason
    for variant in VARIANTS:
        check_object(outcome, variant, deployment)
        check_picture(content_of(outcome.keys[variant.name], deployment), variant, case)


def check_object(outcome: Outcome, variant: Variant, deployment: Deployment) -> None:
    upload = outcome.upload
    key = outcome.keys[variant.name]
    stem = upload.key.rpartition(".")[0]
    assert key == f"{stem}_{variant.name}_{upload.id}{OUTPUT_FORMATS[variant.format].extension}"
    head = deployment.s3.head_object(Bucket=deployment.processed_bucket, Key=key)
    assert head["ContentType"] == OUTPUT_FORMATS[variant.format].content_type
    assert head["ServerSideEncryption"] == "AES256"
    assert described_source(head["Metadata"]) == (upload.key, upload.etag, upload.version)
    assert head["Metadata"]["variant"] == variant.name
    with Image.open(io.BytesIO(content_of(key, deployment))) as picture:
        assert (head["Metadata"]["width"], head["Metadata"]["height"]) == (str(picture.width), str(picture.height))
    assert head["CacheControl"] == "public, max-age=31536000, immutable"


def check_picture(content: bytes, variant: Variant, case: Case) -> None:
    form = OUTPUT_FORMATS[variant.format]
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.format == variant.format
        assert picture.size == fitted_size(case.picture.size, variant.fit)
        assert picture.mode == ("RGBA" if form.transparency and case.picture.mode == "RGBA" else "RGB")
        assert not {"exif", "icc_profile", "comment", "xmp"} & picture.info.keys()
        if variant.format == "JPEG":
            assert picture.quantization == tables(variant.quality)  # type: ignore[attr-defined]
        expected = seen(case.picture, keep_alpha=form.transparency)
        difference = greatest_difference(picture.convert(expected.mode), expected)
    assert difference <= case.tolerance + LOSS * (variant.quality is not None)


def fitted_size(size: tuple[int, int], box: tuple[int, int] | None) -> tuple[int, int]:
    scale = min(1, *(limit / side for limit, side in zip(box, size, strict=True))) if box else 1
    return round(size[0] * scale), round(size[1] * scale)


def seen(picture: Image.Image, *, keep_alpha: bool) -> Image.Image:
    """Return `picture` as a variant shows it: on white, unless the variant has transparency too."""
    if keep_alpha or picture.mode == "RGB":
        return picture
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


def greatest_difference(one: Image.Image, other: Image.Image) -> int:
    """Return the greatest difference in the middles of the four quarters, away from the edges."""
    return max(
        abs(a - b)
        for x in (1 / 4, 3 / 4)
        for y in (1 / 4, 3 / 4)
        for a, b in zip(pixel(one, x, y), pixel(other, x, y), strict=True)
    )


def pixel(picture: Image.Image, x: float, y: float) -> tuple[int, ...]:
    value = picture.getpixel((int(x * picture.width), int(y * picture.height)))
    assert isinstance(value, tuple)
    return value


def tables(quality: int | None) -> dict[int, list[int]]:
    """Return the quantization tables of a JPEG of `quality`."""
    content = encoded(Image.new("RGB", (8, 8)), "JPEG", quality=quality)
    with Image.open(io.BytesIO(content)) as picture:
        found: dict[int, list[int]] = picture.quantization  # type: ignore[attr-defined]
    return found


def described_source(metadata: dict[str, str]) -> tuple[str, str, str]:
    return plain_text(metadata["source-key"]), metadata["source-etag"], metadata["source-version"]


def test_the_png_has_exactly_the_pixels_of_a_lossless_source(process: Process, deployment: Deployment) -> None:
    noise = Image.merge("RGB", [Image.effect_noise((97, 61), 60) for _ in range(3)])
    outcome = process("noise.png", encoded(noise, "PNG"))
    with Image.open(io.BytesIO(content_of(outcome.keys["png"], deployment))) as picture:
        assert ImageChops.difference(picture, noise).getbbox() is None


def test_a_lower_quality_makes_a_smaller_file(process: Process, deployment: Deployment) -> None:
    noise = Image.merge("RGB", [Image.effect_noise((400, 300), 60) for _ in range(3)])
    outcome = process("noise.png", encoded(noise, "PNG"))
    compressed, low = (len(content_of(outcome.keys[name], deployment)) for name in ("compressed", "low"))
    assert low < compressed
