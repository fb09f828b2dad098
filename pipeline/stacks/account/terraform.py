"""Run Terraform in terraform/, with the caller's state, workspace, and credentials."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.lib.paths import TERRAFORM
from pipeline.lib.shell import SEE_ABOVE, run, run_on_terminal
from pipeline.lib.terminal import say


@dataclass(frozen=True)
class Change:
    """The change of one resource in a plan. `before` and `after` are its known arguments."""

    type: str
    address: str
    actions: tuple[str, ...]
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def creates(self) -> bool:
        return self.actions == ("create",)


@dataclass(frozen=True)
class Plan:
    """A saved plan: its file, its changes, and every resource (type, arguments) that exists afterward."""

    path: Path
    changes: tuple[Change, ...]
    resources: tuple[tuple[str, dict[str, Any]], ...]
    is_empty: bool  # neither resources nor outputs change


def terraform(*arguments: str) -> None:
    """Run Terraform on this process's terminal.

    Raises:
        PipelineError: it failed, and has printed why.
    """
    run_on_terminal(*command(*arguments), *uncolored())


def initialize(*arguments: str) -> None:
    """Run `terraform init`.

    Raises:
        PipelineError: it failed.
    """
    say("terraform init")
    run(*command("init", "-input=false", "-no-color", *arguments), remedy=SEE_ABOVE)


def evaluate(expression: str) -> Any:
    """Return the value of `expression`, such as var.architecture, from any of its sources."""
    printed = run(*command("console"), text=f"jsonencode({expression})").stdout
    return json.loads(json.loads(printed.splitlines()[-1]))


def read_outputs() -> dict[str, Any]:
    """Return the outputs in the state (name -> value): none if nothing is deployed."""
    printed = run(*command("output", "-json", "-no-color")).stdout
    return {name: output["value"] for name, output in json.loads(printed).items()}


def list_resources() -> list[str]:
    """Return the addresses of the resources in the state."""
    printed = run(*command("state", "list"), accept=(0, 1)).stdout  # 1: there is no state yet
    return [address for address in printed.split() if not address.startswith("data.")]


@contextmanager
def make_plan(*arguments: str) -> Iterator[Plan]:
    """Make a plan, show it, and yield it. Its file, which can contain secrets, exists until the end of the block."""
    path = TERRAFORM / "tfplan"
    try:
        terraform("plan", "-input=false", f"-out={path.name}", *arguments)
        yield parse_plan(path, json.loads(run(*command("show", "-json", path.name)).stdout))
    finally:
        path.unlink(missing_ok=True)


def parse_plan(path: Path, content: Mapping[str, Any]) -> Plan:
    """Return the plan in the file `path`, whose `content` Terraform shows as JSON."""
    described = [each for each in content.get("resource_changes", []) if each["mode"] == "managed"]
    changes = tuple(
        Change(
            each["type"],
            each["address"],
            tuple(each["change"]["actions"]),
            each["change"]["before"] or {},
            each["change"]["after"] or {},
        )
        for each in described
    )
    outputs = content.get("output_changes", {}).values()
    actions = {action for each in (*(one["change"] for one in described), *outputs) for action in each["actions"]}
    resources = tuple(_resources(content["planned_values"].get("root_module", {})))
    return Plan(path, changes, resources, is_empty=actions <= {"no-op"})


def _resources(module: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for resource in module.get("resources", []):
        if resource["mode"] == "managed":
            yield resource["type"], resource["values"]
    for child in module.get("child_modules", []):
        yield from _resources(child)


def command(*arguments: str) -> tuple[str, ...]:
    """Return the command that runs Terraform in terraform/."""
    return ("terraform", f"-chdir={TERRAFORM}", *arguments)


def uncolored() -> tuple[str, ...]:
    """Return the option that switches colors off where no terminal shows them."""
    return () if sys.stderr.isatty() else ("-no-color",)
