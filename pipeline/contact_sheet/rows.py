"""One upload as data for the page's script: text to show, and numbers to sort by."""

from collections.abc import Callable, Mapping
from typing import Any

from pipeline.contact_sheet.entries import Entry, ImageFile, Timing
from pipeline.contact_sheet.totals import smallest
from pipeline.contact_sheet.wording import UNKNOWN, duration, share
from pipeline.deployed.function import VARIANTS, Step
from pipeline.lib.terminal import size
from pipeline.lib.text import visible

Row = dict[str, Any]
Address = Callable[[ImageFile], str]


def make_row(entry: Entry, version: str, remedies: Mapping[str, str], address: Address) -> Row:
    """Return `entry` as JSON.

    `version` distinguishes it from others with the same key. `remedies` has the command that fixes each state, and
    `address` returns where the page finds a file.
    """
    outcome, upload, timing = entry.outcome, entry.outcome.upload, entry.timing
    return {
        "name": visible(upload.key),
        "version": version,
        "state": outcome.state,
        "reason": visible(_reason(entry)),
        "animation": visible(outcome.animation),
        "command": remedies.get(outcome.state, ""),
        "since": f"{outcome.since:%Y-%m-%d %H:%M:%S} UTC" if outcome.since else "",
        "bytes": upload.size,
        "size": size(upload.size),
        "milliseconds": timing.total if timing else None,
        "time": duration(timing.total) if timing else UNKNOWN,
        "smallest": smallest(entry) / upload.size if entry.variants and upload.size else None,
        "source": _picture(entry.source, "source", upload.size, address) if entry.source else None,
        "variants": _variants(entry, address),
    }


def _variants(entry: Entry, address: Address) -> list[Row]:
    names = [variant.name for variant in VARIANTS if variant.name in entry.variants]
    original = entry.outcome.upload.size
    return [_picture(entry.variants[name], name, original, address) | _times(entry.timing, name) for name in names]


def _picture(picture: ImageFile, name: str, original: int, address: Address) -> Row:
    """Return `picture` as JSON; it has no address if browsers can't show the file."""
    return {
        "name": name,
        "format": picture.format,
        "width": picture.width,
        "height": picture.height,
        "transparent": picture.transparent,
        "bytes": picture.bytes,
        "size": size(picture.bytes),
        "share": share(picture.bytes, original),
        "address": address(picture) if picture.shown else None,
        "preview": address(picture.preview or picture),
    }


def _times(timing: Timing | None, name: str) -> Row:
    """Return how long the variant `name` took, and its steps, for a person."""
    steps = {step: timing.steps.get(step.of(name)) for step in (Step.ENCODE, Step.WRITE)} if timing else {}
    known = {step: taken for step, taken in steps.items() if taken is not None}
    if not known:
        return {"time": UNKNOWN, "steps": "not in the log"}
    parts = [f"{step} {duration(taken)}" for step, taken in known.items()]
    return {"time": duration(sum(known.values())), "steps": ", ".join(parts)}


def _reason(entry: Entry) -> str:
    if entry.outcome.state == "partial":
        return f"{len(entry.outcome.keys)} of {len(VARIANTS)} variants exist: the others are in progress, or lost"
    if entry.outcome.state == "pending":
        return entry.outcome.reason or "no variant exists yet: in progress, or lost"
    return entry.outcome.reason
