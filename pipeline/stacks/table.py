"""The stacks by name."""

import os
from collections.abc import Callable

from pipeline.lib.ports import DEFAULT_PORT
from pipeline.stacks import Stack
from pipeline.stacks.aws import Aws
from pipeline.stacks.embedded import Embedded
from pipeline.stacks.engine import VARIABLE, Engine
from pipeline.stacks.localstack import LocalStack

DEFAULT = "localstack"
STACKS: dict[str, Callable[[int], Stack]] = {
    "embedded": lambda port: Embedded(port=port),
    "localstack": lambda port: Engine(url) if (url := os.environ.get(VARIABLE)) else LocalStack(port=port),
    "aws": lambda _: Aws(),
}


def get_stack(name: str, port: int = DEFAULT_PORT) -> Stack:
    """Return the stack called `name`. A local stack that isn't running yet starts on `port`."""
    return STACKS[name](port)
