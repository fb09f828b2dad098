"""Options and settings of all tests, and the stack that --stack names."""

import signal
from collections.abc import Iterator

import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.lib.environment import load_environment
from pipeline.stacks import Stack
from pipeline.stacks.table import STACKS, get_stack
from tests.integration.stacks import running

DEPLOYMENT = pytest.StashKey[Deployment]()


def pytest_configure(config: pytest.Config) -> None:
    # A shell's background job ignores Ctrl-C, and so would everything that the tests start there.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not get_stack(config.getoption("--stack")).is_disposable:
        load_environment()  # as `pipeline` does: it names the account


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--stack",
        choices=list(STACKS),
        default="embedded",
        help="where the integration tests run: on a stack of their own, or (aws) on the existing deployment",
    )


@pytest.fixture(scope="session")
def running_stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Stack, Deployment]]:
    """The stack that --stack names, and the pipeline deployed to it."""
    with running(request.config.getoption("--stack"), tmp_path_factory.mktemp("stack")) as (stack, deployment):
        request.config.stash[DEPLOYMENT] = deployment
        yield stack, deployment


@pytest.fixture(scope="session")
def stack(running_stack: tuple[Stack, Deployment]) -> Stack:
    """The stack that the tests run on."""
    return running_stack[0]


@pytest.fixture(scope="session")
def deployment(running_stack: tuple[Stack, Deployment]) -> Deployment:
    """The pipeline that the tests run on."""
    return running_stack[1]


@pytest.fixture(scope="session")
def seconds(stack: Stack) -> float:
    """The time within which an upload has its outcome."""
    return stack.outcome_seconds
