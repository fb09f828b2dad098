"""A checkout of its own, in which commands are typed as in README and docs."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from pipeline.lib.errors import DeadlineError, PipelineError
from pipeline.lib.paths import ROOT
from pipeline.lib.ports import free_port
from pipeline.lib.waiting import poll
from tests.programs import add

LEFT_OUT = (
    ".git",
    ".venv*",
    ".stack",
    ".env",
    ".*_cache",
    "__pycache__",
    "build",
    "tests",
    "benchmarks",
    ".terraform",
    "*.zip",
)
BUCKET = re.compile(r"image-processor-dev-(upload|processed)-[0-9a-f]+")
SECONDS = 120
# What `terraform output -raw NAME` says, of the embedded stack.
TERRAFORM = """python -c '
import json, sys
print(json.load(open(".stack/embedded/deployment.json"))["outputs"][sys.argv[1]])
' "${@: -1}"
"""


@dataclass(frozen=True)
class Ran:
    """A command that has ended: its exit code and what it printed."""

    status: int
    output: str


class Checkout:
    """What git has, without its tests, with .venv of this one; below `home` what the commands take for a home."""

    def __init__(self, directory: Path) -> None:
        check_installed()
        self.directory = directory / "image-pipeline"
        self.home = directory / "home"
        shutil.copytree(ROOT, self.directory, ignore=shutil.ignore_patterns(*LEFT_OUT))
        (self.directory / ".venv").symlink_to(ROOT / ".venv")
        (self.directory / ".env").write_text("STACK=embedded\n")
        for place in (
            self.directory / "photo.jpg",
            self.directory / "album/one.jpg",
            self.home / "Pictures/holiday/a.jpg",
        ):
            place.parent.mkdir(parents=True, exist_ok=True)
            Image.linear_gradient("L").resize((1000, 600)).convert("RGB").save(place)
        self.programs = directory / "programs"
        self.programs.mkdir()
        add(self.programs, "terraform", TERRAFORM)
        self.port = free_port()

    def up(self) -> None:
        """Has the stack run with an upload in it, if a command has taken it down."""
        if not (self.directory / ".stack/embedded/deployment.json").exists():
            for command in (f"make up PORT={self.port}", "make upload FILES=photo.jpg"):
                done = self.run(command)
                assert done.status == 0, done.output

    def run(self, command: str) -> Ran:
        """Types COMMAND in a shell, as far as it ends by itself."""
        done = subprocess.run(
            ["bash", "-c", self._here(command)],
            cwd=self.directory,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return Ran(done.returncode, done.stdout)

    @contextmanager
    def typed(self, command: str, ready: str) -> Iterator[Path]:
        """COMMAND runs, and has said that it is READY, in the file that this gives; at the end Ctrl-C is typed."""
        log = self.directory / "said"
        with log.open("w") as said:
            running = subprocess.Popen(
                ["bash", "-c", self._here(command)],
                cwd=self.directory,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # the signal goes to all of it, as from a terminal
            )
        try:
            wait_for(ready, log)
            yield log
            assert running.poll() is None, log.read_text()
        finally:
            os.killpg(running.pid, signal.SIGINT)
            running.wait(SECONDS)

    def _here(self, command: str) -> str:
        """COMMAND with the buckets of the stack that runs."""
        buckets = {found[1]: found[0] for found in BUCKET.finditer(self._recorded())}
        return BUCKET.sub(lambda shown: buckets[shown[1]], command)

    def _recorded(self) -> str:
        record = self.directory / ".stack/embedded/deployment.json"
        return record.read_text() if record.exists() else ""

    def _environment(self) -> dict[str, str]:
        own = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "MAKE", "MFLAGS", "STACK"))
        }
        return own | {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",  # without it awslocal looks at 4566, and aws at AWS
            "HOME": str(self.home),
            "HTTPS_PROXY": "http://127.0.0.1:9",  # which no one is: nothing typed here reaches AWS
            "PATH": f"{self.programs}:{self.directory}/.venv/bin:{os.environ['PATH']}",
            "PYTHONPATH": str(self.directory),
        }


def check_installed() -> None:
    """
    Raises:
        PipelineError: make would install something: into the shared .venv, and as if this checkout were the other.
    """
    if subprocess.run(["make", "--question", ".venv/installed"], cwd=ROOT, check=False).returncode:
        raise PipelineError(".venv is older than what is to be in it", "run `make install` first")


def wait_for(words: str, log: Path) -> None:
    """
    Raises:
        DeadlineError: nobody has written WORDS into LOG.
    """
    if not poll(lambda: words in log.read_text() or None, SECONDS):
        raise DeadlineError(f"{words!r} was not said", "look at what was said instead", log.read_text())
