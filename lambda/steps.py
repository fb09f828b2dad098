"""The steps of processing one upload: which one runs, and how long each took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

_running: list[str] = []
_taken: dict[str, int] = {}


def begin() -> None:
    """Forgets the steps of the upload before."""
    _running.clear()
    _taken.clear()


@contextmanager
def step(name: str) -> Iterator[None]:
    """The block is the step NAME."""
    started = time.monotonic()
    _running.append(name)
    try:
        yield
    finally:
        _running.remove(name)
        _taken[name] = round((time.monotonic() - started) * 1000)


def running() -> str:
    """The step that runs now."""
    return ", ".join(_running) or "between two steps"


def taken() -> dict[str, int]:
    """Milliseconds of each step that has ended."""
    return dict(_taken)
