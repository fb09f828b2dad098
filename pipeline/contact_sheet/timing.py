"""Read the times of uploads from the function's log."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from botocore.exceptions import ClientError

from pipeline.contact_sheet.entries import Entry, Timing
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import identity
from pipeline.deployed.logs import find_records
from pipeline.deployed.outcomes import ENDED
from pipeline.lib.waiting import poll

Identity = tuple[str, str]


def add_timings(deployment: Deployment, entries: Iterable[Entry], since: float, seconds: float = 0) -> list[Entry]:
    """Return `entries` with their times from the log since `since` (seconds of the epoch).

    Waits up to `seconds` for missing lines. Entries that are not in the log have no times.
    """
    entries = list(entries)
    awaited = {
        identity(entry.outcome.upload)
        for entry in entries
        if entry.outcome.state in ENDED and entry.outcome.upload.size
    }
    found: dict[Identity, Timing] = {}

    def are_there() -> bool | None:
        found.update(read_timings(deployment, since))
        return awaited <= found.keys() or None

    poll(are_there, seconds)
    return [replace(entry, timing=found.get(identity(entry.outcome.upload))) for entry in entries]


def read_timings(deployment: Deployment, since: float) -> Mapping[Identity, Timing]:
    """Return the latest times of each upload; empty if the log can't be read."""
    try:
        return {
            (line.fields["id"], line.fields["version"] or "null"): Timing(
                line.fields["milliseconds"], line.fields["steps"]
            )
            for line in find_records(deployment, "upload processed", since)
        }
    except ClientError:
        return {}
