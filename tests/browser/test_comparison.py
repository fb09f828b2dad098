"""The comparison of a variant with its source, pixel by pixel."""

import shutil
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Browser, Locator, Page, Route

from tests.browser.conftest import Open, Run
from tests.browser.sheet import compare, number

LOGO = "café+crème/logo.png"  # transparent at its corners, where JPEG is white


def seen(dialog: Locator) -> Image.Image:
    """Return the pictures on the screen, without what covers them."""
    dialog.locator(".divider, .side").evaluate_all("all => all.forEach((one) => (one.style.visibility = 'hidden'))")
    return Image.open(BytesIO(dialog.locator(".view").screenshot())).convert("RGB")


def cut(dialog: Locator) -> float:
    """Return how many pixels of the right picture are hidden, from its left."""
    return number(dialog.locator(".after"), "Number(element.style.clipPath.match(/([\\d.]+)px\\)/)[1])")


def test_the_keyboard_moves_the_divider(page: Page) -> None:
    dialog = compare(page, "landscape.jpg", "low")
    before, picture = cut(dialog), seen(dialog)
    page.keyboard.press("ArrowLeft")
    assert cut(dialog) < before
    page.keyboard.press("End")
    only_source = seen(dialog)
    page.keyboard.press("Home")
    only_variant = seen(dialog)
    assert len({image.tobytes() for image in (picture, only_source, only_variant)}) == 3
    left, right = (0, 0, 600, 600), (660, 0, 1260, 600)
    assert picture.crop(left).tobytes() == only_source.crop(left).tobytes()
    assert picture.crop(right).tobytes() == only_variant.crop(right).tobytes()


def test_the_mouse_moves_the_divider(page: Page) -> None:
    dialog = compare(page, "landscape.jpg", "low")
    before = cut(dialog)
    drag(page, dialog.locator(".divider"), -200)
    assert cut(dialog) == pytest.approx(before - 200, abs=8)  # whole percents of 1,280 pixels


def test_the_mouse_moves_a_picture_larger_than_the_window(page: Page) -> None:
    dialog = compare(page, "landscape.jpg", "webp")
    view = dialog.locator(".view")
    before, hidden = number(view, "element.scrollLeft"), cut(dialog)
    drag(page, view, -100, start=(300, 300))
    assert number(view, "element.scrollLeft") == before + 100
    assert cut(dialog) == hidden + 100, "the divider stays where it is in the window"


def test_the_keyboard_moves_a_picture_larger_than_the_window(page: Page) -> None:
    view = compare(page, "landscape.jpg", "webp").locator(".view")
    before = number(view, "element.scrollLeft")
    view.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("([view, before]) => view.scrollLeft > before", arg=[view.element_handle(), before])


def test_dragging_a_picture_that_fits_the_window_moves_the_divider(page: Page) -> None:
    dialog = compare(page, "palette.bmp", "low")
    before = cut(dialog)
    drag(page, dialog.locator(".view"), 64, start=(640, 300))
    assert cut(dialog) == pytest.approx(before + 64, abs=8)


@pytest.mark.parametrize("density", [1, 2])
def test_one_to_one_shows_each_pixel_as_one_pixel(density: int, run: Run, open_page: Open) -> None:
    dialog = compare(open_page(run.page, device_scale_factor=density), LOGO, "png")
    assert number(dialog.locator(".canvas"), "element.offsetWidth") == 600 / density
    dialog.get_by_role("radio", name="2:1").check()
    assert number(dialog.locator(".canvas"), "element.offsetWidth") == 1200 / density
    dialog.get_by_role("radio", name="fit").check()
    assert number(dialog.locator(".canvas"), "element.offsetHeight") <= number(
        dialog.locator(".view"), "element.clientHeight"
    )


