"""Notices that time is running out, before Lambda ends the process without a word."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import steps
import telemetry

MARGIN = 1.0  # seconds before the end that are left to report it; of short timeouts a tenth

_armed = False


class OutOfTimeError(Exception):
    """The invocation is about to be ended; the message names the step that was running."""


class _Interrupt(BaseException):
    """No Exception, which decoders and the S3 client would take for one of their own errors, and retry or swallow."""


@contextmanager
def watched(context: Any) -> Iterator[None]:
    """The block is interrupted shortly before the invocation of CONTEXT would be; without a context, never.

    The step that runs then is logged by a thread in any case. The block itself is interrupted only as soon as Python
    code runs in it again: a socket is left at once, an encoder in C goes on to its end.

    Raises:
        OutOfTimeError: instead of the block's end.
    """
    if context is None:
        yield
        return
    global _armed
    remaining = context.get_remaining_time_in_millis() / 1000
    watchdog = threading.Timer(remaining - min(MARGIN, remaining / 10), _report)
    watchdog.daemon = True
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGALRM, _interrupt)
    _armed = True
    watchdog.start()
    try:
        yield
    except _Interrupt as interrupt:
        raise OutOfTimeError(str(interrupt)) from None
    finally:
        _armed = False
        watchdog.cancel()


def _report() -> None:
    telemetry.error("time is running out", step=steps.running(), milliseconds=steps.taken())
    if signal.getsignal(signal.SIGALRM) is _interrupt:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    if _armed:  # else the block ended while the watchdog barked
        raise _Interrupt(f"time is running out in step {steps.running()}; before it, in ms: {steps.taken()}")
