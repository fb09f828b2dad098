"""Write contact sheets for `pipeline demo` and `pipeline gallery`."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from operator import length_hint
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.contact_sheet.entries import Entry
from pipeline.contact_sheet.fetching import fetch_entries
from pipeline.contact_sheet.page import Sheet, write_sheet
from pipeline.contact_sheet.timing import add_timings
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.outcomes import STATES, Outcome
from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import ROOT
from pipeline.lib.terminal import print_json, print_line, progress, size

CLOCK_SKEW = 60  # maximum difference in seconds between the clocks of this machine and of the log


def make_sheet(
    deployment: Deployment,
    outcomes: Iterable[Outcome],
    target: Path,
    remedies: Mapping[str, str],
    about: str,
    since: float | None = None,
    patience: float = 0,
) -> tuple[Sheet, list[Entry]]:
    """Write the contact sheet of `outcomes` to `target`, and return it with its entries, sorted by key.

    `target` is an HTML file, or a directory for index.html. The log is read from `since` (seconds of the epoch) on, by
    default from the first upload; `patience` is how many seconds to wait for its last lines.

    Raises:
        PipelineError: there are no outcomes, or `target` cannot be written.
    """
    page = target if target.suffix == ".html" else target / "index.html"
    with _scratch_beside(page) as folder:
        with progress("pictures", length_hint(outcomes) or None) as count:
            found = list(count(fetch_entries(deployment, outcomes, folder)))
        if not found:
            raise PipelineError("there is no upload to show", "upload images with `make upload FILES=photo.jpg`")
        entries = add_timings(deployment, found, since or _earliest(found), patience)
        entries.sort(key=lambda entry: entry.outcome.upload.key)
        return write_sheet(page, entries, about, remedies), entries


@contextmanager
def _scratch_beside(page: Path) -> Iterator[Path]:
    """Provide a temporary folder on the disk of `page`, where pictures can be moved instead of copied."""
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        made = TemporaryDirectory(prefix=".contact-sheet-", dir=page.parent)
    except OSError as error:
        raise PipelineError(f"{page} cannot be written: {error.strerror}", "name another place with --out") from error
    with made as folder:
        yield Path(folder)


def print_sheet(sheet: Sheet, *, json: bool) -> None:
    """Print where `sheet` is."""
    if json:
        print_json(sheet_fields(sheet))
        return
    beside = f", full pictures in {_relative(sheet.folder)}/ ({size(_bytes_in(sheet.folder))})" if sheet.folder else ""
    print_line(f"contact sheet: {_relative(sheet.page)} ({size(sheet.page.stat().st_size)}){beside}")


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def sheet_fields(sheet: Sheet) -> dict[str, Any]:
    """Return `sheet` for a program."""
    sums = sheet.totals
    return {
        "page": str(sheet.page),
        "pictures": str(sheet.folder) if sheet.folder else None,
        **{state: sums.states[state] for state in STATES},
        "uploads": sums.states.total(),
        "bytes_in": sums.bytes_in,
        "bytes_out": sums.bytes_out,
        "bytes_saved": sums.bytes_saved,
    }


def _earliest(entries: Iterable[Entry]) -> float:
    """Return when the first upload arrived, in seconds of the epoch."""
    arrivals = (entry.outcome.since.timestamp() for entry in entries if entry.outcome.since)
    return min(arrivals, default=0) - CLOCK_SKEW


def _relative(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
