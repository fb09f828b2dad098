"""Run the largest accepted pictures, and hostile files, in containers of each function size.

None may be killed, end in an error, or take longer than the timeout. The time that counts is the one of the processor,
divided by the share of it that the memory buys: other programs on this machine don't change it.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import psutil
from rich.table import Table

from benchmarks.peers import ENVIRONMENT, IMAGE
from benchmarks.s3 import serve_bucket
from pipeline.lib.paths import BUILD, FUNCTION, LAYER, ROOT
from pipeline.lib.terminal import out
from pipeline.stacks.variables import Variables
from tests.limits import table

MB_PER_PROCESSOR = 1769
MEGABYTE = 2**20
DIRECTORY = BUILD / "limits"
RESULTS = DIRECTORY / "results.json"
CHILDREN = Path(__file__).parent / "children"
TIMEOUT = Variables().number("timeout")  # seconds
FAILURES = ("killed", "exit", "error")
PATIENCE = 20  # times the timeout: then a container is stopped, however busy the machine is


@dataclass(frozen=True)
class Picture:
    """A file to try: its kind, the pixels of all of its frames, and its outcome, which can be "any"."""

    kind: str
    pixels: int
    outcome: str
    path: Path


@dataclass(frozen=True)
class Result:
    """How one upload ended: the seconds on the clock and of a processor, and the peak of the memory in MiB."""

    memory: int
    picture: Picture
    outcome: str
    clock: float = 0
    processor: float = 0
    peak: float = 0

    @property
    def seconds(self) -> float:
        """Return how long the function takes, with the share of a processor that its memory buys."""
        return self.processor / min(1, self.memory / MB_PER_PROCESSOR)

    @property
    def passed(self) -> bool:
        ended = not self.outcome.startswith(FAILURES)
        return ended and self.picture.outcome in (self.outcome, "any") and self.seconds < TIMEOUT


def main() -> None:
    options = arguments().parse_args()
    extract_layer()
    sizes = options.size or [size for size in table.SIZES if has_room(size)]
    results = [result for size in sizes for result in run_all(size, options)]
    show(results)
    if options.markdown:
        table.write(ROOT / "docs" / "formats.md", load())
    sys.exit(not all(result.passed for result in results))


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("tests.limits", description=__doc__)
    parser.add_argument("kind", nargs="*", help="the kinds of pictures (default: all)")
    parser.add_argument("--size", type=int, action="append", help="memory in MB; repeatable (default: those that fit)")
    parser.add_argument("--cpus", type=float, help="processors of each container (default: what its memory buys)")
    parser.add_argument("--markdown", action="store_true", help="write the table in docs/formats.md")
    return parser


def has_room(size: int) -> bool:
    """Return whether this machine has memory for a container of `size` MB, and for drawing its pictures."""
    return psutil.virtual_memory().available > 3 * size * MEGABYTE and (os.cpu_count() or 1) >= size / MB_PER_PROCESSOR


def extract_layer() -> None:
    shutil.rmtree(DIRECTORY / "python", ignore_errors=True)
    with ZipFile(LAYER) as layer:
        layer.extractall(DIRECTORY)


def run_all(memory: int, options: argparse.Namespace) -> Iterator[Result]:
    """Draw the pictures for `memory` MB, and process each in a new container."""
    directory = DIRECTORY / str(memory)
    cpus = options.cpus or memory / MB_PER_PROCESSOR
    with serve_bucket(directory) as endpoint, ThreadPoolExecutor(max_containers(cpus)) as lanes:
        pictures = draw(directory, memory, options.kind)
        for result in lanes.map(lambda picture: run_one(picture, memory, cpus, endpoint), pictures):
            out.print(describe(result), markup=False)
            save(result)
            yield result


def max_containers(cpus: float) -> int:
    """Return how many containers run at once: so few that each has its processors, and half are left over."""
    return max(1, int((os.cpu_count() or 1) / 2 / cpus))


def draw(directory: Path, memory: int, kinds: list[str]) -> list[Picture]:
    """Draw in another process, whose limits are those of `memory` MB."""
    out.print(f"drawing for {memory} MB", style="dim")
    python_path = os.pathsep.join((str(ROOT / "lambda"), str(ROOT)))
    environment = {**os.environ, **size_of(memory), "PYTHONPATH": python_path}
    command = [sys.executable, "-m", "tests.limits.kinds", str(directory), *kinds]
    drawn = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    lines = [line.split() for line in drawn.splitlines()]
    return [Picture(kind, int(pixels), outcome, directory / name) for kind, pixels, outcome, name in lines]


def run_one(picture: Picture, memory: int, cpus: float, endpoint: str) -> Result:
    described = {"key": picture.path.name, "eTag": "etag", "size": picture.path.stat().st_size}
    event = {"Records": [{"s3": {"bucket": {"name": "upload"}, "object": described}}]}
    patience = PATIENCE * TIMEOUT
    command = container(memory, cpus, endpoint, "one_upload.py", json.dumps(event), str(patience))
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=2 * patience)
    if ended.returncode:
        return Result(memory, picture, "killed" if ended.returncode == 137 else f"exit {ended.returncode}")
    measured: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return Result(memory, picture, **measured)


def container(memory: int, cpus: float, endpoint: str, *command: str) -> list[str]:
    """Return the Docker command that runs one of `children/` with the memory and processor share of a function."""
    environment = {
        **ENVIRONMENT,
        **size_of(memory),
        "AWS_LAMBDA_FUNCTION_NAME": "limits",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "PROCESSED_BUCKET": "processed",
        "PYTHONPATH": "/var/task:/opt/python",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    mounts = {FUNCTION: "/var/task:ro", DIRECTORY / "python": "/opt/python:ro", CHILDREN: "/children:ro"}
    size = ("--memory", f"{memory}m", "--memory-swap", f"{memory}m", "--cpus", f"{cpus:.3f}")
    return [
        *("docker", "run", "--rm", "--network", "host", "--entrypoint", "python", *size),
        *(word for source, target in mounts.items() for word in ("--volume", f"{source}:{target}")),
        *(word for pair in environment.items() for word in ("--env", "=".join(pair))),
        *(IMAGE, f"/children/{command[0]}", *command[1:]),
    ]


def save(result: Result) -> None:
    """Add `result` to those that `--markdown` writes: a run may be only a part."""
    measured = table.Measurement(result.picture.pixels, result.peak, result.seconds)
    found = {**load(), (result.memory, result.picture.kind): measured} if result.passed else load()
    RESULTS.write_text(json.dumps([[*key, *value] for key, value in sorted(found.items())]))


def load() -> dict[tuple[int, str], table.Measurement]:
    """Return the latest measurements, by memory and kind."""
    saved = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    return {(memory, kind): table.Measurement(*measured) for memory, kind, *measured in saved}


def size_of(memory: int) -> dict[str, str]:
    """Return the environment from which the function derives its limits."""
    return {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory), "TIMEOUT_SECONDS": str(TIMEOUT)}


def describe(result: Result) -> str:
    return (
        f"{result.memory} MB  {result.picture.kind}  {result.picture.pixels / 1e6:.1f} MP  {result.outcome}"
        f"  {result.peak:.0f} MiB  {result.seconds:.1f} s ({result.clock:.1f} s on the clock)"
    )


def show(results: list[Result]) -> None:
    headings = ("memory", "kind", "megapixels", "outcome", "peak, MiB", "seconds", "on the clock")
    rows = Table(*headings, pad_edge=False)
    for result in results:
        figures = (f"{result.peak:.0f}", f"{result.seconds:.1f}", f"{result.clock:.1f}")
        megapixels = f"{result.picture.pixels / 1e6:.1f}"
        style = "" if result.passed else "red"
        rows.add_row(str(result.memory), result.picture.kind, megapixels, result.outcome, *figures, style=style)
    out.print(rows)


if __name__ == "__main__":
    main()
