"""The peers as processes: two in Lambda's own image, sharp beside them, all on the same cores."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from pipeline.lib.paths import BUILD, FUNCTION, LAYER
from pipeline.lib.shell import run

CHILDREN = Path(__file__).parent / "children"
BENCH = BUILD / "bench"
IMAGE = "public.ecr.aws/lambda/python:3.12"
PILLOW_WHEELS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64")

# As terraform/lambda.tf sets it.
ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": "1048576", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024"}
PYTHON = {"PYTHONPATH": "/var/task:/opt/python:/children", "PYTHONDONTWRITEBYTECODE": "1"}


class Peer:
    """A process that makes variants, one request a line."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.versions: dict[str, str]
        self.idle: float
        self.versions, self.idle = (answer := self._answer())["versions"], answer["idle"]

    def make(self, file: Path, out: Path | None = None) -> dict[str, Any]:
        """The variants of FILE, kept in OUT: seconds by the `wall` clock and the `cpu`, `bytes`, `peak` in MB."""
        assert self._process.stdin  # noqa: S101 - it is a pipe
        request = {"file": str(file)} | ({"out": str(out)} if out else {})
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def stop(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(60)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout  # noqa: S101
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def in_lambda(script: str, *arguments: str, site: Path, options: tuple[str, ...] = ()) -> list[str]:
    """A command that runs SCRIPT in Lambda's image with SITE as its layer; it sees and writes build/bench."""
    mounts = ((FUNCTION, "/var/task:ro"), (site, "/opt/python:ro"), (CHILDREN, "/children:ro"), (BENCH, str(BENCH)))
    return [
        *("docker", "run", "--rm", "--interactive", "--network", "host", "--entrypoint", "python"),
        *(word for source, target in mounts for word in ("--volume", f"{source}:{target}")),
        *(word for name, value in (ENVIRONMENT | PYTHON).items() for word in ("--env", f"{name}={value}")),
        *(*options, IMAGE, f"/children/{script}", *arguments),
    ]


def ours(cores: int) -> list[str]:
    return in_lambda("ours.py", site=BENCH / "layer", options=_on(cores))


def naive(cores: int) -> list[str]:
    return in_lambda("naive.py", site=BENCH / "naive", options=_on(cores))


def our_png(cores: int) -> list[str]:
    return in_lambda("one_png.py", "ours", site=BENCH / "layer", options=_on(cores))


def default_png(cores: int) -> list[str]:
    return in_lambda("one_png.py", "default", site=BENCH / "naive", options=_on(cores))


def sharp(cores: int) -> list[str]:
    pinned = ["taskset", "--cpu-list", _names(cores)] if shutil.which("taskset") else []
    return [*pinned, "node", str(CHILDREN / "sharp.mjs"), str(BENCH / "sharp"), str(cores)]


def _on(cores: int) -> tuple[str, ...]:
    return ("--cpuset-cpus", _names(cores))


def _names(cores: int) -> str:
    return f"0-{cores - 1}"


Commands = dict[str, Callable[[int], list[str]]]
COMMANDS: Commands = {"ours": ours, "naive": naive, "sharp": sharp}
PNG_COMMANDS: Commands = {"ours": our_png, "default": default_png}


def install() -> dict[str, str]:
    """Puts the peers under build/bench; returns those that are missing, and why."""
    (BENCH / "pictures").mkdir(parents=True, exist_ok=True)
    missing: dict[str, str] = {}
    for name, installer in {"ours": _install_ours, "naive": _install_naive, "sharp": _install_sharp}.items():
        try:
            installer()
        except (OSError, subprocess.CalledProcessError) as error:
            missing[name] = str(error)
    return missing


def _install_ours() -> None:
    run("docker", "version")
    shutil.rmtree(BENCH / "layer", ignore_errors=True)
    with ZipFile(LAYER) as layer:
        layer.extractall(BENCH)
    (BENCH / "python").rename(BENCH / "layer")


def _install_naive() -> None:
    wheels = [word for platform in PILLOW_WHEELS for word in ("--platform", platform)]
    target = ["--target", str(BENCH / "naive"), "--upgrade", "--no-compile", "--quiet"]
    options = ["--only-binary=:all:", "--python-version", "3.12", *wheels]
    requirements = ["--requirement", str(CHILDREN / "naive-requirements.txt")]
    subprocess.run([sys.executable, "-m", "pip", "install", *target, *options, *requirements], check=True)


def _install_sharp() -> None:
    (BENCH / "sharp").mkdir(exist_ok=True)
    shutil.copy(CHILDREN / "package.json", BENCH / "sharp")
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=BENCH / "sharp", check=True)


@contextmanager
def started(names: list[str], cores: int, commands: Commands = COMMANDS) -> Iterator[dict[str, Peer]]:
    """The peers NAMES, running on that many CORES."""
    with ExitStack() as stack:
        peers = {}
        for name in names:
            peers[name] = Peer(commands[name](cores))
            stack.callback(peers[name].stop)
        yield peers


def cores() -> list[int]:
    return [count for count in (1, 2) if count <= (os.cpu_count() or 1)]
