"""Options of all tests."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--stack",
        choices=("embedded", "localstack", "aws"),
        default="embedded",
        help="where the integration tests run: in a stack of their own, or (aws) on the deployment that exists",
    )
