"""A copy of this checkout, in which the tests run the commands of README.md and docs/."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from pipeline.lib.errors import DeadlineError, PipelineError
from pipeline.lib.paths import ROOT
from pipeline.lib.ports import free_port
from pipeline.lib.waiting import poll
from tests.programs import Finished, add, run

NOT_COPIED = (
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
    "function",
    "*.zip",
)
BUCKET = re.compile(r"image-processor-dev-(upload|processed)-[0-9a-f]+")
MAX_SECONDS = 120

# Prints an output of the embedded stack, as `terraform output -raw NAME` prints one of a deployment on AWS.
TERRAFORM = """python -c '
import json, sys
print(json.load(open(".stack/embedded/deployment.json"))["outputs"][sys.argv[1]])
' "${@: -1}"
"""


class Checkout:
    """A copy of this checkout without its tests, that shares this one's .venv. `home` is the home directory there."""

    def __init__(self, directory: Path) -> None:
        check_installed()
        self.directory = directory / "image-pipeline"
        self.home = directory / "home"
        self.port = free_port()
        shutil.copytree(ROOT, self.directory, ignore=shutil.ignore_patterns(*NOT_COPIED))
        (self.directory / ".venv").symlink_to(ROOT / ".venv")
        (self.directory / ".env").write_text("STACK=embedded\n")
        for photo in (
            self.directory / "photo.jpg",
            self.directory / "album/one.jpg",
            self.home / "Pictures/holiday/a.jpg",
        ):
            photo.parent.mkdir(parents=True, exist_ok=True)
            Image.linear_gradient("L").resize((1000, 600)).convert("RGB").save(photo)
        self.programs = directory / "programs"
        self.programs.mkdir()
        add(self.programs, "terraform", TERRAFORM)

    def start_stack(self) -> None:
        """Start the embedded stack with one upload in it, unless it's running."""
        if not self._record().exists():
            for command in (f"make up PORT={self.port}", "make upload FILES=photo.jpg"):
                finished = self.run(command)
                assert finished.status == 0, finished.output

    def run(self, command: str) -> Finished:
        """Run `command` in a shell and wait until it ends."""
        return run(["bash", "-c", self._with_buckets(command)], self.directory, self._environment(), MAX_SECONDS)

    @contextmanager
    def running(self, command: str, ready: str) -> Iterator[Path]:
        """Run `command` until the end of the block, then type Ctrl-C.

        Yield the file with its output as soon as `ready` appears in it.
        """
        log = self.directory / "output"
        with log.open("w") as output:
            process = subprocess.Popen(
                ["bash", "-c", self._with_buckets(command)],
                cwd=self.directory,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # the signal goes to the whole group, as from a terminal
            )
        try:
            wait_for(ready, log)
            yield log
            assert process.poll() is None, log.read_text()
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(MAX_SECONDS)

    def _record(self) -> Path:
        return self.directory / ".stack/embedded/deployment.json"

    def _with_buckets(self, command: str) -> str:
        """Return `command` with the running stack's buckets in place of the documented ones."""
        recorded = self._record().read_text() if self._record().exists() else ""
        buckets = {found[1]: found[0] for found in BUCKET.finditer(recorded)}
        return BUCKET.sub(lambda documented: buckets[documented[1]], command)

    def _environment(self) -> dict[str, str]:
        """Return this process's environment without its AWS settings, closed to the internet."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "MAKE", "MFLAGS", "STACK"))
        }
        return kept | {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",  # otherwise awslocal uses 4566, and aws uses AWS
            "HOME": str(self.home),
            "HTTPS_PROXY": "http://127.0.0.1:9",  # nothing listens there, so no command reaches AWS
            "PATH": f"{self.programs}:{self.directory}/.venv/bin:{os.environ['PATH']}",
            "PYTHONPATH": str(self.directory),
        }


def check_installed() -> None:
    """Check that make has nothing to install: it would do so in the .venv that is shared.

    Raises:
        PipelineError: .venv is older than the requirements.
    """
    if subprocess.run(["make", "--question", ".venv/installed"], cwd=ROOT, check=False).returncode:
        raise PipelineError(".venv is older than the requirements", "run `make install` first")


def wait_for(words: str, log: Path) -> None:
    """Wait until `words` appear in the file `log`.

    Raises:
        DeadlineError: they did not appear within MAX_SECONDS.
    """
    if not poll(lambda: words in log.read_text() or None, MAX_SECONDS):
        raise DeadlineError(f"{words!r} did not appear in the output", "see the output below", log.read_text())
