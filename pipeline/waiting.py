"""Waiting with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0  # seconds


def poll(probe: Callable[[], Found | None], seconds: float, unless: Callable[[], bool] = lambda: False) -> Found | None:
    """What PROBE returns as soon as that is something; None after SECONDS, or when UNLESS says that it is in vain."""
    deadline = time.monotonic() + seconds
    pause = FIRST_PAUSE
    while (found := probe()) is None and time.monotonic() < deadline and not unless():
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
    return found
