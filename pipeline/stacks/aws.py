"""A deployment in an AWS account, made by scripts/deploy.sh."""

import json
from typing import ClassVar

from pipeline.deployed.deployment import Deployment
from pipeline.lib.errors import NotRunningError, PipelineError
from pipeline.lib.paths import ROOT, TERRAFORM
from pipeline.lib.shell import run, run_on_terminal
from pipeline.stacks import Say
from pipeline.stacks.machine import AWS_CLI, CREDENTIALS, DAEMON, DOCKER, TERRAFORM_CLI, Need, check

REMEDY = "deploy with `make deploy-aws`"


class Aws:
    """What the Terraform state in terraform/ describes."""

    needs: ClassVar[tuple[Need, ...]] = (DOCKER, DAEMON, TERRAFORM_CLI, AWS_CLI, CREDENTIALS)

    def start(self, say: Say) -> Deployment:  # noqa: ARG002 - the script says what it does, and asks
        run_on_terminal(str(ROOT / "scripts" / "deploy.sh"))
        return self.describe()

    def describe(self) -> Deployment:
        check(TERRAFORM_CLI)  # whose outputs say what is deployed
        printed = json.loads(
            run("terraform", f"-chdir={TERRAFORM}", "output", "-json", "-no-color", remedy=REMEDY).stdout
        )
        if not printed:
            raise NotRunningError("nothing is deployed to AWS from here", REMEDY)
        return Deployment.from_outputs({name: output["value"] for name, output in printed.items()})

    def reload(self, deployment: Deployment) -> None:
        raise PipelineError(
            f"{deployment.function_name} on AWS is not for trying things", "deploy with `make deploy-aws`"
        )

    def stop(self, say: Say) -> None:  # noqa: ARG002 - as above
        run_on_terminal(str(ROOT / "scripts" / "destroy.sh"))
