"""What `pipeline demo` and `pipeline gallery` have in common: outcomes to a contact sheet, and a word on it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from operator import length_hint
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from pipeline.commands.common.options import OUT
from pipeline.contact_sheet.entries import Entry
from pipeline.contact_sheet.fetching import fetched
from pipeline.contact_sheet.page import Sheet, write
from pipeline.contact_sheet.timing import timed
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.outcomes import STATES, Outcome
from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import ROOT
from pipeline.lib.terminal import out, print_json, progress, size

EARLIER = 60  # seconds: clocks differ

Out = Annotated[Path, OUT]


def make_sheet(
    deployment: Deployment,
    outcomes: Iterable[Outcome],
    target: Path,
    mend: Mapping[str, str],
    about: str,
    since: float | None = None,
    patience: float = 0,
) -> tuple[Sheet, list[Entry]]:
    """The contact sheet of OUTCOMES at TARGET, and what is on it, by name.

    The log is read from SINCE on, otherwise from the first upload, and waited for with PATIENCE, in seconds.

    Raises:
        PipelineError: there are no outcomes, or nothing can be written at TARGET.
    """
    page = target if target.suffix == ".html" else target / "index.html"
    with _folder_beside(page) as folder:
        with progress("pictures", length_hint(outcomes) or None) as tracked:
            found = list(tracked(fetched(deployment, outcomes, folder)))
        if not found:
            raise PipelineError("there is no upload to show", "upload images with `make upload FILES=`")
        entries = timed(deployment, found, since or _earliest(found), patience)
        entries.sort(key=lambda entry: entry.outcome.upload.key)
        return write(page, entries, about, mend), entries


@contextmanager
def _folder_beside(page: Path) -> Iterator[Path]:
    """A folder for pictures that PAGE may then keep: on the same disk, so that they are moved, not copied."""
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        made = TemporaryDirectory(prefix=".contact-sheet-", dir=page.parent)
    except OSError as error:
        raise PipelineError(f"{page} cannot be written: {error.strerror}", "name another place by --out") from error
    with made as folder:
        yield Path(folder)


def show_sheet(sheet: Sheet, *, json: bool) -> None:
    """Says where SHEET is."""
    if json:
        print_json(summary(sheet))
        return
    beside = f", its pictures in {_relative(sheet.folder)}/" if sheet.folder else ""
    out.print(f"contact sheet: {_relative(sheet.page)} ({size(sheet.page.stat().st_size)}){beside}", markup=False)


def summary(sheet: Sheet) -> dict[str, Any]:
    """SHEET for a program."""
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
    """When the first upload came, in seconds of the epoch."""
    return min((entry.outcome.since.timestamp() for entry in entries if entry.outcome.since), default=0) - EARLIER


def _relative(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
