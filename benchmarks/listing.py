"""Time and memory of the commands that list the buckets, with many uploads: `python -m benchmarks.listing [COUNT]`.

The figures are in docs/scale.md. MiniStack keeps 100,000 uploads and their variants in about 2 GB of memory.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from rich.table import Table

from pipeline.deployed.deployment import Deployment
from pipeline.lib.local_http import open_local
from pipeline.lib.paths import ROOT
from pipeline.lib.ports import HOST, free_port
from pipeline.lib.terminal import out, say
from pipeline.lib.waiting import poll
from pipeline.stacks.infrastructure import apply
from tests.integration.load import operator

COUNT = 100_000
START_SECONDS, FILL_SECONDS = 60, 900
COMMANDS = (("status", "--json"), ("backfill", "--dry-run", "--json"))


@contextmanager
def filled_stack(count: int) -> Iterator[tuple[Deployment, psutil.Process]]:
    """Yield a deployment with `count` processed uploads, and the process of its stack."""
    with TemporaryDirectory() as folder:
        port = free_port()
        address = f"http://{HOST}:{port}"
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "BIND_HOST": HOST, "GATEWAY_PORT": str(port)}
        command = [sys.executable, "-m", "benchmarks.filled_stack"]
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            poll(lambda: _answers(address), START_SECONDS)
            deployment = Deployment.from_outputs(apply(address, {}, say), address)
            _fill(deployment, count)
            yield deployment, psutil.Process(process.pid)
        finally:
            process.kill()
            process.wait()


def _answers(address: str) -> bool | None:
    try:
        with open_local(f"{address}/_ministack/health", seconds=5):
            return True
    except OSError:
        return None


def _fill(deployment: Deployment, count: int) -> None:
    # Variants from the time of an invocation before the last deployment may be outdated, and are examined one by one.
    deployment.functions.update_function_configuration(FunctionName=deployment.function_name, Timeout=1)
    time.sleep(2)
    deployment.s3.put_bucket_notification_configuration(Bucket=deployment.upload_bucket, NotificationConfiguration={})
    wanted = {"upload_bucket": deployment.upload_bucket, "processed_bucket": deployment.processed_bucket}
    body = json.dumps(wanted | {"count": count}).encode()
    with open_local(f"{deployment.endpoint_url}/fill", body, seconds=FILL_SECONDS):
        pass


def measure(deployment: Deployment, stack: psutil.Process, arguments: Sequence[str]) -> tuple[list[float], str]:
    """Run a command. Return its seconds, its and the stack's seconds of a processor, its peak in MB, and its output."""
    begun, command, server = time.monotonic(), psutil.Process().cpu_times(), stack.cpu_times()
    printed, said = operator(deployment, *arguments).communicate()
    after, server_after = psutil.Process().cpu_times(), stack.cpu_times()
    used = after.children_user + after.children_system - command.children_user - command.children_system
    served = server_after.user + server_after.system - server.user - server.system
    return [time.monotonic() - begun, used, served, int(said.splitlines()[-1])], printed


def main(arguments: Sequence[str]) -> None:
    count = int(arguments[0]) if arguments else COUNT
    table = Table("command", "seconds", "of a processor", "of the stack's", "peak, MB")
    with filled_stack(count) as (deployment, stack):
        for command in COMMANDS:
            figures, printed = measure(deployment, stack, command)
            out.print(printed, end="", markup=False)
            table.add_row(" ".join(command), *(f"{figure:.1f}" for figure in figures))
    out.print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
