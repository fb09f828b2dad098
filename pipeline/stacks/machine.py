"""What the stacks need on a machine, and checks for it."""

import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass

import boto3
from botocore.exceptions import BotoCoreError

from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import ROOT
from pipeline.lib.ports import DEFAULT_PORT, is_taken
from pipeline.lib.shell import CommandError, run

ROOM_GB = 6  # the images of LocalStack and Lambda, and the Terraform provider

Probe = Callable[[], str]  # returns what was found, or raises a PipelineError


@dataclass(frozen=True)
class Need:
    """Something that a stack needs on a machine. `remedy` says how to get it."""

    name: str
    probe: Probe
    remedy: str

    def found(self) -> str:
        """Return what this machine has.

        Raises:
            PipelineError: it is missing, or doesn't work.
        """
        try:
            return self.probe()
        except PipelineError as error:
            raise PipelineError(error.problem, self.remedy) from error


def check(*needs: Need) -> None:
    """Check that this machine has all `needs`.

    Raises:
        PipelineError: it lacks one of them.
    """
    for need in needs:
        need.found()


def _program(name: str, *command: str, otherwise: str = "does not work") -> Probe:
    """Return a probe that returns the first line that `command` prints, such as a version."""

    def probe() -> str:
        if shutil.which(command[0]) is None:
            raise PipelineError(f"{name} is not installed")
        try:
            return _first_line(run(*command, seconds=30).stdout)
        except CommandError as error:
            raise PipelineError(f"{name} {otherwise}: {_first_line(error.details)}") from error

    return probe


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "no answer")


def _credentials() -> str:
    # Laptops don't have the metadata service, and its timeout takes seconds.
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    try:
        found = boto3.Session().get_credentials()
    except BotoCoreError as error:  # such as a profile that doesn't exist
        raise PipelineError(str(error)) from error
    if found is None:
        raise PipelineError("no AWS credentials are set")
    return f"by {found.method}"


def _port() -> str:
    if is_taken(DEFAULT_PORT):
        raise PipelineError(f"a program listens on port {DEFAULT_PORT}")
    return "free"


def _room() -> str:
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < ROOM_GB:
        raise PipelineError(f"only {free:.1f} GB are free")
    return f"{free:.0f} GB free"


PYTHON = Need("Python", platform.python_version, "")
MAKE = Need(
    "make", _program("make", "make", "--version"), "install it: sudo apt install make, or xcode-select --install"
)
DOCKER = Need("Docker", _program("Docker", "docker", "--version"), "install it: https://docs.docker.com/get-docker/")
DAEMON = Need(
    "Docker's daemon",
    _program("Docker's daemon", "docker", "version", "--format", "{{.Server.Version}}", otherwise="does not answer"),
    "start it: Docker Desktop, or sudo systemctl start docker; if you lack permission: sudo usermod -aG docker $USER",
)
COMPOSE = Need(
    "Docker Compose",
    _program("Docker Compose 2", "docker", "compose", "version", otherwise="is not installed"),
    "install it: https://docs.docker.com/compose/install/",
)
TERRAFORM_CLI = Need(
    "Terraform",
    _program("Terraform", "terraform", "version"),
    "install it: https://developer.hashicorp.com/terraform/install",
)
AWS_CLI = Need("AWS CLI", _program("The AWS CLI", "aws", "--version"), "install it: https://aws.amazon.com/cli/")
CREDENTIALS = Need("AWS credentials", _credentials, "log in: aws configure, or aws sso login")
PORT = Need(f"port {DEFAULT_PORT}", _port, "a running stack may be using it; choose another port: make up PORT=4570")
ROOM = Need("disk", _room, f"free {ROOM_GB} GB")

NEEDS = (PYTHON, MAKE, DOCKER, DAEMON, COMPOSE, TERRAFORM_CLI, AWS_CLI, CREDENTIALS, PORT, ROOM)
