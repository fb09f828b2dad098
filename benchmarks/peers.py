"""The compared functions as processes: two in Lambda's container image, and sharp, all on the same cores."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import BUILD, FUNCTION, LAYER
from pipeline.lib.shell import run

CHILDREN = Path(__file__).parent / "children"
BENCH = BUILD / "bench"
IMAGE = "public.ecr.aws/lambda/python:3.12"
PILLOW_WHEELS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64")

# The same as in terraform/lambda.tf.
ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": "1048576", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024"}
PYTHON = {"PYTHONPATH": "/var/task:/opt/python:/children", "PYTHONDONTWRITEBYTECODE": "1"}


class Peer:
    """A process that makes variants: one request per line, one answer per line."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        hello = self._answer()
        self.versions: dict[str, str] = hello["versions"]
        self.idle: float = hello["idle"]

    def make(self, file: Path, directory: Path | None = None) -> dict[str, Any]:
        """Make the variants of `file`, and write them to `directory` if there is one.

        Returns seconds by the `wall` clock and of `cpu`, `bytes` by variant, and the `peak` memory in MB.
        """
        assert self._process.stdin  # noqa: S101 - it is a pipe
        request = {"file": str(file)} | ({"out": str(directory)} if directory else {})
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def stop(self) -> None:
        """Close its input, at which it exits."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(60)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout  # noqa: S101
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def in_lambda(script: str, *arguments: str, site: Path, options: tuple[str, ...] = ()) -> list[str]:
    """Return the command that runs `script` in Lambda's image with `site` as its layer and build/bench mounted."""
    mounts = ((FUNCTION, "/var/task:ro"), (site, "/opt/python:ro"), (CHILDREN, "/children:ro"), (BENCH, str(BENCH)))
    return [
        *("docker", "run", "--rm", "--interactive", "--network", "host", "--entrypoint", "python"),
        *(word for source, target in mounts for word in ("--volume", f"{source}:{target}")),
        *(word for name, value in (ENVIRONMENT | PYTHON).items() for word in ("--env", f"{name}={value}")),
        *(*options, IMAGE, f"/children/{script}", *arguments),
    ]


def ours(cores: int) -> list[str]:
    return in_lambda("ours.py", site=BENCH / "layer", options=_pin(cores))


def tutorial(cores: int) -> list[str]:
    return in_lambda("tutorial.py", site=BENCH / "tutorial", options=_pin(cores))


def our_png(cores: int) -> list[str]:
    return in_lambda("one_png.py", "ours", site=BENCH / "layer", options=_pin(cores))


def default_png(cores: int) -> list[str]:
    return in_lambda("one_png.py", "default", site=BENCH / "tutorial", options=_pin(cores))


def sharp(cores: int) -> list[str]:
    pinned = ["taskset", "--cpu-list", _first(cores)] if shutil.which("taskset") else []
    return [*pinned, "node", str(CHILDREN / "sharp.mjs"), str(BENCH / "sharp"), str(cores)]


def _pin(cores: int) -> tuple[str, ...]:
    return ("--cpuset-cpus", _first(cores))


def _first(cores: int) -> str:
    """Return a list of the first `cores` cores, as Docker and taskset read it."""
    return f"0-{cores - 1}"


Commands = Mapping[str, Callable[[int], list[str]]]
COMMANDS: Commands = {"ours": ours, "tutorial": tutorial, "sharp": sharp}
PNG_COMMANDS: Commands = {"ours": our_png, "default": default_png}


def install() -> dict[str, str]:
    """Install the peers in build/bench. Return the missing ones, each with the error."""
    (BENCH / "pictures").mkdir(parents=True, exist_ok=True)
    missing: dict[str, str] = {}
    for name, install_peer in {"ours": _install_ours, "tutorial": _install_tutorial, "sharp": _install_sharp}.items():
        try:
            install_peer()
        except (OSError, subprocess.CalledProcessError, PipelineError) as error:
            missing[name] = str(error)
    return missing


def _install_ours() -> None:
    run("docker", "version")
    shutil.rmtree(BENCH / "layer", ignore_errors=True)
    with ZipFile(LAYER) as layer:
        layer.extractall(BENCH)
    (BENCH / "python").rename(BENCH / "layer")


def _install_tutorial() -> None:
    wheels = [word for platform in PILLOW_WHEELS for word in ("--platform", platform)]
    target = ["--target", str(BENCH / "tutorial"), "--upgrade", "--no-compile", "--quiet"]
    options = ["--only-binary=:all:", "--python-version", "3.12", *wheels]
    requirements = ["--requirement", str(CHILDREN / "tutorial-requirements.txt")]
    subprocess.run([sys.executable, "-m", "pip", "install", *target, *options, *requirements], check=True)


def _install_sharp() -> None:
    (BENCH / "sharp").mkdir(exist_ok=True)
    shutil.copy(CHILDREN / "package.json", BENCH / "sharp")
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=BENCH / "sharp", check=True)


@contextmanager
def start(names: Sequence[str], cores: int, commands: Commands = COMMANDS) -> Iterator[dict[str, Peer]]:
    """Start the peers `names` on the first `cores` cores, and stop them at the end."""
    with ExitStack() as stack:
        peers = {}
        for name in names:
            peers[name] = Peer(commands[name](cores))
            stack.callback(peers[name].stop)
        yield peers


def cores() -> list[int]:
    """Return the numbers of cores to measure with."""
    return [count for count in (1, 2) if count <= (os.cpu_count() or 1)]
