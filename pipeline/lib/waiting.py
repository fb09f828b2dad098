"""Wait with a deadline, and limit a rate."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from pipeline.lib.errors import DeadlineError

Found = TypeVar("Found")
Item = TypeVar("Item")

MIN_PAUSE, MAX_PAUSE = 0.05, 1.0  # seconds between two probes


def poll(probe: Callable[[], Found | None], seconds: float, unless: Callable[[], bool] = lambda: False) -> Found | None:
    """Return what `probe` returns once it isn't None; return None after `seconds`, or once `unless` returns true."""
    deadline = time.monotonic() + seconds
    pause = MIN_PAUSE
    while (found := probe()) is None and time.monotonic() < deadline and not unless():
        time.sleep(pause)
        pause = min(pause * 1.5, MAX_PAUSE)
    return found


def within(seconds: float, items: Iterable[Item]) -> Iterator[Item]:
    """Yield `items`.

    Raises:
        DeadlineError: they take longer than `seconds`.
    """
    deadline = time.monotonic() + seconds
    for count, item in enumerate(items):
        if time.monotonic() > deadline:
            raise DeadlineError(f"not finished after {seconds:g} s: {count:,} done", "allow more time with --deadline")
        yield item


def limit_rate(items: Iterable[Item], per_second: float) -> Iterator[Item]:
    """Yield `items`, at most `per_second` of them a second."""
    due = time.monotonic()
    for item in items:
        time.sleep(max(0.0, due - time.monotonic()))
        due = max(due, time.monotonic()) + 1 / per_second
        yield item
