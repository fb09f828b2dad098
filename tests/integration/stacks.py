"""A deployment for the tests, on each stack; the local ones are the tests' own and gone afterwards."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from testcontainers.compose import DockerCompose

from pipeline.deployed.deployment import Deployment
from pipeline.lib.paths import ROOT
from pipeline.lib.ports import free_port
from pipeline.stacks.aws import Aws
from pipeline.stacks.embedded import Embedded
from pipeline.stacks.localstack import check_tools, remove_function_containers
from pipeline.stacks.tflocal import WorkingCopy


@contextmanager
def embedded(directory: Path) -> Iterator[Deployment]:
    stack = Embedded(directory, free_port())
    try:
        yield stack.start(print)
    finally:
        stack.stop(print)


@contextmanager
def localstack(directory: Path) -> Iterator[Deployment]:
    check_tools()
    project, port = f"image-pipeline-{secrets.token_hex(4)}", free_port()
    settings = directory / "compose.env"
    settings.write_text(f"COMPOSE_PROJECT_NAME={project}\nLOCALSTACK_PORT={port}\nLAMBDA_RETRY_BASE_DELAY=1\n")
    compose = DockerCompose(ROOT, env_file=str(settings))
    endpoint = f"http://localhost:{port}"
    try:
        compose.start()
        yield Deployment.from_outputs(WorkingCopy(directory / "stack", endpoint).apply(print), endpoint)
    finally:
        compose.stop(down=False)  # first by a signal, at which LocalStack removes its functions' containers
        remove_function_containers(project)
        compose.stop()


@contextmanager
def aws(directory: Path) -> Iterator[Deployment]:  # noqa: ARG001 - it exists already
    yield Aws().describe()


STACKS: dict[str, Callable[[Path], AbstractContextManager[Deployment]]] = {
    "embedded": embedded,
    "localstack": localstack,
    "aws": aws,
}
