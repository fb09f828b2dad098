"""`pipeline backfill`: process uploads that have no outcome."""

import json as jsonlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from tempfile import TemporaryFile
from typing import Annotated, Self

import typer

from pipeline.commands.common.batches import run_job
from pipeline.commands.common.options import Deadline, DryRun, Json, Limit, Prefix, StackName, Yes
from pipeline.commands.common.reports import print_counts, print_outcome, report_held
from pipeline.deployed.batch_jobs import cancel_job, create_job
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload
from pipeline.deployed.invocations import event_record, send_event
from pipeline.deployed.outcomes import ENDED, Outcome, outcomes
from pipeline.deployed.uploads import at_once, most_at_once, settled
from pipeline.lib.terminal import progress, say
from pipeline.lib.waiting import paced
from pipeline.stacks.table import DEFAULT, stack_named

EXAMPLES = (
    "pipeline backfill --dry-run",
    "pipeline backfill 2026/ --rate 50",
    "pipeline backfill 2026/ --batch --stack aws",
)
WITHOUT_OUTCOME = ("partial", "pending")

Batch = Annotated[bool, typer.Option("--batch", help="Use S3 Batch Operations: all uploads, not one by one.")]
Inventory = Annotated[
    str,
    typer.Option(
        "--inventory",
        metavar="ADDRESS",
        help="With --batch: manifest.json of the bucket's inventory.",
        show_default="S3 lists the bucket",
    ),
]
Priority = Annotated[int, typer.Option("--priority", min=0, metavar="N", help="With --batch: priority of the job.")]
Cancel = Annotated[str, typer.Option("--cancel", metavar="JOB", help="Cancel this job.", show_default="none")]
Rate = Annotated[float, typer.Option("--rate", min=0.01, metavar="N", help="Invocations a second at most.")]


def backfill(
    prefix: Prefix = "",
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
    """Process the uploads that are partial or pending.

    These were uploaded before the pipeline existed, or lost a variant, or predate a new one. PREFIX limits this to keys
    that start with it. Safe to interrupt and to repeat. Exits with 1 if an upload is then neither complete nor
    rejected. The deadline is for each upload.

    With --batch, S3 Batch Operations makes the variants of all uploads (PREFIX: or of those that start with it), and
    the deadline is for the job, which goes on when it is over.
    """
    deployment = stack_named(stack).describe()
    if cancel:
        cancel_job(deployment, cancel)
        return
    if batch:
        job = create_job(deployment, prefix, priority, inventory)
        run_job(deployment, job, deadline, dry_run=dry_run, yes=yes, json=json)
        return
    report_held(deployment)
    with Spool() as spool:
        _collect(deployment, prefix, limit, spool, show=dry_run, json=json)
        say(
            f"{spool.count:,} uploads are partial or pending: {spool.count:,} invocations,"
            f" at most {rate:g} a second and {most_at_once(deployment)} in parallel"
        )
        if dry_run:
            return
        counts: Counter[str] = Counter()
        with progress("uploads", spool.count) as count:
            for outcome in count(process_again(deployment, spool, rate, deadline)):
                counts[outcome.state] += 1
                print_outcome(deployment, outcome, json=json)
    if not json:
        print_counts(counts, json=False)
    if any(counts[state] for state in counts if state not in ENDED):
        raise typer.Exit(1)


def process_again(
    deployment: Deployment, uploads: Iterable[Upload], per_second: float, seconds: float
) -> Iterator[Outcome]:
    """Send the event of each of `uploads`, at most `per_second`, and yield each outcome, `pending` after `seconds`.

    Lambda retries an event that fails, and then delivers it to the failure queue, as it does with those of S3.
    """

    def process_one(upload: Upload) -> Outcome:
        send_event(deployment, {"Records": [event_record(upload)]})
        return settled(deployment, upload, seconds)

    return at_once(deployment, process_one, paced(uploads, per_second))


class Spool:
    """Uploads in a temporary file, because they may not fit in memory."""

    def __init__(self) -> None:
        self._file = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by __exit__
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, upload: Upload) -> None:
        self._file.write(jsonlib.dumps(asdict(upload)) + "\n")
        self.count += 1

    def __iter__(self) -> Iterator[Upload]:
        self._file.seek(0)
        for line in self._file:
            yield Upload(**jsonlib.loads(line))


def _collect(deployment: Deployment, prefix: str, limit: int | None, spool: Spool, *, show: bool, json: bool) -> None:
    """Add up to `limit` uploads that have no outcome to `spool`."""
    with progress("looking", None) as count:
        found = (outcome for outcome in count(outcomes(deployment, prefix)) if outcome.state in WITHOUT_OUTCOME)
        for outcome in islice(found, limit):
            spool.add(outcome.upload)
            if show:
                print_outcome(deployment, outcome, json=json)
