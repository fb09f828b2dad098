"""Running other programs."""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.lib.errors import PipelineError


class CommandError(PipelineError):
    """A program failed; `details` holds what it printed."""


def run(
    *command: str,
    cwd: Path | None = None,
    environment: Mapping[str, str | None] | None = None,
    accept: Sequence[int] = (0,),
    seconds: float = 600,
    remedy: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run `command` and return it with its standard output and standard error.

    `environment` adds to this process's own variables; None removes one.

    Raises:
        CommandError: its exit status is not in `accept`, or it takes longer than `seconds`.
    """
    try:
        finished = subprocess.run(
            command,
            cwd=cwd,
            env={name: value for name, value in {**os.environ, **(environment or {})}.items() if value is not None},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"`{shlex.join(command)}` did not end within {seconds:g} s", remedy) from error
    if finished.returncode not in accept:
        printed = (finished.stdout + finished.stderr).strip()
        raise CommandError(f"`{shlex.join(command)}` ended with status {finished.returncode}", remedy, printed)
    return finished


def run_on_terminal(*command: str) -> None:
    """Run `command` on this process's own terminal, where it may print and prompt.

    Raises:
        PipelineError: it failed, and has printed why.
    """
    if status := subprocess.run(command, check=False).returncode:
        raise PipelineError(f"`{shlex.join(command)}` ended with status {status}", "the lines above say why")
