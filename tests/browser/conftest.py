"""A browser, and a contact sheet of a real run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from pipeline.commands.common.samples import write_samples
from pipeline.commands.upload import files_below, upload_files
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.outcomes import Outcome, send, wait_for_outcome
from tests.browser.chromium import chromium
from tests.integration.commands import commands
from tests.integration.faults import no_room, settings, without_notification, without_retries
from tests.integration.stacks import running

SECONDS = 60
HOSTILE = "<img src=x onerror=alert(1)>.jpg"
DESKTOP, PHONE = (1280, 900), (390, 844)

Open = Callable[..., Page]  # takes the page's file, the window's size, and Playwright's settings of a context


@dataclass(frozen=True)
class Run:
    """A contact sheet, and the uploads that it shows."""

    page: Path
    deployment: Deployment
    outcomes: dict[str, Outcome]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as browser:
            yield browser
    except FileNotFoundError as error:
        pytest.exit(str(error), 1)


@pytest.fixture(scope="session")
def run(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:  # noqa: ARG001 - fails first
    """Run `pipeline gallery` on the samples, an upload with a hostile name, a failed and a pending one."""
    folder = tmp_path_factory.mktemp("run")
    samples = write_samples(folder / "samples")
    (samples / HOSTILE).write_bytes((samples / "landscape.jpg").read_bytes())
    with running("embedded", folder) as (stack, deployment):
        results = upload_files(deployment, files_below(samples), SECONDS)
        outcomes = {result.outcome.upload.key: result.outcome for result in results}
        outcomes["failed.png"] = failed(deployment, samples / "café+crème" / "logo.png")
        with without_notification(deployment):
            send(deployment, samples / "notes.txt", "pending.txt")
        made = commands(stack)("gallery", "--out", str(folder / "out"), "--json")
        assert made.status == 0, made.output
        yield Run(folder / "out" / "index.html", deployment, outcomes)


def failed(deployment: Deployment, path: Path) -> Outcome:
    with without_retries(deployment), settings(deployment, no_room(deployment)):
        outcome = wait_for_outcome(deployment, send(deployment, path, "failed.png"), SECONDS)
    assert outcome.state == "failed"
    return outcome


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open files in separate contexts. A message on the console or a request to elsewhere fails the test."""
    contexts, complaints = [], []

    def open_page(path: Path, size: tuple[int, int] = DESKTOP, **settings: Any) -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url[:200]}"))
        page.on("request", lambda request: complaints.extend(elsewhere(request.url)))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def elsewhere(url: str) -> list[str]:
    return [] if url.startswith(("file:", "blob:")) else [f"request: {url[:200]}"]


@pytest.fixture
def page(run: Run, open_page: Open) -> Page:
    """Return the sheet of the run on a desktop."""
    return open_page(run.page)
