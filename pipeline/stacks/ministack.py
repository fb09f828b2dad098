"""The MiniStack process: an AWS emulator from PyPI, which runs functions in the same Python interpreter."""

import json
import os
import subprocess
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from pipeline.lib.errors import DeadlineError, NotRunningError
from pipeline.lib.local_http import open_local
from pipeline.lib.ports import HOST, check_free
from pipeline.lib.signals import uninterrupted
from pipeline.lib.waiting import poll
from pipeline.stacks import guard

START_SECONDS = 60
STOP_SECONDS = 10


class MiniStack:
    """A MiniStack process with its files, such as the log, in `directory`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.log = directory / "ministack.log"
        self._record = directory / "process.json"
        self._child: subprocess.Popen[bytes] | None = None  # if this object started it

    @property
    def endpoint_url(self) -> str:
        """Return the URL of the running process.

        Raises:
            NotRunningError: no process is running.
        """
        if self._process() is None:
            raise NotRunningError("the embedded stack is not running", "start it with `make up STACK=embedded`")
        return f"http://{HOST}:{self._read_record()['port']}"

    def start(self, port: int) -> None:
        """Start the process on `port`, and wait until it answers.

        Raises:
            PipelineError: the port is taken.
            DeadlineError: the process doesn't answer.
        """
        check_free(port)
        self._launch(port)
        if not poll(lambda: self.is_ready() or None, START_SECONDS, unless=self._has_ended):
            log_tail = self._tail()
            self.stop()
            problem = f"MiniStack did not answer on port {port} within {START_SECONDS} s"
            raise DeadlineError(problem, "the log below may say why", log_tail)

    def stop(self) -> None:
        """Stop the process and the workers that run its functions. Safe to repeat."""
        with uninterrupted():
            process = self._process()
            self._record.unlink(missing_ok=True)
            if process:
                _end([process, *process.children(recursive=True)])
            if self._child:
                self._child.wait(STOP_SECONDS)

    def is_ready(self) -> bool:
        """Return whether the process is running and answers."""
        try:
            with open_local(f"{self.endpoint_url}/_ministack/health", seconds=5) as answer:
                return bool(answer.status == 200)
        except (NotRunningError, OSError):
            return False

    def _launch(self, port: int) -> None:
        (self.directory / "tmp").mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log, uninterrupted():  # an unrecorded process would keep running
            self._child = subprocess.Popen(
                [sys.executable, "-P", guard.__file__],  # -P: modules in this folder have the same names as packages
                env=self._environment(port),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C goes to the command, which then stops this process
            )
            self._write_record(self._child.pid, port)

    def _has_ended(self) -> bool:
        return self._child is None or self._child.poll() is not None

    def _write_record(self, pid: int, port: int) -> None:
        # A process id can be reused; together with the time of creation it is unique.
        created = psutil.Process(pid).create_time()
        self._record.write_text(json.dumps({"pid": pid, "created": created, "port": port}))

    def _process(self) -> psutil.Process | None:
        try:
            process = psutil.Process(self._read_record()["pid"])
            return process if process.create_time() == self._read_record()["created"] else None
        except (FileNotFoundError, psutil.NoSuchProcess):
            return None

    def _read_record(self) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(self._record.read_text())
        return record

    def _tail(self, lines: int = 30) -> str:
        with self.log.open(errors="replace") as log:
            return "".join(deque(log, lines))

    def _environment(self, port: int) -> dict[str, str]:
        # All of this reaches the function, so it contains none of the caller's credentials and settings.
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.directory),
            "TMPDIR": str(self.directory / "tmp"),
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(port),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "1",
            "PYTHONUTF8": "1",
        }


def _end(processes: list[psutil.Process]) -> None:
    """Stop the first of `processes`, which stops the others, and kill those that are left."""
    processes[0].terminate()
    for left in psutil.wait_procs(processes, STOP_SECONDS)[1]:
        with suppress(psutil.NoSuchProcess):
            left.kill()
    psutil.wait_procs(processes, STOP_SECONDS)
