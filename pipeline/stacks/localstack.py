"""LocalStack by Docker Compose, with the Terraform applied to it by tflocal."""

import shutil
from pathlib import Path

from pipeline.deployment import Deployment
from pipeline.errors import NotRunningError, PipelineError
from pipeline.paths import LAYER, ROOT, STATE
from pipeline.shell import CommandError, run
from pipeline.stacks import Say
from pipeline.stacks.ministack import is_taken
from pipeline.stacks.tflocal import WorkingCopy

PROJECT = "image-pipeline"  # as in docker-compose.yml
WITHOUT_DOCKER = "`make demo` shows the pipeline without Docker"


class LocalStack:
    """The Compose project of docker-compose.yml on one port of this machine."""

    def __init__(self, directory: Path = STATE / "localstack", port: int = 4566) -> None:
        self.port = port
        self.directory = directory
        self.endpoint_url = f"http://localhost:{port}"
        self.working_copy = WorkingCopy(directory, self.endpoint_url)

    def start(self, say: Say) -> Deployment:
        check_docker()
        check_terraform()
        if not LAYER.exists():
            raise PipelineError(f"{LAYER.relative_to(ROOT)} is missing", "build it with `make layer`")
        if not self._is_running():
            self._check_port()
            say("starting LocalStack")
        self._compose("up", "--detach", "--wait", "--wait-timeout", "180")
        return Deployment.from_outputs(self.working_copy.apply(say), self.endpoint_url)

    def describe(self) -> Deployment:
        check_docker()
        if not self._is_running() or not self.working_copy.exists():
            raise NotRunningError("LocalStack is not running, or nothing is deployed to it", "start it with `make up`")
        return Deployment.from_outputs(self.working_copy.outputs(), self.endpoint_url)

    def stop(self, say: Say) -> None:
        check_docker()
        say("stopping LocalStack")
        self._compose("stop")  # by a signal, at which LocalStack removes the containers of its functions
        remove_function_containers(PROJECT)
        self._compose("down", "--volumes", "--remove-orphans")
        shutil.rmtree(self.directory, ignore_errors=True)

    def _is_running(self) -> bool:
        return bool(self._compose("ps", "--quiet", "--status", "running", "localstack"))

    def _check_port(self) -> None:
        if is_taken(self.port):
            raise PipelineError(
                f"port {self.port} is taken by another program", "stop that one, or choose another port by PORT=4570"
            )

    def _compose(self, *arguments: str) -> str:
        return run(
            "docker",
            "compose",
            *arguments,
            cwd=ROOT,
            environment={"LOCALSTACK_PORT": str(self.port)},
            remedy="`docker compose logs localstack` may say why",
        ).stdout


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
