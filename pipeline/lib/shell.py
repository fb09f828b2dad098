"""Running other programs."""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.lib.errors import PipelineError


class CommandError(PipelineError):
    """A program failed; `details` are what it printed."""


def run(
    *command: str,
    cwd: Path | None = None,
    environment: Mapping[str, str | None] | None = None,
    accept: Sequence[int] = (0,),
    seconds: float = 600,
    remedy: str = "",
) -> subprocess.CompletedProcess[str]:
    """The finished COMMAND, its standard output apart from its errors. ENVIRONMENT is laid over this process's own,
    None taking a variable away.

    Raises:
        CommandError: its status is not one of ACCEPT, or it took longer than SECONDS.
    """
    try:
        finished = subprocess.run(
            command,
            cwd=cwd,
            env={name: value for name, value in {**os.environ, **(environment or {})}.items() if value is not None},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"`{shlex.join(command)}` did not end in {seconds:g} s", remedy) from error
    if finished.returncode not in accept:
        printed = (finished.stdout + finished.stderr).strip()
        raise CommandError(f"`{shlex.join(command)}` ended with status {finished.returncode}", remedy, printed)
    return finished


def run_on_terminal(*command: str) -> None:
    """Runs COMMAND where it may print and ask.

    Raises:
        PipelineError: it failed, and has said why.
    """
    if status := subprocess.run(command, check=False).returncode:
        raise PipelineError(f"`{shlex.join(command)}` ended with status {status}", "the lines above say why")
