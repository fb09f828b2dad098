"""The steps of processing an upload, which the log and the contact sheet show under these names."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum


class Step(StrEnum):
    """What the function does with an upload. ENCODE and WRITE happen once for each variant."""

    READ = "read"
    DECODE = "decode"
    ENCODE = "encode"
    WRITE = "write"
    FIND_VARIANTS = "find variants"
    WRITE_REJECTION = "write rejection"
    DELETE = "delete"  # what was made from an upload that is deleted
    WAIT = "wait for encoders"  # that an earlier error or timeout left running

    def of(self, variant: str) -> str:
        """Return the name under which this step of `variant` is logged."""
        return f"{self} {variant}"


class Steps:
    """The steps of one upload: which ones are running, and how long each took. Threads can share it."""

    def __init__(self) -> None:
        self._running: list[str] = []
        self._taken: dict[str, int] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Record that the block is the step `name`."""
        name = str(name)  # not a Step, whose representation would be in the error
        started = time.monotonic()
        self._running.append(name)
        try:
            yield
        finally:
            self._running.remove(name)
            self._taken[name] = round((time.monotonic() - started) * 1000)

    def skip(self, name: str) -> None:
        """Record that the step `name` took no time, because another one did its work."""
        self._taken[str(name)] = 0

    def running(self) -> str:
        """Return the names of the steps that are running."""
        return ", ".join(self._running) or "between two steps"

    def taken(self) -> dict[str, int]:
        """Return how many milliseconds each finished step took."""
        return dict(self._taken)
