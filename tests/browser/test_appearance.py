"""Dark and light, wide and narrow, seen and heard."""

from io import BytesIO
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from PIL import Image, ImageStat
from playwright.sync_api import Browser, Page

from pipeline.contact_sheet import page as page_module
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
    "{{ 7 * 7 }}",
]

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
def test_nothing_is_wider_than_the_window(width: int, run: Run, open_page: Open) -> None:
    page = open_page(run.page, (width, 800))
    for name in names(page):
        row(page, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    compare(page, "landscape.jpg", "low")
    assert page.evaluate("document.querySelector('dialog').scrollWidth") <= width


def test_every_name_is_only_a_name(tmp_path: Path, open_page: Open) -> None:
    picture = picture_in(tmp_path)
    made = [entry(name, picture) for name in HOSTILE_NAMES]
    made += [entry(f"rejected {name}", state="rejected", reason=name) for name in HOSTILE_NAMES]
    page = open_page(written(tmp_path / "index.html", made).page)
    assert sorted(names(page)) == sorted([*HOSTILE_NAMES, *(f"rejected {name}" for name in HOSTILE_NAMES)])
    assert sorted(page.locator(".reason").all_text_contents()) == sorted(HOSTILE_NAMES)
    for complete in page.locator(".row.complete").all():
        complete.get_by_role("button").first.click()
        assert page.locator("dialog h2").text_content() == complete.locator("h2").text_content()
        page.keyboard.press("Escape")


def test_pictures_beside_the_page_load_too(tmp_path: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "EMBEDDED_BYTES", 0)
    page = open_page(written(tmp_path / "my sheet.html", [entry("a.png", picture_in(tmp_path))]).page)
    assert "pictures in the folder my sheet.pictures" in page.locator("header p").first.inner_text()
    image = row(page, "a.png").locator("img").first
    image.evaluate("image => image.decode()")
    assert image.evaluate("image => image.naturalWidth") == 40
    assert (image.get_attribute("src") or "").startswith("my%20sheet.pictures/")


def test_the_policy_lets_nothing_else_run(run: Run, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(run.page.as_uri())
    assert page.evaluate(INTRUSION) == [["img-src", "script-src-elem"], False]
    page.close()
