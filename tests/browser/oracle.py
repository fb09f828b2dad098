"""Compare the pipeline's variants with their source, as Chromium shows both."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route

MAX_DIFFERENCE = 2  # levels of 255, the average of all pixels
SCRIPT = Path(__file__).with_suffix(".js")
PAGE = "http://localhost/"  # answered by `_empty_page`: ImageDecoder exists in secure contexts only
MEDIA_TYPES = {b"\xff\xd8": "jpeg", b"\x89P": "png", b"RI": "webp", b"GI": "gif", b"BM": "bmp", b"\0\0": "avif"}
MIN_MILLISECONDS, DEFAULT_MILLISECONDS = 11, 100  # browsers show a frame with a shorter time for the default


class DiffersError(AssertionError):
    """A variant does not look like its source."""


class Oracle:
    """A page of Chromium that decodes and compares images."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def compare(self, source: bytes, png: bytes, webp: bytes, quality: int) -> None:
        """Compare the first frame of `source` with both variants, and all frames with the WebP.

        What lossy WebP loses at `quality` is not a difference: Chromium encodes the source for comparison.

        Raises:
            DiffersError: a variant has another size, other frames, or other pixels.
        """
        stills = self._call("compareStills", source=source, png=png, webp=webp, quality=quality)
        if len({str(size) for size in stills["sizes"]}) > 1:
            raise DiffersError("Chromium shows {} for the source, {} for PNG, {} for WebP".format(*stills["sizes"]))
        _check(stills["png"], "PNG")
        _check(stills["webp"], "WebP")
        self._compare_animations(source, webp, quality)

    def is_complete(self, image: bytes) -> bool:
        """Return whether Chromium finds all pixels of all frames."""
        return self._call("lookAtFrames", image=image) is not None

    def _compare_animations(self, source: bytes, webp: bytes, quality: int) -> None:
        after = self._call("lookAtFrames", image=webp)
        most = len(after["milliseconds"]) + 1  # one more is a difference
        before = self._call("lookAtFrames", image=source, most=most)
        if before is None or len(before["milliseconds"]) == len(after["milliseconds"]) == 1:
            return  # stills, which are already compared
        before["milliseconds"] = [_shown(milliseconds) for milliseconds in before["milliseconds"]]
        if before != after:
            raise DiffersError(f"the source is {before}, the WebP is {after}")
        for number, difference in enumerate(self._call("compareFrames", source=source, webp=webp, quality=quality), 1):
            _check(difference, f"frame {number}")

    def _call(self, function: str, **arguments: bytes | int) -> Any:
        packed = {key: _packed(value) if isinstance(value, bytes) else value for key, value in arguments.items()}
        return self._page.evaluate(function, packed)


@contextmanager
def oracle_in(browser: Browser) -> Iterator[Oracle]:
    """Open the page; it loads nothing from a network."""
    page = browser.new_page()
    page.route("**/*", _empty_page)
    page.goto(PAGE)
    page.add_script_tag(content=SCRIPT.read_text())
    yield Oracle(page)
    page.close()


def _empty_page(route: Route) -> None:
    route.fulfill(body="<!doctype html>", content_type="text/html")


def _packed(image: bytes) -> dict[str, str]:
    return {"type": f"image/{MEDIA_TYPES[image[:2]]}", "base64": b64encode(image).decode()}


def _shown(milliseconds: int) -> int:
    return milliseconds if milliseconds >= MIN_MILLISECONDS else DEFAULT_MILLISECONDS


def _check(difference: dict[str, float] | None, what: str) -> None:
    if difference is None or max(difference.values()) > MAX_DIFFERENCE:
        raise DiffersError(f"{what}: the average difference in levels is {difference}")
