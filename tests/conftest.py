"""Options and settings of all tests."""

import signal

import pytest

from pipeline.lib.environment import load_environment
from pipeline.stacks.table import STACKS, stack_named


def pytest_configure(config: pytest.Config) -> None:
    # A shell's background job ignores Ctrl-C, and so would everything that the tests start there.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not stack_named(config.getoption("--stack")).is_disposable:
        load_environment()  # as `pipeline` does: it names the account


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--stack",
        choices=list(STACKS),
        default="embedded",
        help="where the integration tests run: on a stack of their own, or (aws) on the existing deployment",
    )
