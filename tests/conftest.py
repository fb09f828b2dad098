"""What holds for all tests."""

import pytest

from pipeline.stacks.table import STACKS


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--stack",
        choices=list(STACKS),
        default="embedded",
        help="where the integration tests run: in a stack of their own, or (aws) on the deployment that exists",
    )
