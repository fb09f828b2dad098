"""`pipeline redrive`: give failed uploads back to the function."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

import typer

from pipeline.commands.common.options import Deadline, DryRun, Json, Limit, StackName
from pipeline.commands.common.reports import outcome_fields, outcome_line, report_held
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.failures import Failure, Hold, delete, list_failures
from pipeline.deployed.invocations import Backoff, ThrottledError, error_of
from pipeline.deployed.outcomes import ENDED, Outcome, stored_outcome
from pipeline.deployed.uploads import max_invocations, run_in_parallel
from pipeline.deployed.versions import deletes_variants
from pipeline.lib.terminal import print_json, print_line, progress, say
from pipeline.lib.waiting import within
from pipeline.stacks.table import DEFAULT, get_stack

EXAMPLES = ("pipeline redrive --dry-run", "pipeline redrive --limit 10")
SLACK = 30  # seconds that a message is held for longer than an invocation may take


@dataclass(frozen=True)
class Attempt:
    """The new outcomes of the uploads in one message, or the error that keeps it in the queue.

    It is `throttled` if Lambda had no room for the invocation.
    """

    failure: Failure
    outcomes: tuple[Outcome, ...] = ()
    error: str = ""
    throttled: bool = False


def redrive(
    dry_run: DryRun = False,
    limit: Limit = None,
    json: Json = False,
    deadline: Deadline = 3600,
    stack: StackName = DEFAULT,
) -> None:
    """Process the uploads in the failure queue again.

    A message is deleted once its uploads are complete or rejected. Other messages stay, including those that aren't
    failed events of the function: then the exit code is 1. --limit counts messages. Safe to interrupt and to repeat.
    """
    deployment = get_stack(stack).describe()
    report_held(deployment)
    if dry_run:
        _print_failures(deployment, limit, deadline, json=json)
        return
    left, backoff = 0, Backoff()
    with progress("messages", None) as count:
        for attempt in count(within(deadline, redrive_messages(deployment, limit, backoff))):
            _print_attempt(deployment, attempt, json=json)
            left += bool(attempt.error)
    if backoff.throttled:
        say(f"{backoff.throttled:,} invocations were throttled: their messages went back to the failure queue")
    if left:
        say(f"{left:,} messages stay in the failure queue")
        raise typer.Exit(1)


def redrive_messages(
    deployment: Deployment, limit: int | None = None, backoff: Backoff | None = None
) -> Generator[Attempt, None, None]:
    """Invoke the function again for up to `limit` messages, in parallel, and yield the result of each.

    A message is deleted when all of its uploads have an outcome, and not earlier. One whose invocation is throttled is
    visible again at once, and received again after a pause. At the end, all others are visible again. Messages held by
    a process that is killed are visible again once its invocations cannot be running anymore.
    """
    configuration = deployment.functions.get_function_configuration(FunctionName=deployment.function_name)
    most, backoff, done = max_invocations(deployment), backoff or Backoff(), 0
    with closing(Hold(deployment, configuration["Timeout"] + SLACK)) as hold:
        while limit is None or done < limit:
            last, before = backoff.is_over, backoff.throttled
            with closing(_attempts(deployment, hold, backoff, most, limit and limit - done)) as attempts:
                for attempt in attempts:
                    if attempt.throttled and not last:
                        hold.release([attempt.failure])
                        continue
                    if not attempt.error:
                        hold.forget(attempt.failure)
                    done += 1
                    yield attempt
            if backoff.throttled == before or (last and backoff.is_over):
                return
            backoff.wait()


def _attempts(
    deployment: Deployment, hold: Hold, backoff: Backoff, most: int, limit: int | None
) -> Generator[Attempt, None, None]:
    """Yield the results of up to `limit` messages. Once one is throttled, no further message is received."""
    with (
        closing(_until_throttled(hold.take(most), backoff)) as messages,
        closing(run_in_parallel(deployment, partial(_attempt, deployment), islice(messages, limit), most)) as attempts,
    ):
        for attempt in attempts:
            backoff.note(throttled=attempt.throttled)
            yield attempt


def _until_throttled(messages: Generator[Failure, None, None], backoff: Backoff) -> Generator[Failure, None, None]:
    before = backoff.throttled
    with closing(messages):
        for message in messages:
            yield message
            if backoff.throttled > before:
                return


def _attempt(deployment: Deployment, failure: Failure) -> Attempt:
    """Process the event of one message again, and delete the message if that succeeds.

    An event without uploads reports removals. An upload that is deleted meanwhile has no objects if they go with it.
    """
    if not failure.event:
        return Attempt(failure, error=failure.error)
    try:
        error = error_of(deployment, failure.event)
    except ThrottledError as throttled:
        return Attempt(failure, error=f"throttled: {throttled}", throttled=True)
    outcomes = tuple(stored_outcome(deployment, upload) for upload in failure.uploads)
    if error and not outcomes:
        return Attempt(failure, error=error)
    if not all(outcome.state in ENDED for outcome in outcomes) and (error or not deletes_variants(deployment)):
        error = error or "the function reports success, but its objects are missing"
        return Attempt(failure, tuple(_failed(outcome, error) for outcome in outcomes), error)
    delete(deployment, failure)
    return Attempt(failure, outcomes)


def _failed(outcome: Outcome, error: str) -> Outcome:
    """Return the outcome of an upload whose message stays in the queue, because of `error`."""
    return outcome if outcome.state in ENDED else replace(outcome, state="failed", reason=error)


def _print_failures(deployment: Deployment, limit: int | None, seconds: float, *, json: bool) -> None:
    with progress("messages", None) as count:
        for failure in count(within(seconds, islice(list_failures(deployment), limit))):
            _print_failure(failure, json=json)


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
