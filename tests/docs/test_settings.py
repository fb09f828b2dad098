"""What stands in .env is what make and the command go by, after the environment."""

import pytest

from tests.docs.checkout import Checkout


@pytest.mark.parametrize("command", ["pipeline status", "make status"])
def test_the_environment_goes_before_the_file(command: str, running: Checkout) -> None:
    assert running.run(command).status == 0  # on the embedded stack, as .env says
    assert "nowhere is none of" in running.run(f"STACK=nowhere {command}").output


def test_make_takes_it_as_a_variable_too(running: Checkout) -> None:
    assert "nowhere is none of" in running.run("make status STACK=nowhere").output
