"""The sheet agrees with the buckets and the log."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page

from pipeline.deployed.function import VARIANTS
from pipeline.deployed.logs import find_records
from pipeline.lib.terminal import size
from tests.browser.conftest import HOSTILE, Run
from tests.browser.sheet import compare, number, row

COMPLETE = [
    "animation.gif",
    "café+crème/logo.png",
    "evening.avif",
    "landscape.jpg",
    "on its side.jpg",
    "palette.bmp",
    "photo.webp",
    HOSTILE,
]


SCALES = """figures => figures.map((figure) => {
  const image = figure.querySelector("img");
  return image.getBoundingClientRect().width / Number(getComputedStyle(figure).getPropertyValue("--width"));
})"""
BACKGROUNDS = "images => images.map((image) => getComputedStyle(image).backgroundImage)"


def stored(run: Run, bucket: str, key: str) -> bytes:
    return run.deployment.s3.get_object(Bucket=bucket, Key=key)["Body"].read()


@pytest.mark.parametrize("name", COMPLETE)
def test_each_picture_has_its_own_numbers(name: str, run: Run, page: Page) -> None:
    outcome = run.outcomes[name]
    original = stored(run, outcome.upload.bucket, name)
    files = {"source": original} | {
        variant.name: stored(run, run.deployment.processed_bucket, outcome.keys[variant.name]) for variant in VARIANTS
    }
    figures = row(page, name).locator("figure")
    assert figures.locator("strong").all_text_contents() == list(files)
    sizes = []
    for figure, content in zip(figures.all(), files.values(), strict=True):
        with Image.open(BytesIO(content)) as picture:
            expected = picture.size[::-1] if picture.getexif().get(0x0112, 1) >= 5 else picture.size
            form = picture.format
        sizes.append(list(expected))
        assert shape(figure.locator("img")) == pytest.approx(expected[0] / expected[1], rel=0.01)
        assert figure.locator("data").get_attribute("value") == str(len(content))
        text = figure.locator("figcaption").inner_text()
        assert {size(len(content)), f"{expected[0]} × {expected[1]}"} <= set(text.splitlines())  # noqa: RUF001
        assert (form or "").lower() in text.lower()
        assert percent(figure.locator(".share").inner_text()) == pytest.approx(
            100 * len(content) / len(original), abs=0.5
        )
    assert sizes_compared(page, name, len(files)) == sizes


def shape(image: Locator) -> float:
    """Return width by height of the decoded preview."""
    image.evaluate("image => image.decode()")
    return number(image, "element.naturalWidth / element.naturalHeight")


def sizes_compared(page: Page, name: str, count: int) -> list[list[int]]:
    """Return the size of each full picture in the comparison, in pixels."""
    shown = compare(page, name, "low").locator(".after")
    sizes = []
    for digit in range(1, count + 1):
        page.keyboard.press(str(digit))
        shown.evaluate("image => image.decode()")
        sizes.append(shown.evaluate("image => [image.naturalWidth, image.naturalHeight]"))
    return sizes


def percent(text: str) -> float:
    return float(text.partition("%")[0])


@pytest.mark.parametrize("name", ["landscape.jpg", "café+crème/logo.png"])
def test_full_pictures_have_one_scale_and_the_thumbnail_its_own_size(name: str, page: Page) -> None:
    figures = row(page, name).locator("figure")
    scales = figures.evaluate_all(SCALES)
    assert len(scales) == 1 + len(VARIANTS)
    assert max(scales[:-1]) == pytest.approx(min(scales[:-1]), rel=0.01)
    assert scales[-1] == pytest.approx(1)
    assert figures.locator(".own").all_text_contents() == ["actual size"]
    assert figures.last.locator(".own").count() == 1


@pytest.mark.parametrize("name", ["landscape.jpg", "café+crème/logo.png"])
def test_squares_mean_transparency(name: str, page: Page) -> None:
    behind = row(page, name).locator("img").evaluate_all(BACKGROUNDS)
    squared = ["gradient" in background for background in behind]
    assert squared == [name.endswith("png") and variant in (0, 3, 4) for variant in range(6)]  # source, webp, png


def test_the_times_match_the_log(run: Run, page: Page) -> None:
    logged = {line.fields["id"]: line.fields for line in find_records(run.deployment, "upload processed", 0)}
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
    complete = [run.outcomes[name] for name in (*COMPLETE, "phone.heic")]
    bytes_in = sum(outcome.upload.size for outcome in complete)
    bytes_out = sum(
        len(stored(run, run.deployment.processed_bucket, key)) for outcome in complete for key in outcome.keys.values()
    )
    assert figures["Uploads"].split() == ["13", "9", "complete", "2", "rejected", "1", "failed", "1", "pending"]
    assert figures["Bytes in"].startswith(size(bytes_in))
    assert figures["Bytes out"].startswith(size(bytes_out))
    assert f"{len(complete) * len(VARIANTS)} variants" in figures["Bytes out"]
    assert figures["Slowest step"].startswith("encode ")


def test_the_charts_have_a_bar_for_each_number(page: Page) -> None:
    chart = page.get_by_role("img", name="Bytes (complete uploads)")
    widths = chart.locator("rect").evaluate_all("all => all.map((one) => one.getBoundingClientRect().width)")
    texts = chart.locator("text.number").all_text_contents()
    assert len(widths) == len(texts) == 1 + len(VARIANTS)
    shares = [min(percent(text.rpartition(" ")[2]), 150) for text in texts]
    assert shares == pytest.approx([100 * width / widths[0] for width in widths], abs=0.6)
    assert chart.locator("rect.broken").count() == shares.count(150) == 1, "png, far above 100%"
    assert chart.locator("text.full").text_content() == "100%"


def test_uploads_without_variants_have_a_reason_and_a_command(run: Run, page: Page) -> None:
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


def test_a_source_that_no_browser_shows_has_a_preview(page: Page) -> None:
    source = row(page, "phone.heic").locator("figure").first

    assert "HEIC" in source.locator("figcaption").inner_text()
    assert "800 × 1200" in source.locator("figcaption").inner_text()  # noqa: RUF001
    assert (
        source.locator("img").evaluate("async (image) => { await image.decode(); return image.naturalHeight }") == 320
    )
