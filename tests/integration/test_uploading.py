"""`pipeline upload`, `watch` and `logs`."""

import json
import signal
import time
from pathlib import Path

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS
from pipeline.deployed.logs import follow_records
from tests.integration.commands import Command
from tests.integration.images import encoded, quarters
from tests.integration.load import ended, operator
from tests.integration.objects import Process, objects_below

PNG = encoded(quarters(16, 12), "PNG")


def test_files_and_folders_are_uploaded(command: Command, deployment: Deployment, folder: str, tmp_path: Path) -> None:
    write(tmp_path / "single.png", PNG)
    write(tmp_path / "album/one.png", PNG)
    write(tmp_path / "album/2026/two words.png", PNG)
    write(tmp_path / "album/letter.txt", b"Dear Sir or Madam")
    write(tmp_path / "album/empty.png", b"")
    done = command("upload", str(tmp_path / "single.png"), str(tmp_path / "album"), "--prefix", f"{folder}/", "--json")
    assert done.status == 0
    states = {line["key"].removeprefix(f"{folder}/"): (line["state"], line["code"]) for line in done.lines}
    assert states == {
        "single.png": ("complete", None),
        "one.png": ("complete", None),
        "2026/two words.png": ("complete", None),
        "letter.txt": ("rejected", "not-an-image"),
        "empty.png": ("rejected", "empty"),
    }
    printed = {name for line in done.lines for name in line["objects"].values()}
    stored = {f"s3://{deployment.processed_bucket}/{key}" for key in objects_below(f"{folder}/", deployment)}
    assert printed == stored
    assert len(stored) == 3 * len(VARIANTS) + 1


def test_files_that_are_put_into_a_directory_are_uploaded(deployment: Deployment, folder: str, tmp_path: Path) -> None:
    running = operator(deployment, "watch", str(tmp_path), "--prefix", f"{folder}/", "--json")
    assert running.stdout
    assert running.stderr
    assert "watching" in running.stderr.readline()
    time.sleep(2)  # it begins a moment after it says so
    write(tmp_path / "album/new.png", PNG)
    line = json.loads(running.stdout.readline())
    assert ended(running, signal.SIGINT) == 0
    assert (line["key"], line["state"]) == (f"{folder}/album/new.png", "complete")


def test_the_log_is_shown_by_request(process: Process, command: Command, seconds: float) -> None:
    first, second = process("one.png", PNG), process("two.png", PNG)
    deadline = time.monotonic() + seconds
    found: dict[str, str] = {}
    while len(found) < 2 and time.monotonic() < deadline:  # logs arrive late
        for line in command("logs", "--since", "1h", "--json").lines:
            if line["fields"].get("key") in (first.upload.key, second.upload.key):
                found[line["fields"]["key"]] = line["request"]
    assert len(set(found.values())) == 2
    shown = command("logs", "--since", "1h").output
    for outcome in (first, second):
        heading = shown.index(f"request {found[outcome.upload.key]}")
        assert shown.index(f"key {outcome.upload.key}", heading) > heading


def test_the_log_is_followed(process: Process, deployment: Deployment) -> None:
    since = time.time() - 60
    outcome = process("one.png", PNG)
    records = follow_records(deployment, since)
    assert next(record for record in records if record.fields.get("key") == outcome.upload.key).request


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
