"""The lines of `--json` have what docs/command.md says."""

import json
import re

import pytest

from pipeline.paths import ROOT
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
}


def documented() -> dict[str, set[str]]:
    """By command the names in its row, and in the row that this refers to."""
    rows = {
        command: text
        for names, text in ROW.findall((ROOT / "docs/command.md").read_text())
        for command in re.findall(r"`([^`]+)`", names)
    }
    others = {
        command: text.partition("what `status --all` has")[1] and rows["status --all"] for command, text in rows.items()
    }
    return {command: set(re.findall(r"`(\w+)`", text + others[command])) for command, text in rows.items()}


@pytest.mark.parametrize("command", TRIED)
def test_a_line_has_what_is_documented(command: str, running: Checkout) -> None:
    done = running.run(f"{TRIED[command]} --json 2>/dev/null")
    lines = [json.loads(line) for line in done.output.splitlines()]
    assert lines
    for line in lines:
        assert line.keys() <= documented()[command]
