"""Write the page: an HTML file that contains small previews, and a folder of full pictures next to it.

The page loads nothing from other hosts.
"""

import shutil
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader
from jinja2.environment import TemplateStream

from pipeline.contact_sheet.charts import make_charts
from pipeline.contact_sheet.entries import Entry, ImageFile
from pipeline.contact_sheet.rows import make_row
from pipeline.contact_sheet.totals import Totals, sum_up
from pipeline.contact_sheet.versions import number_versions
from pipeline.contact_sheet.wording import duration, share
from pipeline.deployed.function import VARIANTS
from pipeline.deployed.outcomes import STATES
from pipeline.lib.terminal import size
from pipeline.lib.text import visible

# A browser reads the whole page before it shows any picture.
MAX_EMBEDDED = 100_000  # bytes of one picture in the page
MAX_PAGE = 20_000_000  # bytes of all pictures in the page

TEMPLATES = Path(__file__).parent / "templates"
STYLES = ("page.css", "rows.css", "comparison.css", "print.css")
SCRIPTS = ("making.js", "pictures.js", "rows.js", "comparison.js", "filtering.js", "page.js")
CHUNK = 3 * 2**16  # bytes: a multiple of three, so that the base64 of chunks can be joined


@dataclass(frozen=True)
class Sheet:
    """A page on disk. `folder` contains its full pictures, or is None if all are small enough to be in the page."""

    page: Path
    folder: Path | None
    totals: Totals


def write_sheet(page: Path, entries: list[Entry], about: str, remedies: Mapping[str, str]) -> Sheet:
    """Write the contact sheet of `entries` to `page`, and move large pictures to a folder next to it.

    `about` says where the entries come from. `remedies` maps each state to the command that fixes it.
    """
    embedded = _choose_embedded(entries)
    beside = [file for path, file in _files_of(entries).items() if path not in embedded]
    folder = page.with_suffix(".pictures")
    shutil.rmtree(folder, ignore_errors=True)
    if beside:
        _move(beside, folder)
    sheet = Sheet(page, folder if beside else None, sum_up(entries))
    draft = page.with_suffix(".draft")  # an interrupted run keeps the previous page
    try:
        _stream(sheet, entries, embedded, about, remedies).dump(str(draft), encoding="utf-8")
        draft.replace(page)
    finally:
        draft.unlink(missing_ok=True)
    return sheet


def _stream(
    sheet: Sheet, entries: Iterable[Entry], embedded: Mapping[Path, ImageFile], about: str, remedies: Mapping[str, str]
) -> TemplateStream:
    """Return the page as a stream. Memory holds one picture at a time."""
    template = _environment().get_template("page.html")
    address = partial(_address, sheet, embedded)
    return template.stream(
        about=about,
        made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        charts=make_charts(sheet.totals),
        embedded=embedded.values(),
        rows=(make_row(entry, version, remedies, address) for entry, version in number_versions(entries)),
        script=_read_templates(SCRIPTS),
        sheet=sheet,
        states=[state for state in STATES if sheet.totals.states[state]],
        style=_read_templates(STYLES),
        variants=sheet.totals.states["complete"] * len(VARIANTS),
    )


def _files_of(entries: Iterable[Entry]) -> dict[Path, ImageFile]:
    """Return each file that the page loads, by its path: only formats that browsers show."""
    found = (file for entry in entries for picture in entry.pictures for file in (picture, picture.preview))
    return {file.path: file for file in found if file and file.shown}


def _choose_embedded(entries: Iterable[Entry]) -> dict[Path, ImageFile]:
    """Return the files that the page contains: those that it shows first, up to a limit."""
    shown = (picture.preview or picture for entry in entries for picture in entry.pictures)
    small = {file.path: file for file in shown if file.bytes <= MAX_EMBEDDED}
    return small if sum(file.bytes for file in small.values()) <= MAX_PAGE else {}


def _move(files: Iterable[ImageFile], folder: Path) -> None:
    folder.mkdir()
    for file in files:
        file.path.rename(folder / _file_name(file))


def _address(sheet: Sheet, embedded: Mapping[Path, ImageFile], file: ImageFile) -> str:
    """Return where the page loads `file` from: an element in the page, or a file next to it."""
    if file.path in embedded or not sheet.folder:
        return f"#{file.path.name}"
    return f"{quote(sheet.folder.name)}/{_file_name(file)}"


def _file_name(file: ImageFile) -> str:
    return f"{file.path.name}.{file.format.lower()}"


def _environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    filters = {"base64": _base64, "digest": _digest, "duration": duration, "share": share, "size": size}
    environment.filters |= filters | {"visible": visible}
    return environment


def _read_templates(names: Iterable[str]) -> str:
    return "\n".join((TEMPLATES / name).read_text() for name in names)


def _digest(text: str) -> str:
    """Return the hash of `text` for the page's content security policy."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _base64(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield b64encode(chunk).decode()
