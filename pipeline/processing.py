"""Files in, outcomes out: uploads and waits, with a bound on what is in flight."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from pipeline.deployment import Deployment
from pipeline.errors import DeadlineError, PipelineError
from pipeline.outcomes import Outcome, send, wait_for_outcome

# More at once only starts more functions, which on one machine share its processors.
AT_ONCE = 2 * (os.cpu_count() or 1)


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
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(directory).parts)
    }
    if not files:
        raise PipelineError(f"{directory} holds no files", "name a directory that holds images")
    return files


def process(deployment: Deployment, files: dict[str, Path], seconds: float) -> Iterator[Result]:
    """Uploads FILES (key -> path) and yields each result as it comes; an upload may take SECONDS."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            running = [pool.submit(_process, deployment, key, path, seconds) for key, path in files.items()]
            for finished in as_completed(running):
                yield finished.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _process(deployment: Deployment, key: str, path: Path, seconds: float) -> Result:
    started = time.monotonic()
    upload = send(deployment, path, key)
    try:
        outcome = wait_for_outcome(deployment, upload, seconds)
    except DeadlineError as error:
        outcome = Outcome(upload, "pending", {}, error.problem)
    return Result(path, outcome, time.monotonic() - started)
