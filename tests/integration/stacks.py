"""A deployment for the tests, on any stack. On a disposable stack it is the tests' own, and deleted afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.deployed.deployment import Deployment
from pipeline.lib.paths import ROOT
from pipeline.lib.ports import free_port
from pipeline.stacks import Stack
from pipeline.stacks.localstack import LocalStack
from pipeline.stacks.table import get_stack
from tests.integration.objects import FOLDER, delete_versions


@contextmanager
def running(name: str, directory: Path) -> Iterator[tuple[Stack, Deployment]]:
    """Yield the stack called `name` and its deployment, with the stack's files in `directory`."""
    stack = get_stack(name).for_tests(directory / "stack", free_port())
    if not stack.is_disposable:
        deployment = stack.describe()
        try:
            yield stack, deployment
        finally:
            delete_versions(FOLDER, deployment)
        return
    try:
        if isinstance(stack, LocalStack):
            start_containers(stack, directory)
        yield stack, stack.start(print)
    finally:
        stack.stop(print)


def start_containers(stack: LocalStack, directory: Path) -> None:
    """Start LocalStack with Testcontainers; the stack finds it running, and deploys to it."""
    from testcontainers.compose import DockerCompose  # here, because most tests don't need it

    settings = directory / "compose.env"
    settings.write_text("".join(f"{name}={value}\n" for name, value in stack.settings.items()))
    DockerCompose(ROOT, env_file=str(settings), wait=True).start()
