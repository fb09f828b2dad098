"""Upload many files with `pipeline` in a separate process."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from pipeline.deployed.deployment import Deployment
from pipeline.lib.paths import ROOT
from tests.integration.images import encoded, quarters


def pictures(directory: Path, count: int) -> Path:
    """Return `directory` with `count` small pictures in it, all different."""
    directory.mkdir()
    for number in range(count):
        (directory / f"{number}.png").write_bytes(encoded(quarters(8 + number % 90, 8 + number // 90), "PNG"))
    return directory


def uploaded(deployment: Deployment, directory: Path, prefix: str) -> int:
    """Upload `directory` with the command, and return its peak memory in MB."""
    running = operator(deployment, "upload", str(directory), "--prefix", prefix, "--json", "--deadline", "120")
    return int(running.communicate()[1].splitlines()[-1])


def operator(deployment: Deployment, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start `pipeline` with `arguments` and more environment variables.

    The last line on standard error is its peak memory in MB.
    """
    command = [sys.executable, "-m", "tests.integration.operator", json.dumps(asdict(deployment)), *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(running: subprocess.Popen[str], by: signal.Signals) -> int:
    """Stop `running` with a signal, and return its exit code."""
    running.send_signal(by)
    try:
        running.communicate(timeout=60)
    finally:
        running.kill()
    return running.returncode
