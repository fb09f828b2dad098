"""How the sheet looks: color schemes, widths, paper, hostile names, and what a screen reader finds."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from PIL import Image, ImageStat
from playwright.sync_api import Browser, Page

from pipeline.contact_sheet import page as page_module
from pipeline.lib.text import visible
from tests.browser.conftest import DESKTOP, HOSTILE, PHONE, Open, Run
from tests.browser.sheet import compare, names, row
from tests.contact_sheets import entry, picture_in, written

Scheme = Literal["light", "dark"]
HOSTILE_NAMES = [
    HOSTILE,
    "\"'>.png",
    "</script><script>alert(1)</script>",
    "two\nlines",
    "\u202egpj.exe",
    "\u2066hidden\u2069",
    "\x1b[2J\x9b31m",
    "שלום.png",
    "{{ 7 * 7 }}",
]
SHOWN = [visible(name) for name in HOSTILE_NAMES]

INTRUSION = """async () => {
  const refused = [];
  document.addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
  const add = (tag, properties) => document.body.append(Object.assign(document.createElement(tag), properties));
  add("script", { textContent: "window.hacked = true" });
  add("img", { src: "http://127.0.0.1:9/x.png" });
  for (let waits = 0; refused.length < 2 && waits < 100; waits++) await new Promise((later) => setTimeout(later, 20));
  return [refused.toSorted(), window.hacked ?? false];
}"""


def brightness(page: Page) -> float:
    return ImageStat.Stat(Image.open(BytesIO(page.screenshot())).convert("L")).mean[0]


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(scheme: Scheme, size: tuple[int, int], run: Run, open_page: Open) -> None:
    page = open_page(run.page, size, color_scheme=scheme)
    for name in names(page):
        row(page, name)
    check_with_axe(page)
    compare(page, "landscape.jpg", "thumbnail")
    check_with_axe(page)


def check_with_axe(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_dark_is_dark_and_light_is_light(run: Run, open_page: Open) -> None:
    dark, light = (brightness(open_page(run.page, color_scheme=scheme)) for scheme in ("dark", "light"))
    assert dark < 90
    assert light > 170


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 2560])
def test_no_element_is_wider_than_the_window(width: int, run: Run, open_page: Open) -> None:
    page = open_page(run.page, (width, 800))
    for name in names(page):
        row(page, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    compare(page, "landscape.jpg", "low")
    assert page.evaluate("document.querySelector('dialog').scrollWidth") <= width


def test_hostile_names_are_shown_as_text(tmp_path: Path, open_page: Open) -> None:
    picture = picture_in(tmp_path)
    made = [entry(name, picture, animation=name) for name in HOSTILE_NAMES]
    made += [entry(f"rejected {name}", state="rejected", reason=name) for name in HOSTILE_NAMES]
    page = open_page(written(tmp_path / "index.html", made).page)
    assert sorted(names(page)) == sorted([*SHOWN, *(f"rejected {name}" for name in SHOWN)])
    assert sorted(page.locator(".reason").all_text_contents()) == sorted(SHOWN)
    assert sorted(page.locator(".animation bdi").all_text_contents()) == sorted(SHOWN)
    for complete in page.locator(".row.complete").all():
        complete.get_by_role("button").first.click()
        assert page.locator("dialog h2").text_content() == complete.locator("h2").text_content()
        page.keyboard.press("Escape")


def test_a_name_does_not_reorder_the_text_around_it(tmp_path: Path, open_page: Open) -> None:
    made = entry("\u202efdp.exe \u05d0", state="rejected", reason="\u202eno\u2066")
    page = open_page(written(tmp_path / "index.html", [made]).page)
    found = page.locator(".row h2 bdi, .row .reason bdi")
    assert found.all_text_contents() == ["\\u202efdp.exe \u05d0", "\\u202eno\\u2066"]
    assert found.evaluate_all("all => all.map((one) => getComputedStyle(one).unicodeBidi)") == ["isolate"] * 2


def test_a_long_name_is_shortened_in_the_middle(tmp_path: Path, open_page: Open) -> None:
    name = "2026/" + "a very long name " * 10 + "and its end.jpg"
    page = open_page(written(tmp_path / "index.html", [entry(name, picture_in(tmp_path))]).page)
    heading = page.get_by_role("heading", name=name, exact=True)
    shown = heading.text_content() or ""
    assert (len(shown), shown[:10], shown[35], shown[-11:]) == (71, name[:10], "…", "its end.jpg")
    assert heading.get_attribute("title") == name
    page.get_by_role("button", name=f"Compare low of {name}").click()
    assert page.get_by_role("dialog", name=name).locator("h2").text_content() == shown


def test_versions_of_a_file_have_numbers_and_times(tmp_path: Path, open_page: Open) -> None:
    picture = picture_in(tmp_path)
    made = [entry("a.png", picture, since=datetime(2026, 1, day, tzinfo=UTC)) for day in (2, 1)]
    page = open_page(written(tmp_path / "index.html", made).page)
    facts = page.locator(".facts").all_inner_texts()
    assert ["version 1 of 2 · 2026-01-01" in facts[0], "version 2 of 2 · 2026-01-02" in facts[1]] == [True] * 2
    page.get_by_role("button", name="Compare png of a.png, version 2 of 2").click()
    assert page.locator("dialog h2").text_content() == "a.png · version 2 of 2"


def test_pictures_in_the_folder_next_to_the_page_load(
    tmp_path: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "MAX_PAGE", 0)
    page = open_page(written(tmp_path / "my sheet.html", [entry("a.png", picture_in(tmp_path))]).page)
    assert "full pictures in my sheet.pictures" in page.locator("header p").first.inner_text()
    image = row(page, "a.png").locator("img").first
    image.evaluate("image => image.decode()")
    assert image.evaluate("image => image.naturalWidth") == 40
    assert (image.get_attribute("src") or "").startswith("my%20sheet.pictures/")


def test_a_phone_shows_pictures_first_and_totals_on_request(run: Run, open_page: Open) -> None:
    page = open_page(run.page, PHONE)
    first = page.locator("img:visible").first.bounding_box()
    assert first
    assert first["y"] + first["height"] < PHONE[1]
    totals = page.locator(".figures")
    assert totals.is_hidden()
    line = page.locator("summary")
    assert "13 uploads: 9 complete 2 rejected 1 failed 1 pending" in " ".join(line.inner_text().split())
    line.click()
    assert totals.is_visible()


def test_a_desktop_shows_the_totals(page: Page) -> None:
    assert page.locator(".figures").is_visible()
    assert page.locator("summary").is_hidden()


def test_paper_has_states_and_no_controls(run: Run, open_page: Open) -> None:
    page = open_page(run.page, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator("input:visible, select:visible, .remedy button:visible").count() == 0
    assert page.locator(".row .state:visible").all_text_contents().count("complete") == 9
    assert page.locator(".tools [role=status]").inner_text() == "13 of 13 uploads"
    assert brightness(page) > 170
    assert page.locator("img").count() > 40, "those far below the window too"


def test_the_policy_blocks_other_scripts_and_pictures(run: Run, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(run.page.as_uri())
    assert page.evaluate(INTRUSION) == [["img-src", "script-src-elem"], False]
    page.close()
