"""Tasks in processes of their own: one that crashes, hangs or runs out of memory is lost alone."""

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

PROCESSES = multiprocessing.get_context("forkserver")  # a fork of a program with threads may hang


@dataclass(frozen=True)
class Lost:
    """Instead of a result: what happened to the process that should have given one."""

    reason: str


class Worker(Generic[Item, Result]):
    """A process that takes one item at a time."""

    def __init__(self, task: Callable[[Item], Result], memory: int) -> None:
        self.connection, theirs = PROCESSES.Pipe()
        self.process: BaseProcess = PROCESSES.Process(target=_serve, args=(task, theirs, memory), daemon=True)
        self.process.start()
        theirs.close()
        self.deadline = 0.0

    def take(self, item: Item, seconds: float) -> None:
        self.deadline = time.monotonic() + seconds
        with suppress(OSError):  # when the process is gone, result() says so
            self.connection.send(item)

    def result(self) -> Result | Lost:
        """What came of the item, once the connection is ready or the deadline over."""
        try:
            received: Result | Lost = self.connection.recv() if self.connection.poll() else Lost("no outcome in time")
        except (EOFError, OSError):
            self.process.join()
            received = Lost(_cause(self.process.exitcode or 0))
        return received

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


def each(
    task: Callable[[Item], Result], items: Iterable[Item], seconds: float, memory: int, processes: int | None = None
) -> Iterator[tuple[Item, Result | Lost]]:
    """Each item with what TASK made of it, in the order in which they are done.

    A task may take SECONDS and MEMORY bytes.
    """
    waiting = iter(items)
    idle: list[Worker[Item, Result]] = []
    busy: dict[Worker[Item, Result], Item] = {}
    try:
        while True:
            for item in islice(waiting, (processes or len(os.sched_getaffinity(0))) - len(busy)):
                worker = idle.pop() if idle else Worker(task, memory)
                worker.take(item, seconds)
                busy[worker] = item
            if not busy:
                return
            for worker in _ready(busy):
                result = worker.result()
                if isinstance(result, Lost):
                    worker.stop()
                else:
                    idle.append(worker)
                yield busy.pop(worker), result
    finally:
        for worker in (*idle, *busy):
            worker.stop()


def _ready(busy: Iterable[Worker[Item, Result]]) -> list[Worker[Item, Result]]:
    """The workers that have something to say, or had their time."""
    until = min(worker.deadline for worker in busy)
    told = wait([worker.connection for worker in busy], max(0.0, until - time.monotonic()))
    now = time.monotonic()
    return [worker for worker in busy if worker.connection in told or worker.deadline <= now]


def _serve(task: Callable[[Item], Result], connection: Connection, memory: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told, and ends this
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
