"""The table "to change X, open Y" in CONTRIBUTING.md names files and symbols that exist."""

import re

import pytest

from pipeline.lib.paths import ROOT

ROW = re.compile(r"^\| (?:the|an?) ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
ROWS = ROW.findall((ROOT / "CONTRIBUTING.md").read_text())


def test_the_table_covers_every_kind_of_change() -> None:
    formats, infrastructure = {"input format", "output format"}, {"stack", "alarm", "limit"}
    subjects = {"thumbnail", "variant", "command", "contact sheet", *formats, *infrastructure}
    assert {subject for subject, _, _ in ROWS} == subjects


@pytest.mark.parametrize(("subject", "places", "names"), ROWS, ids=[row[0] for row in ROWS])
def test_the_first_file_of_a_row_contains_its_symbols(subject: str, places: str, names: str) -> None:
    first, *_ = files = [ROOT / path for path in re.findall(r"\]\(([^)]+)\)", places)]
    assert all(file.exists() for file in files), subject
    symbols = re.findall(r"`(\w+)`", names)
    assert symbols
    for symbol in symbols:
        assert re.search(rf"^\s*(def )?{symbol}\b", first.read_text(), re.MULTILINE), symbol
