"""What a terminal shows."""

import os
import pty
import subprocess
import sys

from pipeline.lib.terminal import duration

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
        env={**os.environ, "TERM": "xterm", "NO_COLOR": "1"},
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


def test_a_duration_is_readable() -> None:
    assert [duration(seconds) for seconds in (0.4, 89, 90, 3540, 3600, 90_000)] == [
        "0 s",
        "89 s",
        "2 min",
        "59 min",
        "1 h 0 min",
        "25 h 0 min",
    ]
