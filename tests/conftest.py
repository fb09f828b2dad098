"""What holds for all tests."""

import signal

import pytest

from pipeline.stacks.table import STACKS


def pytest_configure() -> None:
    # A shell's background job ignores Ctrl-C, and so would all that the tests start there.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--stack",
        choices=list(STACKS),
        default="embedded",
        help="where the integration tests run: in a stack of their own, or (aws) on the deployment that exists",
    )
