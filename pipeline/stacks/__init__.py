"""The places where the pipeline runs. Commands and tests use only this protocol."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Literal, Protocol

from pipeline.deployed.deployment import Deployment
from pipeline.stacks.machine import Need

# How the stack runs functions, as seen from this machine.
Functions = Literal["processes", "containers", "out of reach"]
Say = Callable[[str], None]  # shows a line of progress


class Stack(Protocol):
    """A place where the pipeline runs."""

    needs: ClassVar[tuple[Need, ...]]  # what the machine that starts it must have
    outcome_seconds: ClassVar[float]  # the longest an upload takes, with a cold start and retries
    is_disposable: ClassVar[bool]  # tests may change and destroy it
    has_alarms: ClassVar[bool]  # it evaluates CloudWatch alarms
    has_roles: ClassVar[bool]  # it has IAM roles and policies
    functions: ClassVar[Functions]

    def for_tests(self, directory: Path, port: int) -> "Stack":
        """Return a stack of this kind with its own state in `directory`, on `port`, that retries within seconds.

        A stack that isn't disposable returns itself.
        """

    def start(self, say: Say) -> Deployment:
        """Start the stack, or update it. Safe to repeat."""

    def describe(self) -> Deployment:
        """Return the running deployment.

        Raises:
            NotRunningError: the stack isn't running.
        """

    def reload(self, deployment: Deployment) -> None:
        """Make the function of `deployment` run the current code in lambda/.

        Raises:
            PipelineError: the stack isn't meant for trying out code.
        """

    def stop(self, say: Say) -> None:
        """Stop the stack and delete everything in it. Safe to repeat."""
