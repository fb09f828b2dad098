"""LocalStack in Docker Compose, with the Terraform configuration applied by tflocal."""

import shutil
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

from pipeline.deployed.deployment import Deployment
from pipeline.lib.errors import NotRunningError, PipelineError
from pipeline.lib.paths import ROOT, STATE
from pipeline.lib.ports import DEFAULT_PORT, check_free
from pipeline.lib.shell import run
from pipeline.stacks import Functions, Say, hot_reloading
from pipeline.stacks.building import build
from pipeline.stacks.machine import COMPOSE, DAEMON, DOCKER, MAKE, ROOM, TERRAFORM_CLI, Need, check
from pipeline.stacks.tflocal import WorkingCopy

PROJECT = "image-pipeline"  # as in docker-compose.yml
HASTE = {  # for tests: seconds before the first retry, and between two reports of a queue's metrics
    "LAMBDA_RETRY_BASE_DELAY": "1",
    "SQS_CLOUDWATCH_METRICS_REPORT_INTERVAL": "5",
}
CONTAINERS = (DOCKER, DAEMON, COMPOSE)


class LocalStack:
    """A Compose project of docker-compose.yml. A running one keeps its port; a new one gets `port`."""

    needs: ClassVar[tuple[Need, ...]] = (MAKE, DOCKER, DAEMON, COMPOSE, TERRAFORM_CLI, ROOM)
    outcome_seconds: ClassVar[float] = 120
    is_disposable: ClassVar[bool] = True
    has_alarms: ClassVar[bool] = True
    has_roles: ClassVar[bool] = True
    functions: ClassVar[Functions] = "containers"

    def __init__(
        self,
        directory: Path = STATE / "localstack",
        port: int = DEFAULT_PORT,
        project: str = PROJECT,
        settings: dict[str, str] | None = None,
    ) -> None:
        self.port = port
        self.directory = directory
        self.project = project
        self._settings = settings or {}

    def for_tests(self, directory: Path, port: int) -> "LocalStack":
        project = f"{PROJECT}-{sha256(str(directory).encode()).hexdigest()[:8]}"
        return LocalStack(directory, port, project, HASTE)

    @property
    def settings(self) -> dict[str, str]:
        """Return the environment of docker-compose.yml, for a stack that starts on `port`."""
        return {"COMPOSE_PROJECT_NAME": self.project, "LOCALSTACK_PORT": str(self.port), **self._settings}

    def start(self, say: Say) -> Deployment:
        check_tools()
        build(say)
        port = self._running_port()
        if port is None:
            port = self.port
            check_free(port)
            say("starting LocalStack")
        self._compose("up", "--detach", "--wait", "--wait-timeout", "180", port=port)
        deployment = Deployment.from_outputs(self._working_copy(port).apply(say), _endpoint(port))
        hot_reloading.end(deployment)
        return deployment

    def describe(self) -> Deployment:
        check(*CONTAINERS)
        port = self._running_port()
        if port is None:
            raise NotRunningError("LocalStack is not running", "start it with `make up`")
        if not self._working_copy(port).exists():
            raise NotRunningError(
                "nothing is deployed to the running LocalStack: a restart leaves it empty, with no uploads",
                "run `make up` to deploy again, then upload again",
            )
        return Deployment.from_outputs(self._working_copy(port).outputs(), _endpoint(port))

    def reload(self, deployment: Deployment) -> None:
        hot_reloading.reload(deployment)

    def stop(self, say: Say) -> None:
        check(*CONTAINERS)
        say("stopping LocalStack")
        self._compose("stop")  # on this signal, LocalStack removes the containers of its functions
        self.remove_function_containers()
        self._compose("down", "--volumes", "--remove-orphans")
        shutil.rmtree(self.directory, ignore_errors=True)

    def remove_function_containers(self) -> None:
        """Remove the function containers that LocalStack could not remove itself."""
        label = f"label=image-pipeline={self.project}"
        if left := run("docker", "ps", "--all", "--quiet", "--filter", label).stdout.split():
            run("docker", "rm", "--force", *left)

    def _working_copy(self, port: int) -> WorkingCopy:
        return WorkingCopy(self.directory, _endpoint(port))

    def _running_port(self) -> int | None:
        if not self._compose("ps", "--quiet", "--status", "running", "localstack"):
            return None
        return int(self._compose("port", "localstack", "4566").strip().rpartition(":")[2])

    def _compose(self, *arguments: str, port: int | None = None) -> str:
        running = {"LOCALSTACK_PORT": str(port)} if port else {}
        return run(
            "docker",
            "compose",
            *arguments,
            cwd=ROOT,
            environment=self.settings | running,
            remedy="`docker compose logs localstack` may say why",
        ).stdout


def _endpoint(port: int) -> str:
    return f"http://localhost:{port}"


def check_tools() -> None:
    """Check the programs that start LocalStack and deploy to it.

    Raises:
        PipelineError: one of them is missing.
    """
    try:
        check(*CONTAINERS, TERRAFORM_CLI)
    except PipelineError as error:
        raise PipelineError(error.problem, f"{error.remedy} (`make demo` needs no Docker and no Terraform)") from error
