"""Messages of the failure queue, back to the function."""

from collections.abc import Generator
from dataclasses import dataclass

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.failures import Failure, delete, receive, release
from pipeline.deployed.invocations import error_of
from pipeline.deployed.outcomes import ENDED, Outcome, outcome_of
from pipeline.deployed.uploads import at_once, most_at_once

SLACK = 30  # seconds that a message is held for longer than an invocation may take


@dataclass(frozen=True)
class Redriven:
    """What became of one message: new outcomes, or why it stays in the queue."""

    failure: Failure
    outcomes: tuple[Outcome, ...] = ()
    error: str = ""


def redriven(deployment: Deployment, limit: int | None = None) -> Generator[Redriven, None, None]:
    """Invokes the function again for up to LIMIT messages, as many at once as the deployment takes.

    A message is deleted when all of its uploads have an outcome, and not before. The others are visible again at the
    end; those that a killed process held, when an invocation cannot be running any more.
    """
    configuration = deployment.functions.get_function_configuration(FunctionName=deployment.function_name)
    seconds = configuration["Timeout"] + SLACK
    seen: set[str] = set()
    held: dict[str, str] = {}  # message -> receipt
    try:
        while count := min(most_at_once(deployment), _left(limit, len(seen))):
            received = receive(deployment, count, seconds)
            held |= {failure.message: failure.receipt for failure in received}
            new = [failure for failure in received if failure.message not in seen]
            seen |= held.keys()
            for result in at_once(deployment, lambda failure: _again(deployment, failure), new):
                if not result.error:
                    del held[result.failure.message]
                yield result
            if not received:
                return
    finally:
        release(deployment, held.values())


def _left(limit: int | None, done: int) -> int:
    return 10**9 if limit is None else limit - done


def _again(deployment: Deployment, failure: Failure) -> Redriven:
    if not failure.uploads:
        return Redriven(failure, error=failure.error)
    error = error_of(deployment, failure.event)
    outcomes = tuple(outcome_of(deployment, upload) for upload in failure.uploads)
    if not all(outcome.state in ENDED for outcome in outcomes):
        return Redriven(failure, outcomes, error or "the function reported success, but its objects are not there")
    delete(deployment, failure)
    return Redriven(failure, outcomes)
