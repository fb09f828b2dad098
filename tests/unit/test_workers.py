"""A task that crashes, hangs, or takes too much memory doesn't affect the others."""

import os
import signal
import time
from collections.abc import Callable

from pipeline.lib.workers import Lost, each

GIGABYTE = 2**30


def perform(action: str) -> str:
    actions: dict[str, Callable[[], object]] = {
        "crash": lambda: os.kill(os.getpid(), signal.SIGSEGV),
        "leave": lambda: os._exit(3),
        "hang": lambda: time.sleep(60),
        "fail": lambda: 1 / 0,
        "grow": lambda: bytearray(4 * GIGABYTE),
    }
    actions.get(action, lambda: None)()
    return action


def test_each_item_has_a_result_or_is_lost() -> None:
    items = ["one", "crash", "two", "leave", "hang", "fail", "grow", "three"]

    results = dict(each(perform, items, seconds=10, memory=2 * GIGABYTE, processes=2))

    assert results == {
        "one": "one",
        "crash": Lost("killed by SIGSEGV"),
        "two": "two",
        "leave": Lost("exited with 3"),
        "hang": Lost("no result in time"),
        "fail": Lost("ZeroDivisionError('division by zero')"),
        "grow": Lost("out of memory"),
        "three": "three",
    }


def test_no_items_give_no_results() -> None:
    assert list(each(perform, [], seconds=1, memory=GIGABYTE)) == []


def test_tasks_that_nobody_waits_for_are_stopped() -> None:
    results = each(perform, ["one", "hang"], seconds=60, memory=GIGABYTE, processes=2)
    started = time.monotonic()

    assert next(results) == ("one", "one")
    results.close()  # type: ignore[attr-defined]

    assert time.monotonic() - started < 10
