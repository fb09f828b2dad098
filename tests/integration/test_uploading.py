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
from tests.integration.load import ended, operator, pictures
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


def test_files_that_are_already_uploaded_are_skipped(
    command: Command, deployment: Deployment, folder: str, tmp_path: Path
) -> None:
    for name in ("same.png", "changed.png", "lost.png", "letter.txt", "empty.png"):
        write(tmp_path / name, {"letter.txt": b"Dear Sir or Madam", "empty.png": b""}.get(name, PNG))
    arguments = ("upload", str(tmp_path), "--prefix", f"{folder}/", "--json")
    before = {Path(line["file"]).name: line for line in command(*arguments).lines}
    assert all(line["sent"] for line in before.values())
    write(tmp_path / "changed.png", encoded(quarters(12, 16), "PNG"))
    lost = before["lost.png"]["objects"]["webp"].partition(f"{deployment.processed_bucket}/")[2]
    deployment.s3.delete_object(Bucket=deployment.processed_bucket, Key=lost)

    again = command(*arguments)
    after = {Path(line["file"]).name: line for line in again.lines}
    assert again.status == 0
    assert "3 files were already uploaded" in again.told
    assert {name for name, line in after.items() if line["sent"]} == {"changed.png", "lost.png"}
    assert after["same.png"]["objects"] == before["same.png"]["objects"]
    assert after["same.png"]["version"] == before["same.png"]["version"]
    assert after["letter.txt"]["code"] == "not-an-image"
    assert after["changed.png"]["id"] != before["changed.png"]["id"]
    assert [line["sent"] for line in command(*arguments, "--again").lines] == [True] * 5


def test_an_interrupted_upload_goes_on_where_it_stopped(deployment: Deployment, folder: str, tmp_path: Path) -> None:
    arguments = ("upload", str(pictures(tmp_path / "in", 40)), "--prefix", f"{folder}/", "--json")
    running = operator(deployment, *arguments)
    assert running.stdout
    done = [json.loads(running.stdout.readline()) for _ in range(3)]
    assert ended(running, signal.SIGINT) == 130
    again = [json.loads(line) for line in operator(deployment, *arguments).communicate()[0].splitlines()]
    assert {line["state"] for line in again} == {"complete"}
    assert len({line["key"] for line in again}) == 40
    sent = {line["key"] for line in again if line["sent"]}
    assert len(sent) < 40
    assert not sent & {line["key"] for line in done}


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
