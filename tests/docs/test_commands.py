"""Every command in README.md and docs/ runs as printed. The few that can't are listed here, with the reason."""

import re
import time

import pytest

from tests.docs.checkout import Checkout
from tests.docs.commands import Command, commands

# These run until Ctrl-C. The value is what they print when they are ready.
UNTIL_CTRL_C = {
    "make logs ARGS=--follow": "",
    "make dev": "Ctrl-C ends it",
    "make watch DIR=album": "Ctrl-C ends it",
    "make web": "Ctrl-C ends it",
}

# These don't run here. For make, the test checks `make --dry-run` instead.
NOT_RUN = {
    "aws lambda get-account-settings": "needs an account",
    "aws sqs delete-message": "needs the handle that the command above it prints",
    "aws sqs receive-message": "needs an account: the AWS CLI 1 ignores AWS_ENDPOINT_URL for the URL of a queue",
    "bash .ci/run": "runs everything, these tests included",
    "make bench": "takes eight minutes and needs Docker",
    "make delete": "needs the key of an upload",
    "make deploy-aws": "needs an account; tests/unit/test_scripts.py runs the script",
    "make destroy-aws": "needs an account; tests/unit/test_scripts.py runs the script",
    "make function": "needs Docker; make test-e2e runs it",
    "make layer": "needs Docker and minutes; make test-e2e runs it",
    "make package": "needs Docker and minutes; tests/unit/test_package.py writes the package",
    "make lint": "needs Terraform; .ci/run runs it",
    "make screenshots": "needs Chromium, and changes files of the repository",
    "make soak": "takes an hour",
    "make test": "runs these tests",
    "make test-aws": "needs an account",
    "make test-browser": "needs Chromium; .ci/run runs it",
    "make test-matrix": "takes half an hour, and installs three times",
    "make test-limits": "takes an hour and needs Docker",
    "make test-e2e": "needs Docker; .ci/run runs it",
}

# The output shown for these comes from LocalStack.
OUTPUT_FROM_LOCALSTACK = {"make up"}

# These lines appear only where nothing is installed yet.
FIRST_TIME = {"making .venv", "installing the locked requirements"}

COMMANDS = commands()
RUN = [command for command in COMMANDS if command.text not in UNTIL_CTRL_C and command.kind not in NOT_RUN]
NOT_RUN_BY_MAKE = [command.text for command in COMMANDS if command.kind in NOT_RUN and "make " in command.text]


def shape(line: str) -> str:
    """Return `line` without what differs between runs: figures, sizes, and the blanks and rules beside them."""
    return re.sub(r"\s+|─+", " ", re.sub(r"[\d.,]+( [kM]?B)?", "0", line)).strip()


@pytest.mark.parametrize("command", RUN, ids=lambda command: command.text)
def test_a_command_succeeds_and_prints_what_the_page_shows(command: Command, stack: Checkout) -> None:
    finished = stack.run(command.text)
    assert finished.status == 0, finished.output
    if command.text not in OUTPUT_FROM_LOCALSTACK:
        printed = {shape(line) for line in finished.output.splitlines()}
        assert {shape(line) for line in command.output if line not in FIRST_TIME} <= printed


@pytest.mark.parametrize(("text", "ready"), UNTIL_CTRL_C.items())
def test_a_command_runs_until_ctrl_c(text: str, ready: str, stack: Checkout) -> None:
    with stack.running(text, ready) as output:
        time.sleep(1)  # it must not end by itself
    assert "Traceback" not in output.read_text()


@pytest.mark.parametrize("text", NOT_RUN_BY_MAKE)
def test_make_knows_the_commands_that_do_not_run_here(text: str, checkout: Checkout) -> None:
    finished = checkout.run(text.replace("make ", "make --dry-run "))
    assert finished.status == 0, finished.output


def test_the_lists_name_only_documented_commands() -> None:
    documented = {command.kind for command in COMMANDS} | {command.text for command in COMMANDS}
    assert (UNTIL_CTRL_C.keys() | NOT_RUN.keys() | OUTPUT_FROM_LOCALSTACK) - documented == set()
