"""`pipeline backfill`: uploads without an outcome are processed."""

from collections import Counter
from itertools import islice
from typing import Annotated

import typer

from pipeline.commands.backfilling import LOST, Spool, backfilled
from pipeline.commands.common.held import tell_held
from pipeline.commands.common.options import Deadline, DryRun, Json, Limit, Prefix, StackName
from pipeline.commands.common.reports import described, line, show_counts
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.outcomes import ENDED, Outcome, outcomes
from pipeline.deployed.uploads import most_at_once
from pipeline.lib.terminal import out, print_json, progress, say
from pipeline.stacks.table import DEFAULT, stack_named

Rate = Annotated[float, typer.Option("--rate", min=0.01, metavar="N", help="At most so many invocations a second.")]


def backfill(
    prefix: Prefix = "",
    dry_run: DryRun = False,
    rate: Rate = 10,
    limit: Limit = None,
    json: Json = False,
    deadline: Deadline = 600,
    stack: StackName = DEFAULT,
) -> None:
    """Have the uploads processed that have no outcome: no variants, no rejection, no message in the failure queue.

    Safe to interrupt and to repeat: what is done is skipped. Exits with 1 when an upload ends otherwise than complete
    or rejected.
    """
    deployment = stack_named(stack).describe()
    tell_held(deployment)
    with Spool() as lost:
        _find(deployment, prefix, limit, lost, tell=dry_run, json=json)
        say(
            f"{lost.count:,} uploads have no outcome: {lost.count:,} invocations, {rate:g} a second at most,"
            f" {most_at_once(deployment)} at once"
        )
        if dry_run:
            return
        counts: Counter[str] = Counter()
        with progress("uploads", lost.count) as tracked:
            for outcome in tracked(backfilled(deployment, lost, rate, deadline)):
                counts[outcome.state] += 1
                _tell(deployment, outcome, json=json)
    if not json:
        show_counts(counts, json=False)
    if any(counts[state] for state in counts if state not in ENDED):
        raise typer.Exit(1)


def _find(deployment: Deployment, prefix: str, limit: int | None, lost: Spool, *, tell: bool, json: bool) -> None:
    """Puts up to LIMIT uploads without an outcome into LOST."""
    with progress("looking", None) as tracked:
        found = (outcome for outcome in tracked(outcomes(deployment, prefix)) if outcome.state in LOST)
        for outcome in islice(found, limit):
            lost.add(outcome.upload)
            if tell:
                _tell(deployment, outcome, json=json)


def _tell(deployment: Deployment, outcome: Outcome, *, json: bool) -> None:
    if json:
        print_json(described(deployment, outcome))
    else:
        out.print(line(outcome), markup=False)
