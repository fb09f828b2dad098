"""Ports of this machine."""

import socket

from pipeline.lib.errors import PipelineError

HOST = "127.0.0.1"  # nothing of a local stack listens elsewhere
DEFAULT_PORT = 4566  # where awslocal looks


def check_free(port: int) -> None:
    """
    Raises:
        PipelineError: a program listens on PORT.
    """
    if is_taken(port):
        raise PipelineError(
            f"port {port} on {HOST} is taken by another program",
            "stop that one, or choose another port: make up PORT=4570",
        )


def is_taken(port: int) -> bool:
    """Whether a program listens on PORT."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
