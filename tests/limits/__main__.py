"""Run the largest accepted pictures in containers of each function size: none may be killed, or exceed the timeout.

Arguments: sizes in MB (default: those of SIZES that this machine has room for), and names of kinds (default: all).
"""

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

SIZES = (256, 512, 1024, 3008)
MB_PER_PROCESSOR = 1769
MEGABYTE = 2**20
DIRECTORY = BUILD / "limits"
CHILDREN = Path(__file__).parent / "children"
ACCEPTED = ("variants", "too-many-pixels")  # a picture may turn out to be transparent, and too large for that
SECONDS_TO_START = 30  # of Python, throttled to the processor share of 256 MB


@dataclass(frozen=True)
class Result:
    """How one upload ended; `peak` is in MiB."""

    memory: int
    name: str
    outcome: str
    seconds: float = 0
    peak: float = 0

    @property
    def passed(self) -> bool:
        return self.outcome in ACCEPTED


def main(arguments: list[str]) -> None:
    sizes = [int(each) for each in arguments if each.isdigit()] or [size for size in SIZES if has_room(size)]
    names = [each for each in arguments if not each.isdigit()]
    extract_layer()
    results = [result for size in sizes for result in run_all(size, names)]
    show(results)
    sys.exit(not all(result.passed for result in results))


def has_room(size: int) -> bool:
    """Return whether this machine has memory for a container of `size` MB, and for drawing its pictures."""
    return psutil.virtual_memory().available > 3 * size * MEGABYTE and (os.cpu_count() or 1) >= size / MB_PER_PROCESSOR


def extract_layer() -> None:
    shutil.rmtree(DIRECTORY / "python", ignore_errors=True)
    with ZipFile(LAYER) as layer:
        layer.extractall(DIRECTORY)


def run_all(memory: int, names: list[str]) -> Iterator[Result]:
    """Draw the pictures for `memory` MB, and process each in a new container."""
    directory = DIRECTORY / str(memory)
    timeout = Variables().number("timeout")
    with serve_bucket(directory) as endpoint:
        paths = [directory / name for name in draw(directory, memory, names)]
        with ThreadPoolExecutor(at_once(memory)) as lanes:
            for result in lanes.map(lambda path: run_one(path, memory, timeout, endpoint), paths):
                out.print(describe(result), markup=False)
                yield result


def at_once(memory: int) -> int:
    """Return how many containers run at once: so few that each has its processor share, and half is left over."""
    return max(1, int((os.cpu_count() or 1) / 2 / (memory / MB_PER_PROCESSOR)))


def draw(directory: Path, memory: int, names: list[str]) -> list[str]:
    """Draw in another process, whose limits are those of `memory` MB, and return the names of the files."""
    out.print(f"drawing for {memory} MB", style="dim")
    python_path = os.pathsep.join((str(ROOT / "lambda"), str(ROOT)))
    environment = {**os.environ, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory), "PYTHONPATH": python_path}
    command = [sys.executable, "-m", "tests.limits.kinds", str(directory), *names]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout.split()


def run_one(path: Path, memory: int, timeout: int, endpoint: str) -> Result:
    described = {"key": path.name, "eTag": "etag", "size": path.stat().st_size}
    event = {"Records": [{"s3": {"bucket": {"name": "upload"}, "object": described}}]}
    command = container(memory, endpoint, "one_upload.py", json.dumps(event), str(timeout))
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=timeout + SECONDS_TO_START)
    if ended.returncode:
        return Result(memory, path.name, "killed" if ended.returncode == 137 else f"exit {ended.returncode}")
    measured: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return Result(memory, path.name, **measured)


def container(memory: int, endpoint: str, *command: str) -> list[str]:
    """Return the Docker command that runs one of `children/` with the memory and processor share of a function."""
    environment = {
        **ENVIRONMENT,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
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
    size = ("--memory", f"{memory}m", "--memory-swap", f"{memory}m", "--cpus", f"{memory / MB_PER_PROCESSOR:.3f}")
    return [
        *("docker", "run", "--rm", "--network", "host", "--entrypoint", "python", *size),
        *(word for source, target in mounts.items() for word in ("--volume", f"{source}:{target}")),
        *(word for pair in environment.items() for word in ("--env", "=".join(pair))),
        *(IMAGE, f"/children/{command[0]}", *command[1:]),
    ]


def describe(result: Result) -> str:
    return f"{result.memory} MB  {result.name}  {result.outcome}  {result.peak:.0f} MiB  {result.seconds:.1f} s"


def show(results: list[Result]) -> None:
    table = Table("memory", "picture", "outcome", "peak, MiB", "seconds", pad_edge=False)
    for result in results:
        style = "" if result.passed else "red"
        figures = (f"{result.peak:.0f}", f"{result.seconds:.1f}")
        table.add_row(str(result.memory), result.name, result.outcome, *figures, style=style)
    out.print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
