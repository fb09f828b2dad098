"""A deployment in an AWS account, made by scripts/deploy.sh."""

import json
import shutil

from pipeline.deployment import Deployment
from pipeline.errors import NotRunningError, PipelineError
from pipeline.paths import ROOT, TERRAFORM
from pipeline.shell import run, run_on_terminal
from pipeline.stacks import Say

REMEDY = "deploy with `make deploy-aws`"


class Aws:
    """What the Terraform state in terraform/ describes."""

    def start(self, say: Say) -> Deployment:
        say("deploying to AWS")
        run_on_terminal(str(ROOT / "scripts" / "deploy.sh"))
        return self.describe()

    def describe(self) -> Deployment:
        if shutil.which("terraform") is None:
            raise PipelineError("Terraform is not installed", "its outputs say what is deployed; install it")
        printed = json.loads(run("terraform", f"-chdir={TERRAFORM}", "output", "-json", remedy=REMEDY).stdout)
        if not printed:
            raise NotRunningError("nothing is deployed to AWS from here", REMEDY)
        return Deployment.from_outputs({name: output["value"] for name, output in printed.items()})

    def stop(self, say: Say) -> None:
        say("destroying the deployment on AWS")
        run_on_terminal(str(ROOT / "scripts" / "destroy.sh"))
