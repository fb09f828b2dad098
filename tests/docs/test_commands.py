"""Every command that README and docs name does what they say."""

import re
import time

import pytest

from tests.docs.checkout import Checkout
from tests.docs.commands import Command, commands
from tests.docs.ways import DRY, ENDLESS, FIRST_TIME, NEVER, RUN, SHOWN_ELSEWHERE

COMMANDS = commands()
TYPED = [command for command in COMMANDS if command.kind in RUN and command.text not in ENDLESS]


def shape(line: str) -> str:
    """LINE without what differs from run to run: figures, sizes and the blanks and rules that go by them."""
    return re.sub(r"\s+|─+", " ", re.sub(r"[\d.,]+( [kM]?B)?", "0", line)).strip()


@pytest.mark.parametrize("command", TYPED, ids=lambda command: command.text)
def test_a_command_runs_as_it_stands_there(command: Command, running: Checkout) -> None:
    done = running.run(command.text)
    assert done.status == 0, done.output
    if command.text not in SHOWN_ELSEWHERE:
        printed = {shape(line) for line in done.output.splitlines()}
        assert {shape(line) for line in command.output if line not in FIRST_TIME} <= printed


@pytest.mark.parametrize(("command", "ready"), ENDLESS.items())
def test_a_command_runs_until_ctrl_c(command: str, ready: str, running: Checkout) -> None:
    with running.typed(command, ready) as said:
        time.sleep(1)  # in which it does not end
    assert "Traceback" not in said.read_text()


@pytest.mark.parametrize("command", [command.text for command in COMMANDS if command.kind in DRY])
def test_make_knows_how(command: str, checkout: Checkout) -> None:
    done = checkout.run(command.replace("make ", "make --dry-run "))
    assert done.status == 0, done.output


def test_every_command_is_tried_or_named() -> None:
    known = RUN | ENDLESS.keys() | DRY.keys() | NEVER.keys()
    assert [command.text for command in COMMANDS if not {command.kind, command.text} & known] == []


def test_nothing_is_named_that_no_page_has() -> None:
    there = {command.kind for command in COMMANDS} | {command.text for command in COMMANDS}
    assert (RUN | ENDLESS.keys() | DRY.keys() | NEVER.keys() | SHOWN_ELSEWHERE) - there == set()
