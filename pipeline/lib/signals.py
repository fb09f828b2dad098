"""Signals that end this process, and what may not be left half done."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def end_in_order() -> None:
    """Has SIGTERM, and the terminal that is closed, end this process like Ctrl-C: what it started is stopped."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _exit)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """The block is gone through before a signal ends this process."""
    came: list[int] = []
    before = {number: signal.signal(number, lambda which, _: came.append(which)) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for which in came[:1]:
            signal.raise_signal(which)


def _exit(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)
