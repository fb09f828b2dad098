"""LocalStack by Docker Compose, with the Terraform applied to it by tflocal."""

import shutil
from pathlib import Path
from typing import ClassVar

from pipeline.deployed.deployment import Deployment
from pipeline.lib.errors import NotRunningError, PipelineError
from pipeline.lib.paths import ROOT, STATE
from pipeline.lib.ports import DEFAULT_PORT, check_free
from pipeline.lib.shell import run
from pipeline.stacks import Say, hot_reloading
from pipeline.stacks.machine import COMPOSE, DAEMON, DOCKER, MAKE, ROOM, TERRAFORM_CLI, Need, check
from pipeline.stacks.tflocal import WorkingCopy

PROJECT = "image-pipeline"  # as in docker-compose.yml
CONTAINERS = (DOCKER, DAEMON, COMPOSE)


class LocalStack:
    """The Compose project of docker-compose.yml. A running one keeps its port; a new one gets `port`."""

    needs: ClassVar[tuple[Need, ...]] = (MAKE, DOCKER, DAEMON, COMPOSE, TERRAFORM_CLI, ROOM)

    def __init__(self, directory: Path = STATE / "localstack", port: int = DEFAULT_PORT) -> None:
        self.port = port
        self.directory = directory

    def start(self, say: Say) -> Deployment:
        check_tools()
        _build(say)
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
                "nothing is deployed to the LocalStack that runs: a restart leaves it empty, uploads and all",
                "`make up` deploys to it afresh; upload again what was there",
            )
        return Deployment.from_outputs(self._working_copy(port).outputs(), _endpoint(port))

    def reload(self, deployment: Deployment) -> None:
        hot_reloading.reload(deployment)

    def stop(self, say: Say) -> None:
        check(*CONTAINERS)
        say("stopping LocalStack")
        self._compose("stop")  # by a signal, at which LocalStack removes the containers of its functions
        remove_function_containers(PROJECT)
        self._compose("down", "--volumes", "--remove-orphans")
        shutil.rmtree(self.directory, ignore_errors=True)

    def _working_copy(self, port: int) -> WorkingCopy:
        return WorkingCopy(self.directory, _endpoint(port))

    def _running_port(self) -> int | None:
        if not self._compose("ps", "--quiet", "--status", "running", "localstack"):
            return None
        return int(self._compose("port", "localstack", "4566").strip().rpartition(":")[2])

    def _compose(self, *arguments: str, port: int | None = None) -> str:
        return run(
            "docker",
            "compose",
            *arguments,
            cwd=ROOT,
            environment={"COMPOSE_PROJECT_NAME": PROJECT, "LOCALSTACK_PORT": str(port or self.port)},
            remedy="`docker compose logs localstack` may say why",
        ).stdout


def _endpoint(port: int) -> str:
    return f"http://localhost:{port}"


def check_tools() -> None:
    """
    Raises:
        PipelineError: one of the programs is missing that LocalStack is started and filled with.
    """
    try:
        check(*CONTAINERS, TERRAFORM_CLI)
    except PipelineError as error:
        raise PipelineError(error.problem, f"{error.remedy} (`make demo` needs no Docker and no Terraform)") from error


def _build(say: Say) -> None:
    """Builds what is deployed where it is missing or older than what it is made of; make knows."""
    if _make("--question", "layer", accept=(0, 1)):
        say("building the Pillow layer, which takes minutes")
        _make("layer")
    _make("function")


def _make(*arguments: str, accept: tuple[int, ...] = (0,)) -> int:
    return run(
        "make", *arguments, cwd=ROOT, accept=accept, seconds=1800, remedy="`make layer function` shows all of it"
    ).returncode


def remove_function_containers(project: str) -> None:
    """Removes the function containers that a LocalStack of PROJECT could not remove itself."""
    if left := run("docker", "ps", "--all", "--quiet", "--filter", f"label=image-pipeline={project}").stdout.split():
        run("docker", "rm", "--force", *left)
