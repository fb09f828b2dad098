"""Text from elsewhere can't control a terminal."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.commands.upload import Files
from pipeline.commands.watch import written_files
from pipeline.lib.errors import PipelineError
from pipeline.lib.terminal import print_details, print_json, print_line, say, show_error
from pipeline.lib.text import json_line, visible

HOSTILE = "a\x1b[31m\nb\r\x9b\x7f\u202e\u2028\ue000\udcff.png"
ESCAPED = r"a\x1b[31m\nb\r\x9b\x7f\u202e\u2028\ue000\udcff.png"


def test_control_and_format_characters_are_escaped() -> None:
    assert visible(HOSTILE) == ESCAPED


@pytest.mark.parametrize("text", ["café+crème/日本語\u3000写真.png", "C:\\photos", "[red]photo[/]", ""])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_json_has_escapes_and_the_same_value() -> None:
    line = json_line({"key": HOSTILE, "é": "日本"})
    assert line.isprintable()
    assert "é" in line
    assert json.loads(line) == {"key": HOSTILE, "é": "日本"}


def test_everything_printed_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    print_line(HOSTILE)
    print_json(HOSTILE)
    say(HOSTILE)
    show_error(PipelineError(HOSTILE, HOSTILE))
    print_details("one\x1b\ntwo\u202e")
    printed = capsys.readouterr()
    assert printed.out.splitlines()[0] == ESCAPED
    assert printed.err.splitlines() == [f"· {ESCAPED}", f"error: {ESCAPED}", f"  {ESCAPED}", r"one\x1b", r"two\u202e"]
    assert all(line.isprintable() for line in (printed.out + printed.err).splitlines())


COMMANDS_WITH_FILES = ("upload", "watch", "variants")


@pytest.mark.parametrize(
    "arguments",
    [
        (HOSTILE[:-5],),
        ("status", "--stack", HOSTILE[:-5]),
        ("up", f"--{HOSTILE[:-5]}"),
        ("status", "a", HOSTILE[:-5]),
    ],
)
def test_usage_errors_are_escaped(arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 2
    assert all(line.isprintable() for line in done.stderr.splitlines())
    assert r"\x1b[31m" in done.stderr


@pytest.mark.parametrize("name", COMMANDS_WITH_FILES)
def test_missing_files_with_hostile_names_are_escaped(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", name, HOSTILE], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert ESCAPED in done.stdout + done.stderr
    assert all(line.isprintable() for line in (done.stdout + done.stderr).splitlines())


def test_a_file_name_that_is_not_utf_8_cannot_be_a_key(tmp_path: Path) -> None:
    (tmp_path / "bad\udcff.png").write_bytes(b"x")
    for paths in ([tmp_path], [tmp_path / "bad\udcff.png"]):
        with pytest.raises(PipelineError, match="is not UTF-8") as raised:
            list(Files(tuple(paths)))
        assert raised.value.remedy == "rename the file"


def test_a_watch_ends_with_a_sentence_at_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    threading.Timer(1, lambda: (tmp_path / "bad\udcff.png").write_bytes(b"x")).start()
    with pytest.raises(PipelineError, match="can't be watched") as raised:
        next(written_files(tmp_path))
    assert raised.value.remedy == "rename files whose names are not UTF-8"
