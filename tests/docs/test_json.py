"""The lines of `--json` have the fields that docs/command.md lists."""

import json
import re

import pytest

from pipeline.lib.paths import ROOT
from tests.docs.checkout import Checkout

ROW = re.compile(r"^\| (`[^|]+`) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
COMMANDS = {
    "upload": "pipeline upload photo.jpg",
    "status --all": "pipeline status --all",
    "status": "pipeline status",
    "describe": "pipeline describe",
    "logs": "pipeline logs --since 1d",
    "variants": "pipeline variants photo.jpg",
    "up": "pipeline up",
    "doctor": "pipeline doctor",
    "demo": "pipeline demo album",
    "gallery": "pipeline gallery",
}


def rows() -> dict[str, str]:
    """Return by command the last column of the table: its fields."""
    page = (ROOT / "docs/command.md").read_text()
    return {command: text for names, text in ROW.findall(page) for command in re.findall(r"`([^`]+)`", names)}


def documented(command: str) -> set[str]:
    """Return the fields in the row of `command`, and in the rows it refers to."""
    text = rows()[command]
    others = [documented(other) for other in re.findall(r"what `([^`]+)` has", text)]
    return set(re.findall(r"`(\w+)`", text)).union(*others)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_line_has_the_documented_fields(command: str, stack: Checkout) -> None:
    finished = stack.run(f"{COMMANDS[command]} --json 2>/dev/null")
    lines = [json.loads(line) for line in finished.output.splitlines()]
    assert lines
    for line in lines:
        assert line.keys() <= documented(command)