def test_the_pixels_are_those_of_the_files(run: Run, page: Page) -> None:
    dialog = compare(page, "palette.bmp", "png")  # which loses nothing
    page.keyboard.press("End")
    source = seen(dialog)
    page.keyboard.press("Home")
    assert source.tobytes() == seen(dialog).tobytes()
    outcome = run.outcomes["palette.bmp"]
    body = run.deployment.s3.get_object(Bucket=run.deployment.processed_bucket, Key=outcome.keys["png"])["Body"]
    with Image.open(BytesIO(body.read())) as picture:
        expected = picture.convert("RGB")
    left, top = ((source.width - 480) // 2, (source.height - 320) // 2)
    assert source.crop((left, top, left + 480, top + 320)).tobytes() == expected.tobytes()


def test_the_source_is_upright(page: Page) -> None:
    dialog = compare(page, "on its side.jpg", "png")
    canvas = dialog.locator(".canvas")
    assert (number(canvas, "element.offsetWidth"), number(canvas, "element.offsetHeight")) == (1600, 1067)
    page.keyboard.press("End")
    source = seen(dialog)
    page.keyboard.press("Home")
    difference = ImageStat.Stat(ImageChops.difference(source, seen(dialog)))
    assert max(difference.mean) < 1


def test_transparency_does_not_show_the_other_picture(page: Page) -> None:
    dialog = compare(page, LOGO, "png")
    page.keyboard.press("End")
    source = seen(dialog)
    page.keyboard.press("Home")
    assert source.tobytes() == seen(dialog).tobytes()


def test_transparency_differs_from_white(page: Page) -> None:
    dialog = compare(page, LOGO, "compressed")
    shades = []
    for key in ("Home", "End"):
        page.keyboard.press(key)
        picture = seen(dialog)
        left, top = ((picture.width - 600) // 2 + 4, (picture.height - 600) // 2 + 4)
        shades.append({color for _, color in picture.crop((left, top, left + 24, top + 1)).getcolors() or []})
    assert shades[0] == {(255, 255, 255)}
    assert len(shades[1]) > 1, "the squares behind what is transparent"


def test_a_smaller_variant_has_the_scale_of_the_source(page: Page) -> None:
    dialog = compare(page, "landscape.jpg", "thumbnail")
    assert number(dialog.locator(".after"), "element.width") == 1600
    assert "200 × 133 pixels: enlarged 8.0 times" in dialog.locator(".note").inner_text()  # noqa: RUF001


def test_another_variant_can_be_chosen(page: Page) -> None:
    dialog = compare(page, "landscape.jpg", "low")
    before = dialog.locator(".after").get_attribute("src")
    dialog.get_by_role("radio", name="webp").check()
    assert dialog.locator(".after").get_attribute("src") != before
    assert dialog.locator(".side.right").inner_text().startswith("webp · ")


def test_digits_choose_a_picture_for_each_side(page: Page) -> None:
    dialog = compare(page, "landscape.jpg", "compressed")
    page.keyboard.press("4")
    page.keyboard.press("Shift+3")
    assert dialog.locator(".side.right").inner_text().startswith("webp · ")
    assert dialog.locator(".side.left").inner_text().startswith("low · ")
    assert dialog.get_by_role("radio", name="webp").is_checked()
    assert dialog.get_by_role("combobox", name="Left").input_value() == "low"
    assert "1–6 right picture" in dialog.locator(".keys").inner_text().replace(" ", " ")  # noqa: RUF001
    page.keyboard.press("7")
    assert dialog.locator(".side.right").inner_text().startswith("webp · "), "there are six"


def test_any_two_pictures_are_compared(run: Run, page: Page) -> None:
    dialog = compare(page, "palette.bmp", "compressed")
    dialog.get_by_role("combobox", name="Left").select_option("low")
    page.keyboard.press("5")
    dialog.locator(".before").evaluate("image => image.decode()")
    dialog.locator(".after").evaluate("image => image.decode()")
    dialog.get_by_role("slider").focus()
    for key, name in (("End", "low"), ("Home", "png")):
        page.keyboard.press(key)
        picture = seen(dialog)
        left, top = ((picture.width - 480) // 2, (picture.height - 320) // 2)
        shown = picture.crop((left, top, left + 480, top + 320))
        difference = ImageStat.Stat(ImageChops.difference(shown, variant(run, "palette.bmp", name)))
        assert max(difference.mean) < 1, name


def variant(run: Run, upload: str, name: str) -> Image.Image:
    key = run.outcomes[upload].keys[name]
    body = run.deployment.s3.get_object(Bucket=run.deployment.processed_bucket, Key=key)["Body"]
    return Image.open(BytesIO(body.read())).convert("RGB")


def test_the_comparison_continues_with_the_next_upload(page: Page) -> None:
    compared = page.locator(".row:has(button.frame) h2").all_text_contents()
    at = compared.index("landscape.jpg")
    dialog = compare(page, "landscape.jpg", "low")
    dialog.get_by_role("radio", name="2:1").check()
    assert position(dialog) == ("landscape.jpg", f"{at + 1} of {len(compared)}")
    page.keyboard.press("ArrowDown")
    assert position(dialog) == (compared[at + 1], f"{at + 2} of {len(compared)}")
    assert dialog.locator(".side.right").inner_text().startswith("low · "), "the variant stays"
    assert dialog.get_by_role("radio", name="2:1").is_checked()
    dialog.get_by_role("button", name="Previous upload").click()
    page.keyboard.press("ArrowUp")
    assert position(dialog) == (compared[at - 1], f"{at} of {len(compared)}")
    dialog.get_by_role("button", name="Close").click()
    assert page.evaluate("document.activeElement.ariaLabel") == f"Compare {compared[at - 1]} with its variants"


def position(dialog: Locator) -> tuple[str, str]:
    """Return the name of the upload, and which of how many it is."""
    return dialog.locator("h2").inner_text(), dialog.locator("output").inner_text()


def test_the_comparison_stays_within_the_search_results(page: Page) -> None:
    page.get_by_role("searchbox", name="Name").fill(".jp")
    dialog = compare(page, "landscape.jpg", "low")
    page.keyboard.press("ArrowDown")
    assert position(dialog) == ("on its side.jpg", "3 of 3")
    page.keyboard.press("ArrowDown")
    assert dialog.locator("output").inner_text() == "1 of 3", "after the last one comes the first"


def test_a_preview_is_shown_until_the_file_loads(run: Run, browser: Browser) -> None:
    page = browser.new_page()
    held: list[Route] = []
    page.route("**/*.png", lambda route: held.append(route))
    page.goto(run.page.as_uri())
    page.get_by_role("button", name="Compare png of landscape.jpg").click()
    after = page.locator(".after")
    assert after.evaluate("image => image.naturalWidth") == 0
    assert after.evaluate("image => getComputedStyle(image).backgroundImage").startswith('url("blob:')
    held[0].continue_()
    after.evaluate("image => image.decode()")
    assert after.evaluate("image => [image.naturalWidth, getComputedStyle(image).backgroundImage]") == [1600, "none"]
    page.close()


def test_a_page_without_its_folder_says_what_is_missing(run: Run, browser: Browser, tmp_path: Path) -> None:
    alone = Path(shutil.copy(run.page, tmp_path))
    page = browser.new_page()
    page.goto(alone.as_uri())
    page.get_by_role("button", name="Compare png of landscape.jpg").click()
    note = page.locator(".note", has_text="Only a preview of png: index.pictures/")
    note.wait_for()
    assert page.locator(".after").evaluate("image => getComputedStyle(image).backgroundImage").startswith('url("blob:')
    page.close()


def test_escape_returns_to_the_picture(page: Page) -> None:
    dialog = compare(page, "landscape.jpg", "low")
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.ariaLabel") == "Compare low of landscape.jpg"


def drag(page: Page, element: Locator, by: int, start: tuple[int, int] | None = None) -> None:
    box = element.bounding_box()
    assert box
    offset = start or (box["width"] / 2, box["height"] / 2)
    x, y = box["x"] + offset[0], box["y"] + offset[1]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y, steps=5)
    page.mouse.up()
