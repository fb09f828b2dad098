"""Run `pipeline` in this process, on a stack of the tests."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.deployed.deployment import Deployment
from pipeline.stacks import Functions, Say, Stack
from pipeline.stacks.machine import Need
from pipeline.stacks.table import STACKS

Command = Callable[..., "Ran"]  # takes the arguments


@dataclass(frozen=True)
class Ran:
    """A finished command: its exit status, standard output (also as JSON lines), and standard error."""

    status: int
    output: str
    told: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output.splitlines()]


class Existing:
    """A stack that is already running."""

    needs: ClassVar[tuple[Need, ...]] = ()
    outcome_seconds: ClassVar[float] = 60
    is_disposable: ClassVar[bool] = False
    has_alarms: ClassVar[bool] = False
    has_roles: ClassVar[bool] = False
    functions: ClassVar[Functions] = "out of reach"

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment

    def for_tests(self, directory: Path, port: int) -> "Existing":  # noqa: ARG002
        return self

    def start(self, say: Say) -> Deployment:  # noqa: ARG002
        return self.deployment

    def describe(self) -> Deployment:
        return self.deployment

    def reload(self, deployment: Deployment) -> None: ...

    def stop(self, say: Say) -> None: ...


@contextmanager
def injected(stack: Stack) -> Iterator[list[str]]:
    """Let `pipeline` run on `stack`: yield the arguments that choose it."""
    STACKS["tests"] = lambda _: stack
    try:
        yield ["--stack", "tests"]
    finally:
        del STACKS["tests"]


def commands(stack: Stack) -> Command:
    """Return a function that runs `pipeline` with arguments on `stack`."""

    def command(*arguments: str) -> Ran:
        with injected(stack) as choice:
            done = CliRunner().invoke(app, [*arguments, *choice], catch_exceptions=False)
        return Ran(done.exit_code, done.stdout, done.stderr)

    return command
