"""The Chromium that this machine has."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserType, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",  # which root, in a container, cannot have
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
MISSING = (
    f"no Chromium: none of {', '.join(NAMES)} is on PATH. Install one (Debian: apt-get install chromium),"
    " or name it by CHROMIUM=/path/to/chrome"
)


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Start Playwright and a browser without a window, with `arguments` too.

    Raises:
        FileNotFoundError: this machine has none.
    """
    with sync_playwright() as playwright, launched(playwright.chromium, *arguments) as browser:
        yield browser


@contextmanager
def launched(kind: BrowserType, *arguments: str) -> Iterator[Browser]:
    """Start a browser beside those that run already: one process can start Playwright only once.

    Raises:
        FileNotFoundError: this machine has none.
    """
    browser = kind.launch(executable_path=find(), args=[*ARGUMENTS, *arguments])
    try:
        yield browser
    finally:
        browser.close()


def find() -> str:
    """Return the path of the browser.

    Raises:
        FileNotFoundError: there is none.
    """
    named = os.environ.get("CHROMIUM")
    for found in map(shutil.which, [named] if named else NAMES):
        if found:
            return found
    raise FileNotFoundError(MISSING)
