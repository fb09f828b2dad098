"""Check and ask before anything in an AWS account changes."""

import os
import shutil
import sys

from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import TERRAFORM
from pipeline.lib.terminal import ask
from pipeline.stacks.account.identity import Account, check_endpoints, find_account
from pipeline.stacks.account.terraform import evaluate, read_outputs
from pipeline.stacks.machine import AWS_CLI, TERRAFORM_CLI

APPROVED = "AUTO_APPROVE"  # 1 skips questions, as -y does
PROGRAMS = {"aws": AWS_CLI, "terraform": TERRAFORM_CLI}
OVERRIDE = TERRAFORM / "localstack_providers_override.tf"


def check_caller() -> Account:
    """Check programs, approval, endpoints, and credentials, and return the account.

    Raises:
        PipelineError: one of them is missing or wrong.
    """
    for name, need in PROGRAMS.items():
        if shutil.which(name) is None:
            raise PipelineError(f"{name} is not installed", need.remedy)
    if not is_approved() and not sys.stdin.isatty():
        raise PipelineError(
            "there is no terminal to ask for confirmation on", f"add -y or set {APPROVED}=1 to skip the question"
        )
    check_endpoints()
    if OVERRIDE.exists():
        raise PipelineError(f"terraform/{OVERRIDE.name}, a leftover of tflocal, points to an emulator", "delete it")
    return find_account()


def approve(yes: bool) -> None:
    """Skip later questions if `yes`. So does the environment variable AUTO_APPROVE=1."""
    if yes:
        os.environ[APPROVED] = "1"


def is_approved() -> bool:
    """Return whether questions are skipped."""
    return os.environ.get(APPROVED) == "1"


def confirm(question: str, answer: str = "yes") -> None:
    """Ask for `answer`.

    Raises:
        PipelineError: the caller types something else.
    """
    if not is_approved() and ask(f"{question} ") != answer:
        raise PipelineError("nothing was changed", f"type {answer} to continue")


def check_target(account: Account) -> tuple[str, str]:
    """Return the name and the region of the deployment of this checkout.

    If Terraform applied a state to another account, region, or name, it would replace its resources or lose track of
    them.

    Raises:
        PipelineError: the state describes another deployment.
    """
    name, region = evaluate("local.name"), evaluate("var.aws_region")
    outputs = read_outputs()
    if "failure_queue_url" in outputs:  # a first apply that failed leaves some of them
        *_, number, queue = outputs["failure_queue_url"].split("/")
        deployed = (queue.removesuffix("-failures"), number, outputs.get("region", region))
        if deployed != (name, account.number, region):
            raise PipelineError(
                f"the Terraform state describes {_place(*deployed)},"
                f" but this would be {_place(name, account.number, region)}",
                "use the profile and the TF_VAR_ variables of that deployment,"
                f" or give this one a state of its own: terraform -chdir=terraform workspace new {name}",
            )
    return name, region


def _place(name: str, number: str, region: str) -> str:
    return f"{name} in account {number}, region {region}"
