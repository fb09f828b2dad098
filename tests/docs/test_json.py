"""The lines of `--json` have what docs/command.md says."""

import json
import re

import pytest

from pipeline.lib.paths import ROOT
from tests.docs.checkout import Checkout

ROW = re.compile(r"^\| (`[^|]+`) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
TRIED = {
    "upload": "pipeline upload photo.jpg",
    "status --all": "pipeline status --all",
    "status": "pipeline status",
    "logs": "pipeline logs --since 1d",
    "variants": "pipeline variants photo.jpg",
    "up": "pipeline up",
    "doctor": "pipeline doctor",
    "demo": "pipeline demo album",
    "gallery": "pipeline gallery",
}


def rows() -> dict[str, str]:
    """What the table says that a line of each command has."""
    page = (ROOT / "docs/command.md").read_text()
    return {command: text for names, text in ROW.findall(page) for command in re.findall(r"`([^`]+)`", names)}


def documented(command: str) -> set[str]:
    """The names in the row of COMMAND, and in the rows that it refers to."""
    text = rows()[command]
    others = [documented(other) for other in re.findall(r"what `([^`]+)` has", text)]
    return set(re.findall(r"`(\w+)`", text)).union(*others)


@pytest.mark.parametrize("command", TRIED)
def test_a_line_has_what_is_documented(command: str, running: Checkout) -> None:
    done = running.run(f"{TRIED[command]} --json 2>/dev/null")
    lines = [json.loads(line) for line in done.output.splitlines()]
    assert lines
    for line in lines:
        assert line.keys() <= documented(command)
