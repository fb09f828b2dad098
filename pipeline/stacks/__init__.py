"""The places where the pipeline runs. Each answers the same few operations; a further place is one more file."""

from collections.abc import Callable
from typing import ClassVar, Protocol

from pipeline.deployed.deployment import Deployment
from pipeline.stacks.machine import Need

Say = Callable[[str], None]  # takes a line that tells a person what is being done


class Stack(Protocol):
    """A place where the pipeline runs."""

    needs: ClassVar[tuple[Need, ...]]  # of the machine that starts it

    def start(self, say: Say) -> Deployment:
        """Brings the stack up, or up to date. Safe to repeat."""

    def describe(self) -> Deployment:
        """The running deployment.

        Raises:
            NotRunningError: there is none.
        """

    def reload(self, deployment: Deployment) -> None:
        """Has the function of the running DEPLOYMENT run what is in lambda/ now.

        Raises:
            PipelineError: this place is no place to try things.
        """

    def stop(self, say: Say) -> None:
        """Takes the stack down with everything that it made. Safe to repeat."""
