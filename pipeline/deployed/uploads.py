"""Uploads in, outcomes out, with a bound on what is in flight."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload
from pipeline.deployed.outcomes import Outcome, send, wait_for_outcome
from pipeline.lib.errors import DeadlineError, PipelineError
from pipeline.lib.paths import is_shown

# More at once only starts more functions, which on one machine share its processors.
AT_ONCE = 2 * (os.cpu_count() or 1)
AT_ONCE_ON_AWS = 50

Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Result:
    """How one file ended, and after how many seconds."""

    path: Path
    outcome: Outcome
    seconds: float


def files_below(directory: Path) -> dict[str, Path]:
    """The files in DIRECTORY and its folders, hidden ones left out, by the key that each gets.

    Raises:
        PipelineError: there is no such directory, or no file in it.
    """
    if not directory.is_dir():
        raise PipelineError(f"{directory} is not a directory", "name one that holds images")
    files = {
        path.relative_to(directory).as_posix(): path
        for path in sorted(directory.rglob("*"))
        if is_shown(path, directory)
    }
    if not files:
        raise PipelineError(f"{directory} holds no files", "name a directory that holds images")
    return files


def process(deployment: Deployment, files: dict[str, Path], seconds: float) -> Iterator[Result]:
    """Uploads FILES (key -> path) and yields each result as it comes; an upload may take SECONDS."""
    return at_once(deployment, lambda file: process_file(deployment, *file, seconds), files.items())


def process_file(deployment: Deployment, key: str, path: Path, seconds: float) -> Result:
    """Uploads the file at PATH under KEY, and waits for its outcome."""
    started = time.monotonic()
    outcome = settled(deployment, send(deployment, path, key), seconds)
    return Result(path, outcome, time.monotonic() - started)


def settled(deployment: Deployment, upload: Upload, seconds: float) -> Outcome:
    """The outcome of UPLOAD; it is pending when there is none after SECONDS, and the function ignores empty ones."""
    if not upload.size:
        return Outcome(upload, "rejected", {}, "an empty file: nothing is made of it", "empty")
    try:
        return wait_for_outcome(deployment, upload, seconds)
    except DeadlineError as error:
        return Outcome(upload, "pending", {}, error.problem)


def most_at_once(deployment: Deployment) -> int:
    """How many uploads of DEPLOYMENT may be in flight."""
    return AT_ONCE_ON_AWS if deployment.endpoint_url is None else AT_ONCE


def at_once(deployment: Deployment, work: Callable[[Given], Made], items: Iterable[Given]) -> Iterator[Made]:
    """What WORK makes of ITEMS, as it comes, with no more in flight than DEPLOYMENT takes; none is begun earlier."""
    running: set[Future[Made]] = set()
    with ThreadPoolExecutor(most_at_once(deployment)) as pool:
        for item in items:
            running.add(pool.submit(work, item))
            if len(running) >= most_at_once(deployment):
                yield from _finished(running)
        while running:
            yield from _finished(running)


def _finished(running: set[Future[Made]]) -> Iterator[Made]:
    done = wait(running, return_when=FIRST_COMPLETED).done
    running -= done
    for future in done:
        yield future.result()
