"""Print outcomes, for people and for programs."""

from collections import Counter
from typing import Any

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.failures import count_held
from pipeline.deployed.function import VARIANTS
from pipeline.deployed.outcomes import STATES, Outcome
from pipeline.lib.terminal import plain_table, print_json, print_line, print_table, say

MEANINGS = {
    "complete": "has every variant",
    "rejected": "can't become variants: its record says why",
    "failed": "is in the failure queue: make redrive",
    "outdated": "has variants made with other settings: make backfill",
    "partial": "has some variants: in progress, or lost (make backfill)",
    "pending": "has no variant yet: in progress, or lost (make backfill)",
}


def outcome_fields(deployment: Deployment, outcome: Outcome) -> dict[str, Any]:
    """Return `outcome` for a program."""
    upload = outcome.upload
    return {
        "key": upload.key,
        "version": upload.version,
        "id": upload.id,
        "state": outcome.state,
        "code": outcome.code or None,
        "reason": outcome.reason or None,
        "since": outcome.since.isoformat() if outcome.since else None,
        "bytes": upload.size,
        "animation": outcome.animation or None,
        "objects": {name: f"s3://{deployment.processed_bucket}/{key}" for name, key in outcome.keys.items()},
    }


def print_outcome(deployment: Deployment, outcome: Outcome, *, json: bool) -> None:
    """Print `outcome` in one line."""
    if json:
        print_json(outcome_fields(deployment, outcome))
    else:
        print_line(outcome_line(outcome))


def outcome_line(outcome: Outcome) -> str:
    """Return `outcome` for a person."""
    details = {
        "complete": f": {outcome.animation}" if outcome.animation else "",
        "rejected": f": {outcome.reason}",
        "failed": f": {outcome.reason}",
        "outdated": f": {outcome.reason}",
        "partial": f": {len(outcome.keys)} of {len(VARIANTS)} variants",
        "pending": f": {outcome.reason}" if outcome.reason else "",
    }
    since = f"  {outcome.since:%Y-%m-%d %H:%M:%S}" if outcome.since else ""  # UTC; distinguishes versions
    return f"{outcome.state:8}{since}  {outcome.upload.key}{details[outcome.state]}"


def print_counts(counts: Counter[str], *, json: bool) -> None:
    """Print how many uploads are in each state."""
    if json:
        print_json({state: counts[state] for state in STATES} | {"uploads": counts.total()})
        return
    table = plain_table("state")
    table.add_column("uploads", justify="right")
    table.add_column("an upload that")
    for state in STATES:
        table.add_row(state, f"{counts[state]:,}", MEANINGS[state])
    print_table(table)


def report_held(deployment: Deployment) -> None:
    """Report messages that another reader of the failure queue holds: their uploads look pending until then."""
    if count := count_held(deployment):
        say(
            f"{count:,} messages of the failure queue are held by another command, or by one that was killed."
            " Until they are visible again, in a few minutes at most, their uploads are counted as pending"
        )
