"""Simulate how uploads queue for the function, and print the table of docs/scale.md.

A discrete-event simulation of Lambda's asynchronous queue: first in, first out, warm environments first, new ones at
Lambda's scaling rate up to the concurrency limit. With --measured, compare it with uploads to the embedded stack.

Source: https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html
"""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from io import BytesIO
from itertools import cycle
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic

from PIL import Image
from rich.table import Table

from pipeline.commands.common.costs import estimate_seconds
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS, Upload
from pipeline.deployed.outcomes import wait_for_outcome
from pipeline.deployed.uploads import run_in_parallel
from pipeline.lib.ports import free_port
from pipeline.lib.terminal import out, say
from pipeline.stacks.embedded import Embedded

ENVIRONMENTS_PER_SECOND = 100.0  # 1,000 every 10 seconds, refilled continuously
COLD_SECONDS = 0.35  # from docs/performance.md, at 1024 MB
MEMORY = 1024
MEGAPIXELS = 12.0
MINUTES = 10
CASES = ((10, 10), (1_000, 10), (1_000, 1_000), (100_000, 1_000), (100_000, 3_000))  # uploads a minute, limit


@dataclass(frozen=True)
class Pool:
    """The function's environments: at most `limit`, each new one takes `cold_seconds` to start."""

    limit: int
    cold_seconds: float = COLD_SECONDS
    per_second: float = ENVIRONMENTS_PER_SECOND


@dataclass(frozen=True)
class Result:
    """How long each upload waited, in seconds, when the last one was done, and how many environments there were."""

    waits: Sequence[float]
    end: float
    environments: int

    def percentile(self, percent: float) -> float:
        """Return the wait that `percent` of the uploads don't exceed."""
        return sorted(self.waits)[max(0, round(len(self.waits) * percent / 100) - 1)]


def simulate(arrivals: Sequence[float], durations: Sequence[float], pool: Pool) -> Result:
    """Return what happens to uploads that arrive at `arrivals` (seconds, ascending); `durations` repeat if needed."""
    free: list[float] = []  # when each environment is free again
    next_new = previous = end = 0.0
    waits: list[float] = []
    for arrival, duration in zip(arrivals, cycle(durations)):
        now = max(arrival, previous)
        new = max(now, next_new) if len(free) < pool.limit else float("inf")
        if free and max(now, free[0]) <= new:
            begin = max(now, heappop(free))
            done = begin + duration
        else:
            begin, next_new = new, max(new, next_new) + 1 / pool.per_second
            done = begin + pool.cold_seconds + duration
        heappush(free, done)
        waits.append(begin - arrival)
        previous, end = begin, max(end, done)
    return Result(waits, end, len(free))


def poisson(per_second: float, seconds: float, seed: int = 1) -> Iterator[float]:
    """Yield random times of arrival within `seconds`."""
    random, now = Random(seed), 0.0  # noqa: S311 - not for secrets
    while (now := now + random.expovariate(per_second)) < seconds:
        yield now


def row(per_minute: int, limit: int) -> tuple[str, ...]:
    """Return a row of docs/scale.md: ten minutes of uploads with a concurrency limit."""
    seconds = estimate_seconds(MEGAPIXELS, MEMORY)
    result = simulate(list(poisson(per_minute / 60, MINUTES * 60)), [seconds], Pool(limit))
    return (
        f"{per_minute:,}",
        f"{limit:,}",
        f"{per_minute / 60 * seconds:,.1f}",
        f"{result.environments:,}",
        f"{result.percentile(99):,.1f} s",
        f"{max(0, result.end - MINUTES * 60):,.0f} s",
        f"{per_minute / 60 * len(VARIANTS):,.0f}",
    )


def table() -> Table:
    """Return the table of docs/scale.md."""
    found = Table(
        "uploads a minute",
        "concurrency limit",
        "needed",
        "used",
        "wait, p99",
        "done after the last",
        "S3 writes a second",
    )
    for per_minute, limit in CASES:
        found.add_row(*row(per_minute, limit))
    return found


def compare(count: int = 100, seconds: float = 300) -> tuple[float, float]:
    """Return how long `count` uploads to the embedded stack took, in seconds, and what the simulation says.

    Raises:
        DeadlineError: an upload has no outcome after `seconds`.
    """
    with TemporaryDirectory() as folder:
        stack = Embedded(Path(folder), free_port())
        try:
            return _compare(stack.start(say), count, seconds)
        finally:
            stack.stop(say)


def _compare(deployment: Deployment, count: int, seconds: float) -> tuple[float, float]:
    """Measure uploads one by one, then `count` in parallel. Each processor is an environment of the simulation."""
    picture = _picture()

    def process(key: str) -> float:
        begin = monotonic()
        stored = deployment.s3.put_object(Bucket=deployment.upload_bucket, Key=key, Body=picture)
        etag = stored["ETag"].strip('"')
        upload = Upload(deployment.upload_bucket, key, etag, stored["VersionId"], len(picture))
        wait_for_outcome(deployment, upload, seconds)
        return monotonic() - begin

    process("warm.jpg")
    alone = [process(f"alone-{n}.jpg") for n in range(10)]
    begin = monotonic()
    list(run_in_parallel(deployment, process, [f"{n}.jpg" for n in range(count)]))
    measured = monotonic() - begin
    return measured, simulate([0] * count, alone, Pool(os.cpu_count() or 1, cold_seconds=0, per_second=1e9)).end


def _picture() -> bytes:
    content = BytesIO()
    Image.effect_noise((1600, 1200), 60).convert("RGB").save(content, "JPEG", quality=80)
    return content.getvalue()


def main(arguments: Sequence[str]) -> None:
    out.print(table())
    if "--measured" in arguments:
        measured, simulated = compare()
        out.print(f"embedded stack, 100 uploads: {measured:.1f} s, simulated {simulated:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
