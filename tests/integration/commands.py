"""Runs `pipeline` in this process, on the deployment of the tests."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.deployed.deployment import Deployment
from pipeline.stacks import Say, table
from pipeline.stacks.machine import Need

Command = Callable[..., "Ran"]  # takes the arguments


@dataclass(frozen=True)
class Ran:
    """A command that has ended: its status, what it printed, and that as JSON lines; what it told on the way."""

    status: int
    output: str
    told: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output.splitlines()]


class Existing:
    """A stack that is up already."""

    needs: ClassVar[tuple[Need, ...]] = ()

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment

    def start(self, say: Say) -> Deployment:  # noqa: ARG002
        return self.deployment

    def describe(self) -> Deployment:
        return self.deployment

    def reload(self, deployment: Deployment) -> None: ...

    def stop(self, say: Say) -> None: ...


def commands(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `pipeline` with arguments, on DEPLOYMENT."""
    monkeypatch.setitem(table.STACKS, "embedded", lambda _: Existing(deployment))

    def command(*arguments: str) -> Ran:
        done = CliRunner().invoke(app, [*arguments, "--stack", "embedded"], catch_exceptions=False)
        return Ran(done.exit_code, done.stdout, done.stderr)

    return command
