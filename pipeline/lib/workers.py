"""Run tasks in worker processes: one that crashes, hangs, or runs out of memory affects no other."""

import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

PROCESSES = multiprocessing.get_context("forkserver")  # forking a process that has threads can deadlock


@dataclass(frozen=True)
class Lost:
    """The reason why a worker process returned no result."""

    reason: str


class Worker(Generic[Item, Result]):
    """A process that handles one item at a time."""

    def __init__(self, task: Callable[[Item], Result], memory: int) -> None:
        self.connection, other_end = PROCESSES.Pipe()
        self.process: BaseProcess = PROCESSES.Process(target=_serve, args=(task, other_end, memory), daemon=True)
        self.process.start()
        other_end.close()
        self.deadline = 0.0

    def start(self, item: Item, seconds: float) -> None:
        """Send `item` to the process, which has `seconds` for it."""
        self.deadline = time.monotonic() + seconds
        with suppress(OSError):  # if the process is gone, result() reports it
            self.connection.send(item)

    def result(self) -> Result | Lost:
        """Return the result. Call this once the connection is readable or the deadline has passed."""
        try:
            received: Result | Lost = self.connection.recv() if self.connection.poll() else Lost("no result in time")
        except (EOFError, OSError):
            self.process.join()
            received = Lost(_cause(self.process.exitcode or 0))
        return received

    def stop(self) -> None:
        """Kill the process."""
        self.process.kill()
        self.process.join()
        self.connection.close()


def each(
    task: Callable[[Item], Result], items: Iterable[Item], seconds: float, memory: int, processes: int | None = None
) -> Iterator[tuple[Item, Result | Lost]]:
    """Yield each item with the result of `task`, in the order in which they finish.

    Each call of `task` may take `seconds` and `memory` bytes. The default number of processes is one for each CPU.
    """
    remaining, most = iter(items), processes or len(os.sched_getaffinity(0))
    idle: list[Worker[Item, Result]] = []
    busy: dict[Worker[Item, Result], Item] = {}
    try:
        while True:
            for item in islice(remaining, most - len(busy)):
                worker = idle.pop() if idle else Worker(task, memory)
                busy[worker] = item
                worker.start(item, seconds)
            if not busy:
                return
            yield from _finished(busy, idle)
    finally:
        for worker in (*idle, *busy):
            worker.stop()


def _finished(
    busy: dict[Worker[Item, Result], Item], idle: list[Worker[Item, Result]]
) -> Iterator[tuple[Item, Result | Lost]]:
    """Yield the results that are ready. Their workers become idle, or are stopped if they gave none."""
    for worker in _ready(busy):
        result = worker.result()
        if isinstance(result, Lost):
            worker.stop()
        else:
            idle.append(worker)
        yield busy.pop(worker), result


def _ready(busy: Iterable[Worker[Item, Result]]) -> list[Worker[Item, Result]]:
    """Wait for workers that have a result, are gone, or are past their deadline, and return them."""
    until = min(worker.deadline for worker in busy)
    readable = wait([worker.connection for worker in busy], max(0.0, until - time.monotonic()))
    now = time.monotonic()
    return [worker for worker in busy if worker.connection in readable or worker.deadline <= now]


def _serve(task: Callable[[Item], Result], connection: Connection, memory: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C, and kills this process
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            item = connection.recv()
        except EOFError:
            return
        connection.send(_attempt(task, item))


def _attempt(task: Callable[[Item], Result], item: Item) -> Result | Lost:
    try:
        return task(item)
    except MemoryError:
        return Lost("out of memory")
    except Exception as error:
        return Lost(repr(error))


def _cause(exit_code: int) -> str:
    return f"killed by {signal.Signals(-exit_code).name}" if exit_code < 0 else f"exited with {exit_code}"
