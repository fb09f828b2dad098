"""The places where the pipeline runs. Each answers the same few operations; a further place is one more file."""

from collections.abc import Callable
from typing import Protocol

from pipeline.deployment import Deployment

Say = Callable[[str], None]  # takes a line that tells a person what is being done


class Stack(Protocol):
    """A place where the pipeline runs."""

    def start(self, say: Say) -> Deployment:
        """Brings the stack up, or up to date. Safe to repeat."""

    def describe(self) -> Deployment:
        """The running deployment.

        Raises:
            NotRunningError: there is none.
        """

    def stop(self, say: Say) -> None:
        """Takes the stack down with everything that it made. Safe to repeat."""
