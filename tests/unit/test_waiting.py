"""Deadlines and rates."""

import time
from collections.abc import Iterator

import pytest

from pipeline.lib.errors import DeadlineError
from pipeline.lib.waiting import limit_rate, within


def test_an_item_before_the_deadline_is_yielded() -> None:
    assert list(within(5, range(3))) == [0, 1, 2]


def test_waiting_ends_at_the_deadline() -> None:
    with pytest.raises(DeadlineError, match=r"not finished after 0\.05 s"):
        list(within(0.05, slowly()))


def test_items_are_yielded_at_the_rate() -> None:
    started = time.monotonic()
    assert list(limit_rate(range(6), 20)) == list(range(6))
    assert 0.24 < time.monotonic() - started < 2


def slowly() -> Iterator[int]:
    for number in range(100):
        time.sleep(0.02)
        yield number
