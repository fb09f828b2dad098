"""make and pipeline read .env. The environment overrides it."""

import pytest

from tests.docs.checkout import Checkout


@pytest.mark.parametrize("command", ["pipeline status", "make status"])
def test_the_environment_overrides_the_file(command: str, stack: Checkout) -> None:
    assert "complete" in stack.run(command).output  # on the embedded stack, which .env names
    assert "is not a stack" in stack.run(f"STACK=nowhere {command}").output


def test_a_make_variable_overrides_the_file(stack: Checkout) -> None:
    assert "is not a stack" in stack.run("make status STACK=nowhere").output
