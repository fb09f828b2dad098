"""Makes contact sheets for tests, and reads the data of a page."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import Image

from pipeline.contact_sheet.entries import Entry, ImageFile, Timing
from pipeline.contact_sheet.page import Sheet, write_sheet
from pipeline.contact_sheet.previews import inspect
from pipeline.deployed.function import VARIANTS, Step, Upload
from pipeline.deployed.outcomes import Outcome, State

STEPS = {step.of(variant.name): 10 for step in (Step.ENCODE, Step.WRITE) for variant in VARIANTS}
REMEDIES = {"failed": "make redrive STACK=embedded", "pending": "make backfill STACK=embedded"}


def entry(name: str, picture: ImageFile | None = None, state: State = "complete", **others: Any) -> Entry:
    """Return an upload called `name`. If it is complete, every variant is `picture`."""
    keys = {variant.name: variant.name for variant in VARIANTS} if state == "complete" else {}
    upload = Upload("uploads", name, "etag", "v", others.pop("bytes", picture.bytes if picture else 10))
    variants = dict.fromkeys(keys, picture) if picture else {}
    timing = Timing(others.pop("milliseconds", 100), {"read": 5, "decode": 5, **STEPS}) if variants else None
    return Entry(Outcome(upload, state, keys, **others), picture, variants, timing)


def picture_in(folder: Path, size: tuple[int, int] = (40, 30)) -> ImageFile:
    """Write a picture of `size` to a file in `folder`."""
    path = folder / f"0-{size[0]}x{size[1]}"
    Image.linear_gradient("L").resize(size).save(path, "PNG")
    found = inspect(path)
    assert found
    return found


def written(page: Path, entries: Iterable[Entry]) -> Sheet:
    """Write a contact sheet of `entries` to `page`."""
    return write_sheet(page, list(entries), "a test", REMEDIES)


def rows_in(html: str) -> list[dict[str, Any]]:
    """Return the data of the page."""
    found = re.search(r'<script type="application/x-ndjson" id="rows">(.*?)</script>', html, re.DOTALL)
    assert found
    return [json.loads(line) for line in found[1].strip().splitlines()]
