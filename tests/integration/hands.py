"""What can be done to the functions of a stack from outside: where they reach this machine, and how to kill one."""

from collections.abc import Callable
from urllib.parse import urlsplit

import psutil
import pytest

from pipeline.deployment import Deployment
from pipeline.shell import run


class Embedded:
    """Functions are processes of this machine."""

    address = "127.0.0.1"

    def __init__(self, deployment: Deployment) -> None: ...

    def kill(self, client: tuple[str, int]) -> None:
        """Kills the process that has opened the connection from CLIENT, as the kernel does when memory runs out."""
        for connection in psutil.net_connections("tcp"):
            if connection.laddr == client and connection.pid:
                psutil.Process(connection.pid).kill()


class LocalStack:
    """Functions are containers beside LocalStack's."""

    def __init__(self, deployment: Deployment) -> None:
        port = urlsplit(deployment.endpoint_url or "").port
        container = run("docker", "ps", "--quiet", "--filter", f"publish={port}").stdout.strip()
        network = "{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}"
        self.address = run("docker", "inspect", "--format", network, container).stdout.strip()

    def kill(self, client: tuple[str, int]) -> None:
        """Kills the container that has CLIENT's address."""
        containers = run("docker", "ps", "--quiet").stdout.split()
        form = "{{.Id}} {{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"
        for line in run("docker", "inspect", "--format", form, *containers).stdout.splitlines():
            container, *addresses = line.split()
            if client[0] in addresses:
                run("docker", "kill", container)


Hands = Embedded | LocalStack
HANDS: dict[str, Callable[[Deployment], Hands]] = {"embedded": Embedded, "localstack": LocalStack}


def hands_on(stack: str, deployment: Deployment) -> Hands:
    """Skips the test where functions are out of reach."""
    if stack not in HANDS:
        pytest.skip(f"functions on {stack} are out of reach")
    return HANDS[stack](deployment)
