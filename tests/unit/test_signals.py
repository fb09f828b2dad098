"""Ctrl-C and other signals stop everything that a command started, at any time."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import psutil
import pytest

from pipeline.lib.paths import ROOT
from pipeline.lib.signals import uninterrupted

SECONDS = 60
DEMO = [sys.executable, "-m", "pipeline", "demo"]


def started(command: list[str], said: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Start a command in its own session, as under a terminal."""
    with said.open("wb") as log:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def until(happened: Callable[[], object], running: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS
    while not happened() and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert running.poll() is None, "it ended before"


def left_of(marker: str) -> list[str]:
    """Return the processes that have the marker in their environment or command line."""
    found = []
    for process in psutil.process_iter():
        try:
            if marker in " ".join(process.cmdline()) + " ".join(process.environ().values()):
                found.append(" ".join(process.cmdline()))
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


def is_starting(said: str, _: psutil.Process) -> bool:
    return "starting MiniStack" in said


def is_making(said: str, _: psutil.Process) -> bool:
    return "creating buckets" in said


def is_processing(_: str, demo: psutil.Process) -> bool:
    return len(demo.children(recursive=True)) > 1  # the stack, and functions in it


@pytest.mark.parametrize(
    ("when", "number"), [(is_starting, signal.SIGHUP), (is_making, signal.SIGTERM), (is_processing, signal.SIGINT)]
)
def test_an_ended_demo_leaves_no_process_and_no_file(
    when: Callable[[str, psutil.Process], bool], number: signal.Signals, tmp_path: Path
) -> None:
    (scratch := tmp_path / "scratch").mkdir()
    said = tmp_path / "said"
    demo = started(DEMO, said, TMPDIR=str(scratch))
    until(lambda: when(said.read_text(), psutil.Process(demo.pid)), demo)
    os.killpg(demo.pid, number)
    assert demo.wait(SECONDS) == 128 + number
    assert "Traceback" not in said.read_text()
    assert left_of(str(scratch)) == []
    assert list(scratch.iterdir()) == []


def test_an_impatient_ctrl_c_leaves_no_process_either(tmp_path: Path) -> None:
    (scratch := tmp_path / "scratch").mkdir()
    said = tmp_path / "said"
    demo = started(DEMO, said, TMPDIR=str(scratch))
    until(lambda: is_making(said.read_text(), psutil.Process(demo.pid)), demo)
    while demo.poll() is None:
        os.killpg(demo.pid, signal.SIGINT)
        time.sleep(0.2)
    assert left_of(str(scratch)) == []


@pytest.mark.parametrize("module", ["typer", "boto3", "PIL.Image"])
def test_ctrl_c_while_the_command_loads_ends_it_silently(module: str, tmp_path: Path) -> None:
    said = tmp_path / "said"
    running = started([sys.executable, "-X", "importtime", "-m", "pipeline", "doctor"], said)
    until(lambda: module in said.read_text(), running)
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(SECONDS) in (-signal.SIGINT, 130)
    assert "Traceback" not in said.read_text()


def test_a_signal_waits_for_the_block() -> None:
    done = []

    def block() -> None:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            done.append("all of it")

    with pytest.raises(KeyboardInterrupt):
        block()
    assert done == ["all of it"]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_block_may_run_in_another_thread() -> None:
    done: list[str] = []

    def block() -> None:
        with uninterrupted():
            done.append("all of it")

    thread = Thread(target=block)
    thread.start()
    thread.join()
    assert done == ["all of it"]


def test_an_interrupted_installation_is_continued(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.txt", "pyproject.toml", "lambda/layer/requirements.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    make = ["make", "-C", str(tmp_path), ".venv/bin/python", f"PYTHON={sys.executable}"]
    first = started(make, tmp_path / "said")
    until(lambda: (tmp_path / ".venv/bin/python").exists(), first)
    os.killpg(first.pid, signal.SIGINT)
    assert first.wait(SECONDS) != 0
    again = subprocess.run(make, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert again.returncode == 0, again.stderr
    subprocess.run([tmp_path / ".venv/bin/python", "-m", "pip", "--version"], check=True, timeout=SECONDS)
