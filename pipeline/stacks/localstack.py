"""LocalStack by Docker Compose, with the Terraform applied to it by tflocal."""

import shutil
from pathlib import Path

from pipeline.deployment import Deployment
from pipeline.errors import NotRunningError, PipelineError
from pipeline.paths import LAYER, ROOT, STATE
from pipeline.ports import DEFAULT_PORT, check_free
from pipeline.shell import CommandError, run
from pipeline.stacks import Say
from pipeline.stacks.tflocal import WorkingCopy

PROJECT = "image-pipeline"  # as in docker-compose.yml
WITHOUT_DOCKER = "`make demo` shows the pipeline without Docker"


class LocalStack:
    """The Compose project of docker-compose.yml. A running one keeps its port; a new one gets `port`."""

    def __init__(self, directory: Path = STATE / "localstack", port: int = DEFAULT_PORT) -> None:
        self.port = port
        self.directory = directory

    def start(self, say: Say) -> Deployment:
        check_docker()
        check_terraform()
        if not LAYER.exists():
            raise PipelineError(f"{LAYER.relative_to(ROOT)} is missing", "build it with `make layer`")
        port = self._running_port()
        if port is None:
            port = self.port
            check_free(port)
            say("starting LocalStack")
        self._compose("up", "--detach", "--wait", "--wait-timeout", "180", port=port)
        return Deployment.from_outputs(self._working_copy(port).apply(say), _endpoint(port))

    def describe(self) -> Deployment:
        check_docker()
        port = self._running_port()
        if port is None:
            raise NotRunningError("LocalStack is not running", "start it with `make up`")
        if not self._working_copy(port).exists():
            raise NotRunningError(
                "nothing is deployed to the LocalStack that runs: a restart leaves it empty, uploads and all",
                "`make up` deploys to it afresh; upload again what was there",
            )
        return Deployment.from_outputs(self._working_copy(port).outputs(), _endpoint(port))

    def stop(self, say: Say) -> None:
        check_docker()
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


def check_docker() -> None:
    """
    Raises:
        PipelineError: Docker or Compose is missing, or the daemon does not answer.
    """
    if shutil.which("docker") is None:
        raise PipelineError("Docker is not installed", f"install it; {WITHOUT_DOCKER}")
    for command, problem in (
        (("docker", "info"), "Docker's daemon does not answer"),
        (("docker", "compose", "version"), "Docker Compose 2 is not installed"),
    ):
        try:
            run(*command, seconds=30)
        except CommandError as error:
            raise PipelineError(f"{problem}: {_last_line(error.output)}", f"mend that; {WITHOUT_DOCKER}") from error


def check_terraform() -> None:
    """
    Raises:
        PipelineError: Terraform is missing.
    """
    if shutil.which("terraform") is None:
        raise PipelineError(
            "Terraform is not installed",
            f"install it (https://developer.hashicorp.com/terraform/install); {WITHOUT_DOCKER}",
        )


def remove_function_containers(project: str) -> None:
    """Removes the function containers that a LocalStack of PROJECT could not remove itself."""
    if left := run("docker", "ps", "--all", "--quiet", "--filter", f"label=image-pipeline={project}").stdout.split():
        run("docker", "rm", "--force", *left)


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no answer"])[-1]
