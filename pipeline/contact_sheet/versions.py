"""Number the versions of uploads that have the same key."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby

from pipeline.contact_sheet.entries import Entry

EARLY = datetime.min.replace(tzinfo=UTC)


def number_versions(entries: Iterable[Entry]) -> list[tuple[Entry, str]]:
    """Return `entries` sorted by key and time, each with a label such as "version 2 of 3", or "" for the only one."""
    ordered = sorted(entries, key=lambda entry: (entry.outcome.upload.key, entry.outcome.since or EARLY))
    groups = (list(group) for _, group in groupby(ordered, key=lambda entry: entry.outcome.upload.key))
    return [
        (entry, f"version {number} of {len(group)}" if len(group) > 1 else "")
        for group in groups
        for number, entry in enumerate(group, 1)
    ]
