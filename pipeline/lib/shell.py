"""Run other programs."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.lib.errors import PipelineError

STANDARD_ERROR = 2  # a file descriptor
SEE_ABOVE = "see the error above"


class CommandError(PipelineError):
    """A program failed; `details` holds what it printed."""


def run(
    *command: str,
    cwd: Path | None = None,
    environment: Mapping[str, str | None] | None = None,
    accept: Sequence[int] = (0,),
    seconds: float = 600,
    remedy: str = "",
    text: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run `command` with `text` on its standard input, and return it with its standard output and standard error.

    `environment` adds to this process's own variables; None removes one.

    Raises:
        CommandError: its exit status is not in `accept`, or it takes longer than `seconds`.
    """
    try:
        finished = subprocess.run(
            command,
            cwd=cwd,
            env=_own_environment(environment or {}),
            input=text,
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


def _own_environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in {**os.environ, **changes}.items() if value is not None}


def run_on_terminal(*command: str) -> None:
    """Run `command` on this process's terminal, where it may prompt. Its output goes to standard error.

    Raises:
        PipelineError: it failed, and has printed why.
    """
    if status := subprocess.run(command, stdout=STANDARD_ERROR, check=False).returncode:
        raise PipelineError(f"`{shlex.join(command)}` ended with status {status}", SEE_ABOVE)


def run_watched(*command: str) -> None:
    """Run `command`, and show each line that it prints on standard error.

    Raises:
        CommandError: it failed; `details` is what it printed.
    """
    lines = []
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            sys.stderr.write(line)
            lines.append(line)
    if process.returncode:
        problem = f"`{shlex.join(command)}` ended with status {process.returncode}"
        raise CommandError(problem, SEE_ABOVE, "".join(lines))
