"""docs/differences.md names tests that exist."""

import re

from pipeline.lib.paths import ROOT

PAGE = (ROOT / "docs/differences.md").read_text()
TESTS = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)


def test_every_test_on_the_page_exists() -> None:
    assert TESTS
    for path, name in TESTS:
        assert f"def {name}(" in (ROOT / path).read_text() or not name, f"{path}::{name}"


def test_every_row_has_a_source() -> None:
    rows = [
        line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| setting", "| what"))
    ]
    assert len(rows) > 10
    assert [row for row in rows if "](https://" not in row] == []
