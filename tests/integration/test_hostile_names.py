"""No key, reason, or file name controls the terminal or a page, whatever the command."""

import json
import signal
import time
from pathlib import Path

import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload
from pipeline.deployed.outcomes import wait_for_outcome
from pipeline.lib.text import visible
from tests.contact_sheets import rows_in
from tests.integration.commands import Command
from tests.integration.faults import no_room, settings, without_retries
from tests.integration.images import encoded, quarters
from tests.integration.load import ended, operator
from tests.integration.objects import upload_to

PNG = encoded(quarters(16, 12), "PNG")
NAME = "<script>a\x1b[31m\nb\r\x9b\u202e.png"
ESCAPED = r"<script>a\x1b[31m\nb\r\x9b\u202e.png"
COMMANDS = (
    ("status", "{folder}", "--all"),
    ("status", "{folder}", "--missing"),
    ("backfill", "{folder}", "--all", "--dry-run"),
    ("redrive", "--dry-run"),
    ("logs", "--since", "1h"),
    ("delete", "--prefix", "{folder}", "--dry-run"),
)


@pytest.fixture(scope="module")
def uploads(deployment: Deployment, seconds: float) -> str:
    """The folder of a complete, a rejected, and a failed upload with hostile names."""
    folder = "tests/hostile\x1b]0;title\x07"
    for name, content in ((NAME, PNG), (f"letter {NAME}", b"Dear Sir or Madam")):
        wait_for_outcome(deployment, upload_to(deployment, f"{folder}/{name}", content), seconds)
    with without_retries(deployment), settings(deployment, no_room(deployment)):
        failed: Upload = upload_to(deployment, f"{folder}/failed {NAME}", PNG)
        assert wait_for_outcome(deployment, failed, seconds).state == "failed"
    return folder


@pytest.mark.meddles
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("json", [(), ("--json",)], ids=["text", "json"])
def test_the_output_of_a_command_is_escaped(
    arguments: tuple[str, ...], json: tuple[str, ...], uploads: str, command: Command
) -> None:
    done = command(*(argument.format(folder=uploads) for argument in arguments), *json)
    assert all(line.isprintable() for line in (done.output + done.told).splitlines())
    if not json:
        assert ESCAPED in done.output + done.told
    elif done.output:
        assert any(NAME in str(value) for line in done.lines for value in flat(line))


@pytest.mark.meddles
def test_an_uploaded_file_is_escaped(folder: str, command: Command, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(PNG)
    done = command("upload", str(tmp_path / NAME), "--prefix", f"{folder}/")
    assert done.status == 0
    assert ESCAPED in done.output
    assert all(line.isprintable() for line in (done.output + done.told).splitlines())


@pytest.mark.meddles
def test_a_sheet_shows_names_and_reasons_as_data(uploads: str, command: Command, tmp_path: Path) -> None:
    page = tmp_path / NAME / f"{NAME}.html"
    done = command("gallery", uploads, "--out", str(page))
    assert done.status == 0
    assert ESCAPED in done.output
    assert all(line.isprintable() for line in (done.output + done.told).splitlines())
    html = page.read_text()
    assert NAME not in html
    assert {row["name"] for row in rows_in(html)} == {
        visible(f"{uploads}/{each}{NAME}") for each in ("", "letter ", "failed ")
    }
    assert command("gallery", uploads, "--out", str(page), "--json").lines[0]["page"] == str(page)


@pytest.mark.parametrize("json_option", [(), ("--json",)], ids=["text", "json"])
def test_a_watched_file_is_escaped(
    deployment: Deployment, folder: str, json_option: tuple[str, ...], tmp_path: Path
) -> None:
    directory = tmp_path / NAME
    directory.mkdir()
    running = operator(deployment, "watch", str(directory), "--prefix", f"{folder}/", *json_option)
    assert running.stdout
    assert running.stderr
    watching = running.stderr.readline()
    assert ESCAPED in watching
    time.sleep(2)  # it begins a moment after it says so
    (directory / NAME).write_bytes(PNG)
    line = running.stdout.readline()
    assert ended(running, signal.SIGINT) == 0
    printed = [watching, line]
    assert all(each.rstrip("\n").isprintable() for each in printed)
    assert json.loads(line)["file"] == str(directory / NAME) if json_option else ESCAPED in line


@pytest.mark.parametrize("json_option", [(), ("--json",)], ids=["text", "json"])
def test_a_saved_module_and_its_error_are_escaped(
    command: Command, json_option: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.commands.dev.saved_modules", lambda _: iter([{Path(NAME)}]))
    monkeypatch.setattr("pipeline.commands.dev.error_of", lambda *_: f"SyntaxError: {NAME}")
    done = command("dev", *json_option)
    assert all(line.isprintable() for line in (done.output + done.told).splitlines())
    if json_option:
        assert done.lines[-1] == done.lines[-1] | {"changed": [NAME], "error": f"SyntaxError: {NAME}"}
    else:
        assert done.output.splitlines()[-1] == f"{ESCAPED}: SyntaxError: {ESCAPED}"


def flat(value: object) -> list[object]:
    """Return the plain values in `value`."""
    if isinstance(value, dict):
        value = list(value.values())
    return [part for each in value for part in flat(each)] if isinstance(value, list) else [value]
