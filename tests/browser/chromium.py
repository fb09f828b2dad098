"""Find and start the Chromium of this machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserType, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",  # root has no sandbox in a container
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
MISSING = (
    f"no Chromium: none of {', '.join(NAMES)} is on PATH. Install one (Debian: apt-get install chromium),"
    " or set CHROMIUM=/path/to/chrome"
)


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Start Playwright and a browser without a window. `arguments` are added to those of all tests.

    Raises:
        FileNotFoundError: this machine has no Chromium.
    """
    with sync_playwright() as playwright, launched(playwright.chromium, *arguments) as browser:
        yield browser


@contextmanager
def launched(kind: BrowserType, *arguments: str) -> Iterator[Browser]:
    """Start a browser with the Playwright that is running: a process can start it only once.

    Raises:
        FileNotFoundError: this machine has no Chromium.
    """
    browser = kind.launch(executable_path=find(), args=[*ARGUMENTS, *arguments])
    try:
        yield browser
    finally:
        browser.close()


def find() -> str:
    """Return the path of the browser.

    Raises:
        FileNotFoundError: this machine has no Chromium.
    """
    named = os.environ.get("CHROMIUM")
    for found in map(shutil.which, [named] if named else NAMES):
        if found:
            return found
    raise FileNotFoundError(MISSING)
