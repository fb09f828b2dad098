"""One upload as the page's script gets it: what is shown is text already, what is sorted by are numbers."""

from collections.abc import Callable, Mapping
from typing import Any

from pipeline.contact_sheet.entries import Entry, Picture, Timing
from pipeline.contact_sheet.totals import smallest
from pipeline.contact_sheet.wording import UNKNOWN, duration, share
from pipeline.deployed.function import VARIANTS, Step
from pipeline.lib.terminal import size

Row = dict[str, Any]
Address = Callable[[Picture], str]


def row(entry: Entry, mend: Mapping[str, str], address: Address) -> Row:
    """ENTRY as JSON; MEND is the command for each state that one mends, ADDRESS says where a picture is."""
    upload, timing = entry.outcome.upload, entry.timing
    return {
        "name": upload.key,
        "state": entry.outcome.state,
        "reason": _reason(entry),
        "command": mend.get(entry.outcome.state, ""),
        "since": f"{entry.outcome.since:%Y-%m-%d %H:%M:%S} UTC" if entry.outcome.since else "",
        "bytes": upload.size,
        "size": size(upload.size),
        "milliseconds": timing.total if timing else None,
        "time": duration(timing.total) if timing else UNKNOWN,
        "smallest": smallest(entry) / upload.size if entry.variants and upload.size else None,
        "source": _picture(entry.source, "source", upload.size, address) if entry.source else None,
        "variants": [
            _picture(entry.variants[variant.name], variant.name, upload.size, address) | _times(timing, variant.name)
            for variant in VARIANTS
            if variant.name in entry.variants
        ],
    }


def _picture(picture: Picture, name: str, original: int, address: Address) -> Row:
    return {
        "name": name,
        "format": picture.format,
        "width": picture.width,
        "height": picture.height,
        "bytes": picture.bytes,
        "size": size(picture.bytes),
        "share": share(picture.bytes, original),
        "address": address(picture),
    }


def _times(timing: Timing | None, name: str) -> Row:
    """How long the variant NAME took, and how that is made up."""
    steps = {step: timing.steps.get(step.of(name)) for step in (Step.ENCODE, Step.WRITE)} if timing else {}
    known = {step: taken for step, taken in steps.items() if taken is not None}
    if not known:
        return {"time": UNKNOWN, "steps": "the log has no times of it"}
    parts = [f"{step} {duration(taken)}" for step, taken in known.items()]
    return {"time": duration(sum(known.values())), "steps": ", ".join(parts)}


def _reason(entry: Entry) -> str:
    if entry.outcome.state == "partial":
        return f"{len(entry.outcome.keys)} of {len(VARIANTS)} variants are there: under way, or lost"
    if entry.outcome.state == "pending":
        return entry.outcome.reason or "nothing is there: under way, or lost"
    return entry.outcome.reason
