"""The output on a terminal."""

import os
import pty
import subprocess
import sys

import pytest

from pipeline.lib.terminal import duration, print_line

PROGRAM = """
from pipeline.lib.terminal import print_line, progress, say
with progress("uploads", None) as count:
    for number in count(range(2)):
        print_line(f"result {number}")
        say(f"note {number}")
print_line("the end")
"""


def shown(program: str) -> bytes:
    """Return what `program` writes to a terminal."""
    leader, follower = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "80"},
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    written = b""
    try:
        while part := os.read(leader, 10_000):
            written += part
    except OSError:  # the program has closed the terminal
        pass
    os.close(leader)
    assert running.wait(60) == 0, written
    return written


def test_a_progress_bar_moves_out_of_the_way_of_results_and_disappears() -> None:
    written = shown(PROGRAM)
    for line in (b"result 0", b"result 1", "\x1b[2m· note 0".encode(), "\x1b[2m· note 1".encode()):
        assert written.count(b"\x1b[2K" + line) == 1, written  # the bar is erased first
    assert written.endswith(b"\x1b[1A\x1b[2Kthe end\r\n")
    assert b"?" not in written.replace(b"\x1b[?", b""), "the total is unknown, and not shown"


def test_a_terminal_breaks_long_lines_between_words_and_cuts_nothing() -> None:
    words, key = "word " * 30, "key" * 40
    written = shown(f"""
from rich.text import Text
from pipeline.lib.terminal import print_command, print_line, say
print_line("{words.strip()}")
print_line("  写真 ", Text("{words.strip()}", "red"), hang=9)
print_line("{key} {words}", "end")
print_command("{words.strip()}")
say("{words.strip()}")
""").decode()
    lines = written.replace("\x1b[2m", "").replace("\x1b[31m", "").replace("\x1b[0m", "").splitlines()
    assert lines[:2] == ["word " * 15 + "word", "  " + "word " * 13 + "word"]
    assert lines[2:5] == ["  写真 " + "word " * 13 + "word", " " * 9 + "word " * 13 + "word", " " * 9 + "word word"]
    assert lines[5:7] == [key, "  " + "word " * 14 + "word"]
    assert lines[8] == words.strip()
    assert lines[9:] == ["· " + "word " * 14 + "word", "  " + "word " * 14 + "word"]


def test_a_line_for_another_program_is_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    print_line("word " * 50 + "end")
    assert capsys.readouterr().out == "word " * 50 + "end\n"


def test_a_duration_is_readable() -> None:
    assert [duration(seconds) for seconds in (0.4, 89, 90, 3540, 3600, 90_000)] == [
        "0 s",
        "89 s",
        "2 min",
        "59 min",
        "1 h 0 min",
        "25 h 0 min",
    ]
