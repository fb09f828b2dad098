"""`pipeline redrive`: failed uploads back to the function."""

from itertools import islice

import typer

from pipeline.commands.common.held import tell_held
from pipeline.commands.common.options import Deadline, DryRun, Json, Limit, StackName
from pipeline.commands.common.reports import described, line
from pipeline.commands.redriving import Redriven, redriven
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.failures import Failure, failures
from pipeline.lib.terminal import out, print_json, progress, say
from pipeline.lib.waiting import within
from pipeline.stacks.table import DEFAULT, stack_named


def redrive(
    dry_run: DryRun = False,
    limit: Limit = None,
    json: Json = False,
    deadline: Deadline = 3600,
    stack: StackName = DEFAULT,
) -> None:
    """Give the messages in the failure queue back to the function.

    Each is deleted when its new outcome is seen. What fails again stays, and what is no event of the function: then the
    command exits with 1.
    """
    deployment = stack_named(stack).describe()
    tell_held(deployment)
    if dry_run:
        with progress("messages", None) as tracked:
            for failure in tracked(within(deadline, islice(failures(deployment), limit))):
                _tell_plan(failure, json=json)
        return
    stay = 0
    with progress("messages", None) as tracked:
        for result in tracked(within(deadline, redriven(deployment, limit))):
            _tell(deployment, result, json=json)
            stay += bool(result.error)
    if stay:
        say(f"{stay:,} messages stay in the failure queue")
        raise typer.Exit(1)


def _tell_plan(failure: Failure, *, json: bool) -> None:
    if json:
        print_json({**_named(failure), "error": failure.error})
    else:
        out.print(f"{_keys(failure)}: {failure.error}", markup=False)


def _tell(deployment: Deployment, result: Redriven, *, json: bool) -> None:
    if json:
        uploads = [described(deployment, outcome) for outcome in result.outcomes]
        print_json({**_named(result.failure), "error": result.error or None, "uploads": uploads})
    elif result.error:
        out.print(f"stays     {_keys(result.failure)}: {result.error}", markup=False)
    else:
        out.print("\n".join(line(outcome) for outcome in result.outcomes), markup=False)


def _named(failure: Failure) -> dict[str, object]:
    return {"message": failure.message, "keys": [upload.key for upload in failure.uploads]}


def _keys(failure: Failure) -> str:
    return ", ".join(upload.key for upload in failure.uploads) or f"message {failure.message}"
