"""Interrupt the work shortly before Lambda ends the process without a trace."""

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

import telemetry
from steps import Steps

T = TypeVar("T")

MARGIN = 1.0  # seconds left for reporting; a tenth of the time if the timeout is short


class OutOfTimeError(Exception):
    """The invocation is about to end. The message names the step that was running."""


class _Interrupt(BaseException):
    """Not an Exception: decoders and the S3 client would handle it as their own error, and retry or hide it."""


class Deadline:
    """The moment shortly before an invocation ends. Without a `context`, such as in tests, there is no deadline."""

    def __init__(self, context: Any) -> None:
        self._moment: float | None = None
        if context is not None:
            remaining = context.get_remaining_time_in_millis() / 1000
            self._moment = time.monotonic() + remaining - min(MARGIN, remaining / 10)

    def run(self, work: Callable[[], T], steps: Steps) -> T:
        """Return the result of `work()`.

        At the deadline, a thread logs the step that is running, and interrupts the main thread as soon as it runs
        Python code: waiting for a socket ends immediately, but an encoder written in C finishes first.

        Raises:
            OutOfTimeError: the deadline has passed.
        """
        if self._moment is None:
            return work()
        seconds = self._moment - time.monotonic()
        if seconds <= 0:
            raise OutOfTimeError("time ran out before this upload's turn")
        watchdog = _Watchdog(seconds, steps)
        try:
            watchdog.start()
            try:
                return work()
            finally:
                watchdog.disarm()
        except _Interrupt as interrupt:
            # If another error was being handled, the log shows it, too.
            raise OutOfTimeError(str(interrupt)) from interrupt.__context__
        finally:
            watchdog.stop()


class _Watchdog:
    """Interrupts the main thread once, after `seconds`, unless it is disarmed first."""

    def __init__(self, seconds: float, steps: Steps) -> None:
        self._steps = steps
        self._armed = False
        self._can_interrupt = threading.current_thread() is threading.main_thread()
        self._timer = threading.Timer(seconds, self._fire)
        self._timer.daemon = True

    def start(self) -> None:
        if self._can_interrupt:
            self._former = signal.signal(signal.SIGALRM, self._interrupt)
        self._armed = True
        self._timer.start()

    def disarm(self) -> None:
        self._armed = False

    def stop(self) -> None:
        self._armed = False
        self._timer.cancel()
        if self._timer.is_alive():  # false if it couldn't be started
            self._timer.join()
        if self._can_interrupt:
            # The default action would end the process if the signal arrives late.
            signal.signal(signal.SIGALRM, self._former if callable(self._former) else signal.SIG_IGN)

    def _fire(self) -> None:
        telemetry.error("time is running out", step=self._steps.running(), milliseconds=self._steps.taken())
        if self._armed and self._can_interrupt:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        if self._armed:
            self._armed = False
            running, taken = self._steps.running(), self._steps.taken()
            raise _Interrupt(f"time is running out in step {running}; before it, in ms: {taken}")
