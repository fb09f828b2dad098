"""`pipeline redrive`: give failed uploads back to the function."""

from collections.abc import Generator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import typer

from pipeline.commands.common.options import Deadline, DryRun, Json, Limit, StackName
from pipeline.commands.common.reports import outcome_fields, outcome_line, report_held
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.failures import Failure, delete, list_failures, receive, release
from pipeline.deployed.invocations import error_of
from pipeline.deployed.listing import deletes_variants
from pipeline.deployed.outcomes import ENDED, Outcome, outcome_of
from pipeline.deployed.uploads import max_in_flight, run_in_parallel
from pipeline.lib.terminal import print_json, print_line, progress, say
from pipeline.lib.waiting import within
from pipeline.stacks.table import DEFAULT, stack_named

EXAMPLES = ("pipeline redrive --dry-run", "pipeline redrive --limit 10")
SLACK = 30  # seconds that a message is held for longer than an invocation may take


@dataclass(frozen=True)
class Attempt:
    """The new outcomes of the uploads in one message, or the error that keeps it in the queue."""

    failure: Failure
    outcomes: tuple[Outcome, ...] = ()
    error: str = ""


def redrive(
    dry_run: DryRun = False,
    limit: Limit = None,
    json: Json = False,
    deadline: Deadline = 3600,
    stack: StackName = DEFAULT,
) -> None:
    """Process the uploads in the failure queue again.

    A message is deleted once its uploads are complete or rejected. Other messages stay, including those that aren't
    failed events of the function: then the exit code is 1. --limit counts messages.
    """
    deployment = stack_named(stack).describe()
    report_held(deployment)
    if dry_run:
        with progress("messages", None) as count:
            for failure in count(within(deadline, islice(list_failures(deployment), limit))):
                _print_failure(failure, json=json)
        return
    left = 0
    with progress("messages", None) as count:
        for attempt in count(within(deadline, redrive_messages(deployment, limit))):
            _print_attempt(deployment, attempt, json=json)
            left += bool(attempt.error)
    if left:
        say(f"{left:,} messages stay in the failure queue")
        raise typer.Exit(1)


def redrive_messages(deployment: Deployment, limit: int | None = None) -> Generator[Attempt, None, None]:
    """Invoke the function again for up to `limit` messages, in parallel, and yield the result of each.

    A message is deleted when all of its uploads have an outcome, and not earlier. At the end, the others are visible
    again. Messages held by a process that is killed are visible again once its invocations cannot be running anymore.
    """
    configuration = deployment.functions.get_function_configuration(FunctionName=deployment.function_name)
    seconds = configuration["Timeout"] + SLACK
    seen: set[str] = set()
    held: dict[str, str] = {}  # message -> receipt
    try:
        while count := min(max_in_flight(deployment), _remaining(limit, len(seen))):
            received = receive(deployment, count, seconds)
            held |= {failure.message: failure.receipt for failure in received}
            new = [failure for failure in received if failure.message not in seen]
            seen |= held.keys()
            for attempt in run_in_parallel(deployment, lambda failure: _attempt(deployment, failure), new):
                if not attempt.error:
                    del held[attempt.failure.message]
                yield attempt
            if not received:
                return
    finally:
        release(deployment, held.values())


def _remaining(limit: int | None, done: int) -> int:
    return 10**9 if limit is None else limit - done


def _attempt(deployment: Deployment, failure: Failure) -> Attempt:
    """Process the event of one message again, and delete the message if that succeeds.

    An event without uploads reports removals. An upload that is deleted meanwhile has no objects if they go with it.
    """
    if not failure.event:
        return Attempt(failure, error=failure.error)
    error = error_of(deployment, failure.event)
    outcomes = tuple(outcome_of(deployment, upload) for upload in failure.uploads)
    if error and not outcomes:
        return Attempt(failure, error=error)
    if not all(outcome.state in ENDED for outcome in outcomes) and (error or not deletes_variants(deployment)):
        return Attempt(failure, outcomes, error or "the function reports success, but its objects are missing")
    delete(deployment, failure)
    return Attempt(failure, outcomes)


def _print_failure(failure: Failure, *, json: bool) -> None:
    if json:
        print_json({**_message_fields(failure), "error": failure.error})
    else:
        print_line(f"{_keys(failure)}: {failure.error}")


def _print_attempt(deployment: Deployment, attempt: Attempt, *, json: bool) -> None:
    if json:
        uploads = [outcome_fields(deployment, outcome) for outcome in attempt.outcomes]
        print_json({**_message_fields(attempt.failure), "error": attempt.error or None, "uploads": uploads})
    elif attempt.error:
        print_line(f"stays     {_keys(attempt.failure)}: {attempt.error}")
    else:
        for outcome in attempt.outcomes:
            print_line(outcome_line(outcome))
        if not attempt.outcomes:
            print_line(f"done      {_keys(attempt.failure)}")


def _message_fields(failure: Failure) -> dict[str, Any]:
    return {"message": failure.message, "keys": [upload.key for upload in failure.uploads]}


def _keys(failure: Failure) -> str:
    return ", ".join(upload.key for upload in failure.uploads) or f"message {failure.message}"
