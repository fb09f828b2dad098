"""`pipeline backfill`: process uploads whose variants are missing or outdated, or all uploads."""

import json as jsonlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from functools import partial
from itertools import islice
from tempfile import TemporaryFile
from typing import Annotated, Self

import typer

from pipeline.commands.common.batches import run_job
from pipeline.commands.common.options import All, Deadline, DryRun, Json, Limit, Prefix, StackName, Yes, bounded
from pipeline.commands.common.reports import print_counts, print_outcome, report_held
from pipeline.deployed.batch_jobs import cancel_job, create_job
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload
from pipeline.deployed.invocations import Backoff, ThrottledError, error_of, event_record, send_event
from pipeline.deployed.outcomes import ENDED, Outcome, State, examine, outcome_of, outcomes
from pipeline.deployed.uploads import max_invocations, outcome_within, run_in_parallel
from pipeline.lib.terminal import duration, progress, say
from pipeline.lib.waiting import limit_rate
from pipeline.stacks.table import DEFAULT, get_stack

EXAMPLES = (
    "pipeline backfill --dry-run",
    "pipeline backfill 2026/ --rate 50",
    "pipeline backfill 2026/ --all --yes",
    "pipeline backfill 2026/ --batch --stack aws",
    "pipeline backfill --batch --inventory s3://lists/uploads/manifest.json --stack aws",
)
WITHOUT_OUTCOME: tuple[State, ...] = ("partial", "pending")
CHOSEN: tuple[State, ...] = (*WITHOUT_OUTCOME, "outdated")
OTHER_SETTINGS = "the deployed function has other settings than this checkout: run `make up` first"


Batch = Annotated[bool, typer.Option("--batch", help="Process all uploads with S3 Batch Operations.")]
Inventory = Annotated[
    str,
    typer.Option(
        "--inventory",
        metavar="ADDRESS",
        help="s3://.../manifest.json for --batch.",
        show_default="none",
    ),
]
Priority = Annotated[
    int, typer.Option("--priority", callback=bounded(0), metavar="N", help="Priority of the --batch job.")
]
Cancel = Annotated[str, typer.Option("--cancel", metavar="JOB", help="Cancel a --batch job.", show_default="none")]
Rate = Annotated[float, typer.Option("--rate", callback=bounded(0.01), metavar="N", help="Invocations a second.")]


def backfill(
    prefix: Prefix = "",
    everything: All = False,
    dry_run: DryRun = False,
    rate: Rate = 10,
    limit: Limit = None,
    batch: Batch = False,
    inventory: Inventory = "",
    priority: Priority = 10,
    cancel: Cancel = "",
    yes: Yes = False,
    json: Json = False,
    deadline: Deadline = 600,
    stack: StackName = DEFAULT,
) -> None:
    """Process the uploads that are partial, pending, or outdated.

    These were uploaded before the pipeline existed, or lost a variant, or predate a change of the variants. PREFIX
    limits this to keys that start with it. --all processes complete, rejected, and failed uploads too: use it after a
    change that no setting shows, such as a new version of Pillow. Safe to interrupt and to repeat. Exits with 1 if an
    upload is then neither complete nor rejected. The deadline is for each upload.

    With --batch, S3 Batch Operations makes the variants of all uploads, or of those whose keys start with PREFIX, even
    if they are complete. With --inventory, it does so for every object in that inventory, whatever its key: it can't
    leave out what needs no work. The command shows how many objects there are and what the job costs, and asks. The
    deadline is for the job, which keeps running after it.
    """
    _check_options(prefix, limit, batch=batch, inventory=inventory, everything=everything)
    deployment = get_stack(stack).describe()
    if cancel:
        cancel_job(deployment, cancel)
        return
    if batch:
        job = create_job(deployment, prefix, priority, inventory)
        run_job(deployment, job, deadline, dry_run=dry_run, yes=yes, json=json)
        return
    report_held(deployment)
    with Spool() as spool:
        _collect(deployment, prefix, limit, spool, show=dry_run, json=json, everything=everything)
        say(_plan(deployment, spool.count, rate, everything=everything))
        if dry_run or not spool.count:
            return
        if everything and not (yes or typer.confirm("Process all of them again?", err=True)):
            say("nothing was processed")
            return
        _process_all(deployment, spool, rate, deadline, json=json)


def _check_options(prefix: str, limit: int | None, *, batch: bool, inventory: str, everything: bool) -> None:
    """Refuse options that would have no effect: a job would then process more than they say.

    Raises:
        typer.BadParameter: there are such options.
    """
    if inventory and not batch:
        raise typer.BadParameter("--inventory needs --batch")
    if inventory and prefix:
        raise typer.BadParameter("with --inventory, the job processes every object in it: leave out PREFIX")
    if batch and (limit or everything):
        raise typer.BadParameter("--batch processes all uploads: leave out --limit and --all, or --batch")


