"""Run a function in threads, for requests that take milliseconds each."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

THREADS = 32
BATCH_SIZE = 500  # items that are in memory at the same time

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_in_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield what `function` returns for each of `items`, in their order."""
    remaining = iter(items)
    with ThreadPoolExecutor(THREADS) as threads:
        while batch := list(islice(remaining, BATCH_SIZE)):
            yield from threads.map(function, batch)
