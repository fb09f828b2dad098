"""How the commands print outcomes, for people and for programs."""

from collections import Counter
from typing import Any

from rich import box
from rich.table import Table

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS
from pipeline.deployed.outcomes import STATES, Outcome
from pipeline.lib.terminal import out, print_json

MEANINGS = {
    "complete": "every variant is there",
    "rejected": "cannot become variants: a record beside them says why",
    "failed": "in the failure queue: make redrive",
    "partial": "some variants are there: under way, or lost",
    "pending": "nothing is there: under way, or lost; make backfill",
}


def described(deployment: Deployment, outcome: Outcome) -> dict[str, Any]:
    """OUTCOME for a program."""
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
        "objects": {name: f"s3://{deployment.processed_bucket}/{key}" for name, key in outcome.keys.items()},
    }


def line(outcome: Outcome) -> str:
    """OUTCOME for a person."""
    details = {
        "complete": "",
        "rejected": f": {outcome.reason}",
        "failed": f": {outcome.reason}",
        "partial": f": {len(outcome.keys)} of {len(VARIANTS)} variants{_since(outcome)}",
        "pending": _since(outcome) or f": {outcome.reason}",
    }
    return f"{outcome.state:8}  {outcome.upload.key}{details[outcome.state]}"


def show_counts(counts: Counter[str], *, json: bool) -> None:
    """How many uploads ended how."""
    if json:
        print_json({state: counts[state] for state in STATES} | {"uploads": counts.total()})
        return
    table = Table("outcome", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("uploads", justify="right")
    table.add_column("meaning")
    for state in STATES:
        table.add_row(state, f"{counts[state]:,}", MEANINGS[state])
    out.print(table)


def _since(outcome: Outcome) -> str:
    return f" since {outcome.since:%Y-%m-%d %H:%M:%S} UTC" if outcome.since else ""
