"""How long uploads took, as the function's log has it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from botocore.exceptions import ClientError

from pipeline.contact_sheet.entries import Entry, Timing
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import identity
from pipeline.deployed.logs import saying
from pipeline.deployed.outcomes import ENDED
from pipeline.lib.waiting import poll

Name = tuple[str, str]


def timed(deployment: Deployment, entries: Iterable[Entry], since: float, patience: float = 0) -> list[Entry]:
    """ENTRIES with what was logged SINCE; lines that are still on their way are waited for with PATIENCE, in seconds.

    An entry of which the log has nothing (any more) stays as it is.
    """
    entries = list(entries)
    awaited = {
        identity(entry.outcome.upload)
        for entry in entries
        if entry.outcome.state in ENDED and entry.outcome.upload.size
    }
    found: dict[Name, Timing] = {}

    def are_there() -> bool | None:
        found.update(logged(deployment, since))
        return awaited <= found.keys() or None

    poll(are_there, patience)
    return [replace(entry, timing=found.get(identity(entry.outcome.upload))) for entry in entries]


def logged(deployment: Deployment, since: float) -> Mapping[Name, Timing]:
    """By upload the last time that it was processed; nothing where there is no log, or none that may be read."""
    try:
        return {
            (line.fields["id"], line.fields["version"] or "null"): Timing(
                line.fields["milliseconds"], line.fields["steps"]
            )
            for line in saying(deployment, "upload processed", since)
        }
    except ClientError:
        return {}
