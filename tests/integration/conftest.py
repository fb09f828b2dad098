"""A deployment, and uploads to it."""

import secrets
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.logs import recent_logs
from pipeline.deployed.outcomes import Outcome, send, wait_for_outcome
from tests.integration.commands import Command, commands
from tests.integration.objects import Process
from tests.integration.stacks import STACKS

# One cold start on a busy machine; on AWS and in a full retry cycle, minutes.
SECONDS = {"embedded": 60, "localstack": 120, "aws": 300}


@pytest.fixture(scope="session")
def deployment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The pipeline on the stack that --stack names."""
    with STACKS[request.config.getoption("--stack")](tmp_path_factory.mktemp("stack")) as deployment:
        request.config.stash[DEPLOYMENT] = deployment
        yield deployment


@pytest.fixture(scope="session")
def seconds(request: pytest.FixtureRequest) -> float:
    """How long an outcome may take."""
    return SECONDS[request.config.getoption("--stack")]


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> str:
    """A folder in the buckets that no other test and no earlier run has used."""
    return f"tests/{request.node.originalname}/{secrets.token_hex(4)}"


@pytest.fixture
def process(deployment: Deployment, folder: str, seconds: float, tmp_path: Path) -> Process:
    """Uploads content under a name in `folder` and waits for its outcome."""

    def process(name: str, content: bytes) -> Outcome:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return wait_for_outcome(deployment, send(deployment, path, f"{folder}/{name}"), seconds)

    return process


@pytest.fixture
def command(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `pipeline` with arguments, on the deployment of the tests."""
    return commands(deployment, monkeypatch)


DEPLOYMENT = pytest.StashKey[Deployment]()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("meddles") and item.config.getoption("--stack") == "aws":
        pytest.skip("it meddles with the deployment: nobody's account is for that")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure shows the function's log."""
    report = yield
    deployment = item.config.stash.get(DEPLOYMENT, None)
    if report.failed and deployment:
        report.sections.append(("the function's log", recent_logs(deployment)))
    return report
