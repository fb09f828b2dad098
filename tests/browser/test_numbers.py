"""What the sheet says is what is in the buckets."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page

from pipeline.deployed.function import VARIANTS
from pipeline.deployed.logs import saying
from pipeline.lib.terminal import size
from tests.browser.conftest import HOSTILE, Run
from tests.browser.sheet import row

COMPLETE = [
    "animation.gif",
    "café+crème/logo.png",
    "landscape.jpg",
    "on its side.jpg",
    "palette.bmp",
    "photo.webp",
    HOSTILE,
]


def stored(run: Run, bucket: str, key: str) -> bytes:
    return run.deployment.s3.get_object(Bucket=bucket, Key=key)["Body"].read()


@pytest.mark.parametrize("name", COMPLETE)
def test_each_picture_is_there_with_its_own_numbers(name: str, run: Run, page: Page) -> None:
    outcome = run.outcomes[name]
    original = stored(run, outcome.upload.bucket, name)
    files = {"source": original} | {
        variant.name: stored(run, run.deployment.processed_bucket, outcome.keys[variant.name]) for variant in VARIANTS
    }
    figures = row(page, name).locator("figure")
    assert figures.locator("strong").all_text_contents() == list(files)
    for figure, content in zip(figures.all(), files.values(), strict=True):
        with Image.open(BytesIO(content)) as picture:
            expected = picture.size[::-1] if picture.getexif().get(0x0112, 1) >= 5 else picture.size
            form = picture.format
        image = figure.locator("img")
        image.evaluate("image => image.decode()")
        assert image.evaluate("image => [image.naturalWidth, image.naturalHeight]") == list(expected)
        assert figure.locator("data").get_attribute("value") == str(len(content))
        text = figure.locator("figcaption").inner_text()
        assert {size(len(content)), f"{expected[0]} × {expected[1]}"} <= set(text.splitlines())  # noqa: RUF001
        assert (form or "").lower() in text.lower()
        assert percent(figure.locator(".share").inner_text()) == pytest.approx(
            100 * len(content) / len(original), abs=0.5
        )


def percent(text: str) -> float:
    return float(text.partition("%")[0])


@pytest.mark.parametrize("name", ["landscape.jpg", "café+crème/logo.png"])
def test_all_pictures_of_a_row_have_one_scale(name: str, page: Page) -> None:
    images = row(page, name).locator("img")
    for image in images.all():
        image.evaluate("image => image.decode()")
    scales = images.evaluate_all("all => all.map((one) => one.naturalWidth / one.getBoundingClientRect().width)")
    assert len(scales) == 1 + len(VARIANTS)
    assert max(scales) == pytest.approx(min(scales), rel=0.01)


def test_the_times_are_those_of_the_log(run: Run, page: Page) -> None:
    logged = {line.fields["id"]: line.fields for line in saying(run.deployment, "upload processed", 0)}
    for name in ("photo.webp", "notes.txt"):
        taken = logged[run.outcomes[name].upload.id]["milliseconds"]
        shown = row(page, name).locator(".facts data").evaluate_all("all => all.map((one) => Number(one.value))")
        assert shown == [run.outcomes[name].upload.size, taken]
    steps = logged[run.outcomes["photo.webp"].upload.id]["steps"]
    title = row(page, "photo.webp").locator("figure.png [title]").get_attribute("title")
    assert title is not None
    assert all(
        number in title for number in (f"encode {words(steps['encode png'])}", f"write {words(steps['write png'])}")
    )


def words(milliseconds: int) -> str:
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.2f} s"


def test_the_totals_are_the_sums(run: Run, page: Page) -> None:
    figures = dict(
        zip(page.locator(".figures dt").all_inner_texts(), page.locator(".figures dd").all_inner_texts(), strict=True)
    )
    complete = [run.outcomes[name] for name in COMPLETE]
    bytes_in = sum(outcome.upload.size for outcome in complete)
    bytes_out = sum(
        len(stored(run, run.deployment.processed_bucket, key)) for outcome in complete for key in outcome.keys.values()
    )
    assert figures["Uploads"].split() == ["11", "7", "complete", "2", "rejected", "1", "failed", "1", "pending"]
    assert figures["Bytes in"].startswith(size(bytes_in))
    assert figures["Bytes out"].startswith(size(bytes_out))
    assert f"{len(complete) * len(VARIANTS)} variants" in figures["Bytes out"]
    assert figures["Slowest step"].startswith("encode ")


def test_the_charts_have_a_bar_for_each_number(page: Page) -> None:
    chart = page.get_by_role("img", name="Bytes (complete uploads)")
    widths = chart.locator("rect").evaluate_all("all => all.map((one) => one.getBoundingClientRect().width)")
    texts = chart.locator("text.number").all_text_contents()
    assert len(widths) == len(texts) == 1 + len(VARIANTS)
    for width, text in zip(widths, texts, strict=True):
        assert percent(text.rpartition(" ")[2]) == pytest.approx(100 * width / widths[0], abs=0.6)


def test_those_without_variants_say_why_and_what_to_do(run: Run, page: Page) -> None:
    for name in ("notes.txt", "truncated.jpg"):
        assert row(page, name).locator(".reason").text_content() == run.outcomes[name].reason
    failed = row(page, "failed.png")
    assert failed.locator(".reason").text_content() == run.outcomes["failed.png"].reason
    assert failed.locator("code").text_content() == "make redrive STACK=tests"
    assert row(page, "pending.txt").locator("code").text_content() == "make backfill STACK=tests"


def test_a_command_can_be_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = row(page, "failed.png").get_by_role("button", name="Copy make redrive")
    button.click()
    page.wait_for_function("button => button.textContent === 'Copied'", arg=button.element_handle())
    assert page.evaluate("navigator.clipboard.readText()") == "make redrive STACK=tests"
