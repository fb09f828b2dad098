"""Reach this machine from the functions of a stack, and kill them."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

import psutil
import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.lib.shell import run
from pipeline.stacks import Functions, Stack


class Processes:
    """For functions that are child processes of the stack."""

    address = "127.0.0.1"  # of this machine, for the functions

    def __init__(self, deployment: Deployment) -> None:
        port = urlsplit(deployment.endpoint_url or "").port
        (self.stack,) = {
            psutil.Process(connection.pid)
            for connection in psutil.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
            and connection.laddr
            and connection.laddr.port == port
            and connection.pid
        }

    def kill(self, client: tuple[str, int]) -> None:
        """Kill the process that opened the connection from `client`, as the kernel does when memory runs out."""
        workers = {worker.pid: worker for worker in self.stack.children(recursive=True)}
        for connection in psutil.net_connections("tcp"):
            # At this moment, another process may use the same port to connect to somewhere else.
            if connection.laddr == client and connection.pid in workers:
                workers[connection.pid].kill()

    def freeze(self, seconds: float) -> None:
        """Stop the whole stack for `seconds`, and kill its functions."""
        self.stack.suspend()
        for worker in self.stack.children(recursive=True):
            worker.kill()
        time.sleep(seconds)
        self.stack.resume()


# The brackets keep grep from finding itself.
KILL = """
for process in /proc/[0-9]*; do
  if tr '\\0' ' ' <"$process/cmdline" | grep -q -e '[a]wslambdaric' -e '[b]ootstrap'; then
    kill -9 "${process#/proc/}"
  fi
done
"""


class Containers:
    """For functions in containers next to the stack's container."""

    def __init__(self, deployment: Deployment) -> None:
        port = urlsplit(deployment.endpoint_url or "").port
        self.container = run("docker", "ps", "--quiet", "--filter", f"publish={port}").stdout.strip()
        self.address = self._inspect("{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}")

    def kill(self, client: tuple[str, int]) -> None:
        """Kill the function's process in the container with the address of `client`, as the kernel does."""
        containers = run("docker", "ps", "--quiet").stdout.split()
        form = "{{.Id}} {{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"
        for line in run("docker", "inspect", "--format", form, *containers).stdout.splitlines():
            container, *addresses = line.split()
            if client[0] in addresses:
                run("docker", "exec", container, "sh", "-c", KILL)

    def freeze(self, seconds: float) -> None:
        """Stop the whole stack for `seconds`, and kill its functions."""
        project = self._inspect('{{index .Config.Labels "com.docker.compose.project"}}')
        run("docker", "pause", self.container)
        functions = run("docker", "ps", "--quiet", "--filter", f"label=image-pipeline={project}").stdout.split()
        if functions:
            run("docker", "kill", *functions)
        time.sleep(seconds)
        run("docker", "unpause", self.container)

    def _inspect(self, form: str) -> str:
        return run("docker", "inspect", "--format", form, self.container).stdout.strip()


Hands = Processes | Containers
HANDS: dict[Functions, Callable[[Deployment], Hands]] = {"processes": Processes, "containers": Containers}


def hands_on(stack: Stack, deployment: Deployment) -> Hands:
    """Return the hands for the functions of `stack`, or skip the test."""
    if stack.functions not in HANDS:
        pytest.skip(f"the functions of this stack are {stack.functions}")
    return HANDS[stack.functions](deployment)
