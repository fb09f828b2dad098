"""A deployment in an AWS account."""

import json
import os
from pathlib import Path
from typing import ClassVar

from pipeline.deployed.deployment import Deployment
from pipeline.lib.errors import NotRunningError, PipelineError
from pipeline.lib.paths import TERRAFORM
from pipeline.lib.shell import run
from pipeline.stacks import Functions, Say
from pipeline.stacks.account.deploying import deploy
from pipeline.stacks.account.destroying import destroy
from pipeline.stacks.account.remote_state import BACKEND
from pipeline.stacks.machine import AWS_CLI, CREDENTIALS, DAEMON, DOCKER, TERRAFORM_CLI, Need, check

NOTHING = "nothing is deployed to AWS from this checkout"
REMEDY = "deploy with `make deploy-aws`"
LOCAL_STATES = ("terraform.tfstate", "terraform.tfstate.d")  # the second one holds workspaces


class Aws:
    """The deployment that the Terraform state in terraform/ describes."""

    needs: ClassVar[tuple[Need, ...]] = (DOCKER, DAEMON, TERRAFORM_CLI, AWS_CLI, CREDENTIALS)
    outcome_seconds: ClassVar[float] = 300
    is_disposable: ClassVar[bool] = False
    has_alarms: ClassVar[bool] = True
    has_roles: ClassVar[bool] = True
    functions: ClassVar[Functions] = "out of reach"

    def for_tests(self, directory: Path, port: int) -> "Aws":  # noqa: ARG002 - tests use the existing deployment
        return self

    def start(self, say: Say) -> Deployment:  # noqa: ARG002 - a clock would hide Terraform's output and the question
        deploy()
        return self.describe()

    def describe(self) -> Deployment:
        _check_state()
        check(TERRAFORM_CLI)
        printed = json.loads(run("terraform", f"-chdir={TERRAFORM}", "output", "-json", "-no-color").stdout)
        if not printed:
            raise NotRunningError(NOTHING, REMEDY)
        return Deployment.from_outputs({name: output["value"] for name, output in printed.items()})

    def reload(self, deployment: Deployment) -> None:
        raise PipelineError(f"{deployment.function_name} runs on AWS, where code can't be reloaded", REMEDY)

    def stop(self, say: Say) -> None:  # noqa: ARG002 - as above
        destroy()


def _check_state() -> None:
    """Check that this checkout has a state, which can be in a backend.

    Raises:
        NotRunningError: it has none, or not yet.
    """
    used_backend = Path(TERRAFORM, os.environ.get("TF_DATA_DIR", ".terraform"), "terraform.tfstate")
    if used_backend.exists() or any(Path(TERRAFORM, name).exists() for name in LOCAL_STATES):
        return
    if BACKEND.exists():
        raise NotRunningError(
            f"this checkout does not use the state in terraform/{BACKEND.name} yet",
            "run `terraform -chdir=terraform init`, or deploy with `make deploy-aws`",
        )
    raise NotRunningError(NOTHING, REMEDY)
