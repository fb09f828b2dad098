"""Waiting with a deadline."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from pipeline.lib.errors import DeadlineError

Found = TypeVar("Found")
Item = TypeVar("Item")

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0  # seconds


def poll(probe: Callable[[], Found | None], seconds: float, unless: Callable[[], bool] = lambda: False) -> Found | None:
    """What PROBE returns as soon as that is something; None after SECONDS, or when UNLESS says that it is in vain."""
    deadline = time.monotonic() + seconds
    pause = FIRST_PAUSE
    while (found := probe()) is None and time.monotonic() < deadline and not unless():
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
    return found


def within(seconds: float, items: Iterable[Item]) -> Iterator[Item]:
    """ITEMS as they come.

    Raises:
        DeadlineError: they are not through after SECONDS.
    """
    deadline = time.monotonic() + seconds
    for count, item in enumerate(items):
        if time.monotonic() > deadline:
            raise DeadlineError(f"not through after {seconds:g} s, {count:,} are done", "give it more by --deadline")
        yield item


def paced(items: Iterable[Item], per_second: float) -> Iterator[Item]:
    """ITEMS, at most PER_SECOND of them a second."""
    due = time.monotonic()
    for item in items:
        time.sleep(max(0.0, due - time.monotonic()))
        due = max(due, time.monotonic()) + 1 / per_second
        yield item
