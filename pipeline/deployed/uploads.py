"""Wait for outcomes, and limit how many uploads are in flight."""

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload
from pipeline.deployed.invocations import max_concurrency
from pipeline.deployed.outcomes import Outcome, wait_for_outcome
from pipeline.lib.errors import DeadlineError

# More only starts more functions, which share the processors of one machine.
MAX_IN_FLIGHT = 2 * (os.cpu_count() or 1)
MAX_IN_FLIGHT_ON_AWS = 50
MAX_INVOCATIONS_ON_AWS = 200

Given = TypeVar("Given")
Made = TypeVar("Made")


def outcome_within(deployment: Deployment, upload: Upload, seconds: float) -> Outcome:
    """Return the outcome of `upload`: pending if it has none after `seconds`, rejected if it is empty.

    The function ignores empty uploads.
    """
    if not upload.size:
        return Outcome(upload, "rejected", {}, "an empty file has no variants", "empty")
    try:
        return wait_for_outcome(deployment, upload, seconds)
    except DeadlineError as error:
        return Outcome(upload, "pending", {}, error.problem)


def max_in_flight(deployment: Deployment) -> int:
    """Return how many requests to `deployment` may be in flight."""
    return MAX_IN_FLIGHT_ON_AWS if deployment.endpoint_url is None else MAX_IN_FLIGHT


def max_invocations(deployment: Deployment) -> int:
    """Return how many invocations of the function may be in flight: as many as it has room for, within reason."""
    most = MAX_IN_FLIGHT if deployment.endpoint_url else MAX_INVOCATIONS_ON_AWS
    return max(1, min(most, max_concurrency(deployment)))


def run_in_parallel(
    deployment: Deployment, work: Callable[[Given], Made], items: Iterable[Given], most: int | None = None
) -> Generator[Made, None, None]:
    """Yield what `work` returns for each of `items`, in the order in which they finish.

    No more than `most` are in flight, or than `deployment` can work on, and no item is read earlier than it starts.
    """
    most = most or max_in_flight(deployment)
    running: set[Future[Made]] = set()
    with ThreadPoolExecutor(most) as pool:
        for item in items:
            running.add(pool.submit(work, item))
            if len(running) >= most:
                yield from _finished(running)
        while running:
            yield from _finished(running)


def _finished(running: set[Future[Made]]) -> Iterator[Made]:
    done = wait(running, return_when=FIRST_COMPLETED).done
    running -= done
    for future in done:
        yield future.result()
