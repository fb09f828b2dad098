"""The table of the largest pictures in docs/formats.md says what the limits allow."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from imaging import limits
from pipeline.lib.paths import LAMBDA, ROOT
from tests.limits import table

MEASURED = [name for name in table.ROWS if "AVIF" not in name and "HEIC" not in name]  # at all sizes
PIXELS = "import json; from tests.limits.kinds import pixels; print(json.dumps(pixels()))"


@pytest.fixture(scope="module")
def allowed() -> dict[tuple[int, str], float]:
    """Return the megapixels that the limits allow, by memory in MB and kind, from one process for each memory."""
    python_path = os.pathsep.join((str(LAMBDA), str(ROOT)))
    started = {
        size: subprocess.Popen(
            [sys.executable, "-c", PIXELS],
            env={**os.environ, "PYTHONPATH": python_path, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(size)},
            stdout=subprocess.PIPE,
        )
        for size in table.SIZES
    }
    pixels = {size: json.loads(process.communicate()[0]) for size, process in started.items()}
    return {(size, kind): round(count / 1e6, 1) for size in table.SIZES for kind, count in pixels[size].items()}


def test_the_table_in_the_docs_has_the_limits(allowed: dict[tuple[int, str], float]) -> None:
    documented = table.read(ROOT / "docs" / "formats.md")

    assert documented == {key: allowed[key] for key in documented}
    assert documented.keys() >= {(1024, kinds[0]) for kinds in table.ROWS.values()}
    assert documented.keys() >= {(size, table.ROWS[name][0]) for size in table.SIZES for name in MEASURED}


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        ("frames of an animation", f"{limits.MAX_FRAMES:,}"),
        ("each side", f"{limits.MAX_SIDE:,}"),
        ("bytes of the upload", f"{limits.MAX_FILE_BYTES // limits.MEGABYTE} MiB"),
        ("scans of a JPEG", f"{limits.MAX_SCANS}"),
    ],
)
def test_the_docs_say_each_limit(limit: str, value: str) -> None:
    assert f"\n| {limit} | {value} |" in (ROOT / "docs" / "formats.md").read_text()


def test_every_row_of_the_table_is_a_kind_that_is_drawn(allowed: dict[tuple[int, str], float]) -> None:
    kinds = {kind for _, kind in allowed}
    assert {kind for row in table.ROWS.values() for kind in row} <= kinds


def test_a_measurement_changes_only_its_cell(tmp_path: Path) -> None:
    docs, copy = ROOT / "docs" / "formats.md", tmp_path / "formats.md"
    copy.write_text(docs.read_text())
    former = table.cells(docs.read_text())

    table.write(copy, {(512, "gif"): table.Measurement(1_200_000, 34.4, 5.6)})

    assert table.cells(copy.read_text()) == {**former, (512, "GIF"): "1.2 MP, 34 MiB, 6 s"}
    assert copy.read_text().partition(table.BEGIN)[0] == docs.read_text().partition(table.BEGIN)[0]
    assert copy.read_text().partition(table.END)[2] == docs.read_text().partition(table.END)[2]