def _process_all(deployment: Deployment, spool: "Spool", rate: float, seconds: float, *, json: bool) -> None:
    """Process the uploads in `spool` again, and print the new outcome of each.

    Raises:
        typer.Exit: an upload is then neither complete nor rejected.
    """
    counts: Counter[str] = Counter()
    backoff = Backoff()
    with progress("uploads", spool.count) as count:
        for outcome in count(process_again(deployment, spool, rate, seconds, backoff)):
            counts[outcome.state] += 1
            print_outcome(deployment, outcome, json=json)
    if backoff.throttled:
        say(f"{backoff.throttled:,} invocations were throttled, and tried again later")
    if not json:
        print_counts(counts, json=False)
    if any(counts[state] for state in counts if state not in ENDED):
        raise typer.Exit(1)


def _plan(deployment: Deployment, count: int, rate: float, *, everything: bool) -> str:
    what = "uploads in all" if everything else "uploads are partial, pending, or outdated"
    return (
        f"{count:,} {what}: about {duration(count / rate)} at {rate:g} a second,"
        f" more if the function takes longer than {max_invocations(deployment) / rate:.2g} s"
    )


def process_again(
    deployment: Deployment, outcomes: Iterable[Outcome], per_second: float, seconds: float, backoff: Backoff
) -> Iterator[Outcome]:
    """Process the uploads of `outcomes` again, at most `per_second`, and yield the new outcome of each.

    An upload without an outcome is sent to Lambda as an S3 event: Lambda retries it if it fails, and then delivers it
    to the failure queue. It is pending if it has no outcome after `seconds`. For the others, the command invokes the
    function and waits for it: they keep their objects until the function replaces them. Throttled uploads are tried
    again after all others.
    """
    work, most = partial(_process, deployment, seconds), max_invocations(deployment)
    with ExitStack() as spools:
        while True:
            later = spools.enter_context(Spool())
            items = backoff.between(limit_rate(outcomes, per_second))
            for before, after in spools.enter_context(closing(run_in_parallel(deployment, work, items, most))):
                backoff.note(throttled=after is None)
                if after:
                    yield after
                elif backoff.is_over:
                    yield replace(before, reason="not made: the function is throttled")
                else:
                    later.add(before)
            if not later.count:
                return
            outcomes = later


def _process(deployment: Deployment, seconds: float, before: Outcome) -> tuple[Outcome, Outcome | None]:
    """Return `before`, and the outcome after processing the upload again, or None if the invocation is throttled."""
    event = {"Records": [event_record(before.upload)]}
    try:
        if before.state not in WITHOUT_OUTCOME:
            return before, _replace(deployment, before, error_of(deployment, event))
        send_event(deployment, event)
    except ThrottledError:
        return before, None
    return before, outcome_within(deployment, before.upload, seconds)


def _replace(deployment: Deployment, before: Outcome, error: str) -> Outcome:
    """Return the outcome after an invocation for an upload. `error` is that of the invocation, or empty."""
    if error:
        state = "outdated" if before.state == "complete" else before.state
        return replace(before, state=state, reason=f"not made again: {error}")
    now = outcome_of(deployment, before.upload)
    now = examine(deployment, now) if now.state == "complete" else now
    return replace(now, reason=OTHER_SETTINGS) if now.state == "outdated" else now


class Spool:
    """Outcomes in a temporary file, because they may not fit in memory."""

    def __init__(self) -> None:
        self._file = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by __exit__
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, outcome: Outcome) -> None:
        self._file.write(jsonlib.dumps([asdict(outcome.upload), outcome.state]) + "\n")
        self.count += 1

    def __iter__(self) -> Iterator[Outcome]:
        self._file.seek(0)
        for line in self._file:
            upload, state = jsonlib.loads(line)
            yield Outcome(Upload(**upload), state, {})


def _collect(
    deployment: Deployment,
    prefix: str,
    limit: int | None,
    spool: Spool,
    *,
    show: bool,
    json: bool,
    everything: bool,
) -> None:
    """Add up to `limit` uploads to `spool`: every upload, or those that need it."""
    with progress("looking", None) as count:
        found = (each for each in count(outcomes(deployment, prefix)) if everything or each.state in CHOSEN)
        for outcome in islice(found, limit):
            spool.add(outcome)
            if show:
                print_outcome(deployment, outcome, json=json)
