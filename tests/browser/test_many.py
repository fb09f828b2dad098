"""Three thousand uploads on one sheet."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.browser.sheet import names
from tests.contact_sheets import entry, picture_in, written

COUNT = 3_000
FEW = COUNT  # pictures, six a row: those near the window, and near what scrolled past
KEYSTROKE = """async (typed) => {
  const [name, started] = [document.querySelector("[name=name]"), performance.now()];
  name.value = typed;
  name.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
  return performance.now() - started;
}"""


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    picture = picture_in(folder, (400, 300))
    made = (entry(f"folder/IMG_{number:04}.jpg", picture, milliseconds=number) for number in range(COUNT))
    return written(folder / "index.html", made).page


@pytest.fixture
def many(sheet: Path, open_page: Open) -> Page:
    return open_page(sheet)


def test_only_rows_near_the_window_have_pictures(sheet: Path, open_page: Open) -> None:
    started = time.monotonic()
    page = open_page(sheet)
    assert page.locator(".tools [role=status]").inner_text() == "3,000 of 3,000 uploads"
    print(f"{COUNT:,} rows after {time.monotonic() - started:.2f} s")
    assert 0 < page.locator("img").count() < FEW


def test_each_keystroke_filters(many: Page) -> None:
    taken = [many.evaluate(KEYSTROKE, typed) for typed in ("i", "img_2", "img_29", "img_2", "")]
    print("keystrokes:", ", ".join(f"{milliseconds:.0f} ms" for milliseconds in taken))
    many.get_by_role("searchbox", name="Name").fill("img_299")
    assert names(many) == [f"folder/IMG_299{digit}.jpg" for digit in range(10)]


def test_the_last_row_gets_its_pictures_when_it_is_near(many: Page) -> None:
    last = many.locator(".row").last
    assert last.locator("img").count() == 0
    many.keyboard.press("End")
    last.locator("img").first.wait_for()
    assert many.locator("img").count() < FEW


def test_sorting_covers_all_rows(many: Page) -> None:
    many.get_by_role("combobox").select_option("slowest")
    assert many.locator(".row h2").first.inner_text() == "folder/IMG_2999.jpg"
