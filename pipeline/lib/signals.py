"""Handle signals that end this process, and delay them while a block must finish."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def exit_on_signals() -> None:
    """Make SIGTERM and SIGHUP (a closed terminal) raise, like Ctrl-C, so the process stops what it started."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _exit)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Delay signals that end this process until the block is done. In other threads than the first, none arrive."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[int] = []
    before = {number: signal.signal(number, lambda which, _: received.append(which)) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for first in received[:1]:
            signal.raise_signal(first)


def _exit(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)
