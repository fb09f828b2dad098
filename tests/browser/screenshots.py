"""Makes the README's pictures of the contact sheet: `make screenshots`.

Each picture contains a digest of the page's design, by which a test finds that the pictures are out of date.
"""

from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Browser

from pipeline.commands.demo import demo
from pipeline.contact_sheet.page import TEMPLATES
from pipeline.lib.paths import BUILD, ROOT
from tests.browser.chromium import chromium

FILES = {"light": ROOT / "docs" / "contact-sheet.png", "dark": ROOT / "docs" / "contact-sheet-dark.png"}
WINDOW = {"width": 1280, "height": 1150}
COLORS = 256  # hardly visible, and a quarter of the bytes. MAXCOVERAGE keeps the colors of small things
DIGEST = "Design"  # the name of the digest among the texts of a PNG
OUTPUT = BUILD / "screenshots"


def digest() -> str:
    """Return the digest of the templates, and of this script."""
    return sha256(b"".join(path.read_bytes() for path in _design())).hexdigest()


def _design() -> Iterator[Path]:
    yield from sorted(path for path in TEMPLATES.iterdir() if path.is_file())
    yield Path(__file__)


def screenshot(browser: Browser, page_file: Path, scheme: str) -> Image.Image:
    """Return the first screen of the sheet in a color scheme, with every picture decoded."""
    page = browser.new_page(viewport=WINDOW, device_scale_factor=1.5, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(page_file.as_uri())
    page.get_by_role("combobox").select_option("largest")
    page.locator("img").evaluate_all("all => Promise.all(all.filter((one) => one.src).map((one) => one.decode()))")
    return Image.open(BytesIO(page.screenshot()))


def save(picture: Image.Image, path: Path) -> None:
    """Write `picture` to `path`, with the digest of the design."""
    texts = PngInfo()
    texts.add_text(DIGEST, digest())
    picture.convert("RGB").quantize(COLORS, Image.Quantize.MAXCOVERAGE, kmeans=2).save(
        path, optimize=True, pnginfo=texts
    )


if __name__ == "__main__":
    demo(output=OUTPUT)
    with chromium() as browser:
        for scheme, path in FILES.items():
            save(screenshot(browser, OUTPUT / "index.html", scheme), path)
            print(path.relative_to(ROOT))
