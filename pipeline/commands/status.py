"""`pipeline status`: report the state of every upload."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import typer

from pipeline.commands.common.options import All, Deadline, Json, Orphans, Prefix, StackName
from pipeline.commands.common.reports import print_counts, print_outcome, report_held
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.orphans import plan_orphan_deletions
from pipeline.deployed.outcomes import ENDED, Outcome, explain_all, outcomes
from pipeline.lib.terminal import print_json, print_line, progress
from pipeline.lib.waiting import within
from pipeline.stacks.table import DEFAULT, get_stack

EXAMPLES = ("pipeline status", "pipeline status 2026/ --missing", "pipeline status --json")

Missing = Annotated[bool, typer.Option("--missing", help="List the uploads that are not complete, and why.")]


def status(
    prefix: Prefix = "",
    missing: Missing = False,
    everything: All = False,
    orphans: Orphans = False,
    json: Json = False,
    deadline: Deadline = 3600,
    stack: StackName = DEFAULT,
) -> None:
    """Count the uploads in each state.

    PREFIX limits this to keys that start with it. --missing and --all list the uploads too. --orphans lists what
    `pipeline delete --orphans` would delete instead. Exits with 1 if an upload is neither complete nor rejected.
    """
    deployment = get_stack(stack).describe()
    if orphans:
        _print_orphans(deployment, prefix, deadline, json=json)
        return
    report_held(deployment)
    counts: Counter[str] = Counter()
    found = _count(within(deadline, outcomes(deployment, prefix)), counts)
    shown = (outcome for outcome in found if everything or (missing and outcome.state != "complete"))
    for outcome in explain_all(deployment, shown):
        print_outcome(deployment, outcome, json=json)
    if not json or not (missing or everything):
        print_counts(counts, json=json)
    if any(counts[state] for state in counts if state not in ENDED):
        raise typer.Exit(1)


def _print_orphans(deployment: Deployment, prefix: str, seconds: float, *, json: bool) -> None:
    """Print the keys of the variants that `pipeline delete --orphans` would delete."""
    for deletion in within(seconds, plan_orphan_deletions(deployment, prefix)):
        if json:
            print_json({"key": deletion.key})
        else:
            print_line(deletion.key)


def _count(found: Iterator[Outcome], counts: Counter[str]) -> Iterator[Outcome]:
    with progress("uploads", None) as count:
        for outcome in count(found):
            counts[outcome.state] += 1
            yield outcome
