"""Uploads to the deployment of the tests."""

import secrets
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.logs import recent_logs
from pipeline.deployed.outcomes import Outcome, send, wait_for_outcome
from pipeline.stacks.table import get_stack
from tests.conftest import DEPLOYMENT
from tests.integration.commands import Command, Existing, commands
from tests.integration.objects import FOLDER, Process
from tests.integration.stacks import running


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Provide the pipeline on another embedded stack, to compare it with that of the tests."""
    with running("embedded", tmp_path_factory.mktemp("embedded")) as (_, deployment):
        yield deployment


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> str:
    """Return a folder in the buckets that no other test and no earlier run uses."""
    return f"{FOLDER}{request.node.originalname}/{secrets.token_hex(4)}"


@pytest.fixture
def process(deployment: Deployment, folder: str, seconds: float, tmp_path: Path) -> Process:
    """Upload content under a name in `folder`, and wait for its outcome."""

    def process(name: str, content: bytes) -> Outcome:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return wait_for_outcome(deployment, send(deployment, path, f"{folder}/{name}"), seconds)

    return process


@pytest.fixture
def command(deployment: Deployment) -> Command:
    """Run `pipeline` with arguments, on the deployment of the tests."""
    return commands(Existing(deployment))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("meddles") and not get_stack(item.config.getoption("--stack")).is_disposable:
        pytest.skip("this test changes the deployment, so it needs a disposable stack")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the function's log with a failure."""
    report = yield
    deployment = item.config.stash.get(DEPLOYMENT, None)
    if report.failed and deployment:
        report.sections.append(("the function's log", recent_logs(deployment)))
    return report
