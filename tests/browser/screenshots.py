"""The README's pictures of the contact sheet: `make demo && .venv/bin/python -m tests.browser.screenshots`."""

from io import BytesIO

from PIL import Image
from playwright.sync_api import Browser

from pipeline.commands.demo import OUTPUT
from pipeline.lib.paths import ROOT
from tests.browser.chromium import chromium

FILES = {"light": "contact-sheet.png", "dark": "contact-sheet-dark.png"}
WINDOW = {"width": 1280, "height": 1060}
COLORS = 256  # which the eye does not miss, and a third of the bytes


def screenshot(browser: Browser, scheme: str) -> Image.Image:
    page = browser.new_page(viewport=WINDOW, device_scale_factor=1.5, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto((OUTPUT / "index.html").as_uri())
    page.get_by_role("combobox").select_option("largest")
    page.locator("img:visible").evaluate_all("all => Promise.all(all.map((one) => one.decode()))")
    return Image.open(BytesIO(page.screenshot()))


if __name__ == "__main__":
    with chromium() as browser:
        for scheme, name in FILES.items():
            picture = screenshot(browser, scheme).convert("RGB").quantize(COLORS)
            picture.save(ROOT / "docs" / name, optimize=True)
