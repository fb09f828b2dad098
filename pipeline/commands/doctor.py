"""`pipeline doctor`: what this machine has, and which stacks can run on it."""

import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass

import boto3
from botocore.exceptions import BotoCoreError
from rich import box
from rich.table import Table

from pipeline.commands.options import Json
from pipeline.errors import PipelineError
from pipeline.paths import ROOT
from pipeline.ports import DEFAULT_PORT, is_taken
from pipeline.shell import run
from pipeline.terminal import out, print_json

ROOM = 6  # GB: the images of LocalStack and Lambda, and the Terraform provider

Probe = Callable[[], str]  # what was found, or PipelineError with what to do


@dataclass(frozen=True)
class Finding:
    """What was looked for and found; `found` is None where it is missing, and `remedy` says what to do."""

    name: str
    found: str | None
    remedy: str = ""


def doctor(json: Json = False) -> None:
    """Tell what this machine has, which stacks can run here, and what is missing for the others."""
    findings = [_finding(name, probe, remedy) for name, (probe, remedy) in PROBES.items()]
    missing = {finding.name for finding in findings if finding.found is None}
    stacks = {stack: [name for name in needs if name in missing] for stack, needs in NEEDS.items()}
    if json:
        print_json({"findings": [asdict(finding) for finding in findings], "missing": stacks})
    else:
        _show(findings, stacks)


def _finding(name: str, probe: Probe, remedy: str) -> Finding:
    try:
        return Finding(name, probe())
    except (PipelineError, FileNotFoundError, BotoCoreError) as error:
        return Finding(name, None, f"{remedy} ({_first_line(error)})")


def _first_line(error: Exception) -> str:
    text = error.output if hasattr(error, "output") else str(error)
    return next((line.strip() for line in text.splitlines() if line.strip()), "no answer")


def _printed_by(*command: str) -> Probe:
    return lambda: run(*command, seconds=30).stdout.splitlines()[0].strip()


def _credentials() -> str:
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")  # a laptop has no such service to wait for
    found = boto3.Session().get_credentials()
    if found is None:
        raise PipelineError("none found")
    return f"by {found.method}"


def _port() -> str:
    if is_taken(DEFAULT_PORT):
        raise PipelineError(f"something listens on {DEFAULT_PORT}")
    return "free"


def _room() -> str:
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < ROOM:
        raise PipelineError(f"{free:.1f} GB are free")
    return f"{free:.0f} GB free"


PROBES: dict[str, tuple[Probe, str]] = {
    "Python": (platform.python_version, ""),
    "Docker": (_printed_by("docker", "--version"), "install it: https://docs.docker.com/get-docker/"),
    "Docker's daemon": (_printed_by("docker", "version", "--format", "{{.Server.Version}}"), "start it"),
    "Docker Compose": (_printed_by("docker", "compose", "version"), "install Compose 2, a plugin of Docker"),
    "Terraform": (_printed_by("terraform", "version"), "install it: https://developer.hashicorp.com/terraform/install"),
    "AWS CLI": (_printed_by("aws", "--version"), "install it: https://aws.amazon.com/cli/"),
    "AWS credentials": (_credentials, "log in: aws configure, or aws sso login"),
    f"port {DEFAULT_PORT}": (_port, "a stack that runs already may hold it; else start with make up PORT=4570"),
    "disk": (_room, f"free {ROOM} GB"),
}

NEEDS = {
    "embedded": ("Python",),
    "localstack": ("Docker", "Docker's daemon", "Docker Compose", "Terraform", "disk"),
    "aws": ("Docker", "Docker's daemon", "Terraform", "AWS CLI", "AWS credentials"),
}


def _show(findings: list[Finding], stacks: dict[str, list[str]]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False)
    for finding in findings:
        table.add_row(finding.name, finding.found or f"[red]missing:[/] {finding.remedy}")
    out.print(table)
    for stack, missing in stacks.items():
        out.print(f"{stack}: {'needs ' + ', '.join(missing) if missing else 'can run here'}")
