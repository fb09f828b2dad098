"""TCP ports of this machine."""

import socket

from pipeline.lib.errors import PipelineError

HOST = "127.0.0.1"  # local stacks listen nowhere else
DEFAULT_PORT = 4566  # where awslocal connects


def check_free(port: int) -> None:
    """Check that no program listens on `port`.

    Raises:
        PipelineError: one does.
    """
    if is_taken(port):
        raise PipelineError(
            f"port {port} on {HOST} is taken by another program",
            "stop that program, or choose another port: make up PORT=4570",
        )


def is_taken(port: int) -> bool:
    """Return whether a program listens on `port`."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def free_port() -> int:
    """Return a port that no program listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
