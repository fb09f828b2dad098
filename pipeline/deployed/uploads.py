"""Waiting for outcomes, with a limit on how many uploads are in flight."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload
from pipeline.deployed.outcomes import Outcome, wait_for_outcome
from pipeline.lib.errors import DeadlineError

# More at once only starts more functions, which on one machine share its processors.
AT_ONCE = 2 * (os.cpu_count() or 1)
AT_ONCE_ON_AWS = 50

Given = TypeVar("Given")
Made = TypeVar("Made")


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
