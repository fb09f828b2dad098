"""The table of settings in docs/differences.md in which the embedded stack differs."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.deployed.description import fields
from pipeline.lib.paths import ROOT

PAGE = ROOT / "docs/differences.md"
MISSING = "nothing"


def listed() -> list[str]:
    """Return the settings in the first column of the table."""
    section = PAGE.read_text().split("\n## ")[1]
    return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)


def is_listed(path: str) -> bool:
    """Return whether the setting at `path`, or one that contains it, is in the table."""
    return any(f"{path}.".startswith(f"{setting}.") for setting in listed())


def differences(embedded: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings in which two descriptions differ, by path."""
    one, two = dict(fields(embedded)), dict(fields(other))
    return {
        path: f"{one.get(path, MISSING)!r} on the embedded stack, {two.get(path, MISSING)!r} on the other"
        for path in sorted(one.keys() | two.keys())
        if one.get(path, MISSING) != two.get(path, MISSING)
    }


def outdated(paths: Iterable[str]) -> set[str]:
    """Return the rows of the table that contain none of `paths`."""
    found = list(paths)
    return {setting for setting in listed() if not any(f"{path}.".startswith(f"{setting}.") for path in found)}
