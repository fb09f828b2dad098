"""`pipeline status`: the outcome of every upload."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import typer

from pipeline.commands.common.held import tell_held
from pipeline.commands.common.options import Deadline, Json, Prefix, StackName
from pipeline.commands.common.reports import described, line, show_counts
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.outcomes import ENDED, Outcome, explained, outcomes
from pipeline.lib.terminal import out, print_json, progress
from pipeline.lib.waiting import within
from pipeline.stacks.table import DEFAULT, stack_named

Missing = Annotated[bool, typer.Option("--missing", help="List the uploads that have no variants, and why.")]
All = Annotated[bool, typer.Option("--all", help="List every upload.")]


def status(
    prefix: Prefix = "",
    missing: Missing = False,
    everything: All = False,
    json: Json = False,
    deadline: Deadline = 3600,
    stack: StackName = DEFAULT,
) -> None:
    """Say how the uploads ended: complete, rejected, failed, partial or pending.

    Exits with 1 when an upload is neither complete nor rejected: when somebody has to do something.
    """
    deployment = stack_named(stack).describe()
    tell_held(deployment)
    counts: Counter[str] = Counter()
    listed = missing or everything
    for outcome in _counted(within(deadline, outcomes(deployment, prefix)), counts):
        if everything or (missing and outcome.state != "complete"):
            _list(deployment, outcome, json=json)
    if not listed or not json:
        show_counts(counts, json=json)
    if any(counts[state] for state in counts if state not in ENDED):
        raise typer.Exit(1)


def _counted(found: Iterator[Outcome], counts: Counter[str]) -> Iterator[Outcome]:
    with progress("uploads", None) as tracked:
        for outcome in tracked(found):
            counts[outcome.state] += 1
            yield outcome


def _list(deployment: Deployment, outcome: Outcome, *, json: bool) -> None:
    whole = explained(deployment, outcome)
    if json:
        print_json(described(deployment, whole))
    else:
        out.print(line(whole), markup=False)
