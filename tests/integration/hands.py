"""What can be done to the functions of a stack from outside: where they reach this machine, and how to kill one."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

import psutil
import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.lib.shell import run
from pipeline.stacks import Stack, embedded, localstack


class Embedded:
    """Functions are processes of this machine."""

    address = "127.0.0.1"

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
        """Kills the process that has opened the connection from CLIENT, as the kernel does when memory runs out."""
        for connection in psutil.net_connections("tcp"):
            if connection.laddr == client and connection.pid:
                psutil.Process(connection.pid).kill()

    def freeze(self, seconds: float) -> None:
        """Stops the whole stack for SECONDS, in which its functions die."""
        self.stack.suspend()
        for worker in self.stack.children(recursive=True):
            worker.kill()
        time.sleep(seconds)
        self.stack.resume()


# The brackets keep it from finding itself.
KILL = """
for process in /proc/[0-9]*; do
  if tr '\\0' ' ' <"$process/cmdline" | grep -q -e '[a]wslambdaric' -e '[b]ootstrap'; then
    kill -9 "${process#/proc/}"
  fi
done
"""


class LocalStack:
    """Functions are containers beside LocalStack's."""

    def __init__(self, deployment: Deployment) -> None:
        port = urlsplit(deployment.endpoint_url or "").port
        self.container = run("docker", "ps", "--quiet", "--filter", f"publish={port}").stdout.strip()
        self.address = self._inspect("{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}")

    def kill(self, client: tuple[str, int]) -> None:
        """Kills the function's process in the container that has CLIENT's address, as the kernel does."""
        containers = run("docker", "ps", "--quiet").stdout.split()
        form = "{{.Id}} {{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"
        for line in run("docker", "inspect", "--format", form, *containers).stdout.splitlines():
            container, *addresses = line.split()
            if client[0] in addresses:
                run("docker", "exec", container, "sh", "-c", KILL)

    def freeze(self, seconds: float) -> None:
        """Stops the whole stack for SECONDS, in which its functions die."""
        project = self._inspect('{{index .Config.Labels "com.docker.compose.project"}}')
        run("docker", "pause", self.container)
        functions = run("docker", "ps", "--quiet", "--filter", f"label=image-pipeline={project}").stdout.split()
        if functions:
            run("docker", "kill", *functions)
        time.sleep(seconds)
        run("docker", "unpause", self.container)

    def _inspect(self, form: str) -> str:
        return run("docker", "inspect", "--format", form, self.container).stdout.strip()


Hands = Embedded | LocalStack
HANDS: dict[type, Callable[[Deployment], Hands]] = {embedded.Embedded: Embedded, localstack.LocalStack: LocalStack}


def hands_on(stack: Stack, deployment: Deployment) -> Hands:
    """Return what reaches the functions of `stack`, or skip the test."""
    if type(stack) not in HANDS:
        pytest.skip("the functions of this stack are out of reach")
    return HANDS[type(stack)](deployment)
