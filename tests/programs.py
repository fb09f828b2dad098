"""Run programs, and put fake ones on PATH."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Finished:
    """A command that has ended: its exit code, and everything it printed."""

    status: int
    output: str


def run(command: Sequence[str], directory: Path, environment: Mapping[str, str], seconds: float) -> Finished:
    """Run `command` in `directory` without input, and wait until it ends, for at most `seconds`."""
    finished = subprocess.run(
        command,
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    return Finished(finished.returncode, finished.stdout)


def add(directory: Path, name: str, script: str) -> None:
    """Write the program `name` to `directory`; it runs the Bash `script`."""
    program = directory / name
    program.write_text(f"#!/bin/bash\n{script}\n")
    program.chmod(0o755)
