"""`pipeline gallery` on every stack."""

from pathlib import Path

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS
from pipeline.lib.waiting import poll
from tests.contact_sheets import rows_in
from tests.integration.commands import Command
from tests.integration.images import encoded, quarters
from tests.integration.objects import Process


def test_a_sheet_shows_the_objects_in_the_buckets(
    process: Process, command: Command, deployment: Deployment, folder: str, seconds: float, tmp_path: Path
) -> None:
    complete = process("a.png", encoded(quarters(320, 240), "PNG"))
    rejected = process("b.txt", b"Dear Sir or Madam")

    def sheet() -> list[dict[str, object]] | None:
        done = command("gallery", folder, "--out", str(tmp_path / "sheet.html"), "--json")
        assert (done.status, done.lines[0]["complete"], done.lines[0]["rejected"]) == (0, 1, 1)
        rows = rows_in((tmp_path / "sheet.html").read_text())
        return rows if all(row["milliseconds"] is not None for row in rows) else None  # the log comes a little later

    rows = poll(sheet, seconds)
    assert rows, "the log does not say how long it took"
    first, second = rows
    assert (first["name"], second["name"]) == (complete.upload.key, rejected.upload.key)
    assert second["reason"] == rejected.reason
    expected = {
        variant.name: deployment.s3.head_object(Bucket=deployment.processed_bucket, Key=complete.keys[variant.name])[
            "ContentLength"
        ]
        for variant in VARIANTS
    }
    assert {each["name"]: each["bytes"] for each in first["variants"]} == expected  # type: ignore[attr-defined]


def test_a_sheet_has_no_more_uploads_than_the_limit(
    process: Process, command: Command, folder: str, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        process(f"{name}.txt", name.encode())
    done = command("gallery", folder, "--limit", "1", "--out", str(tmp_path), "--json")
    assert done.lines[0]["uploads"] == 1
    assert done.lines[0]["page"] == str(tmp_path / "index.html")
