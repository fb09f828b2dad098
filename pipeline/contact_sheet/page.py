"""Writes the page: one HTML file that loads nothing from other hosts."""

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
from pipeline.contact_sheet.rows import row
from pipeline.contact_sheet.totals import Totals, sum_up
from pipeline.contact_sheet.wording import duration, share
from pipeline.deployed.function import VARIANTS
from pipeline.deployed.outcomes import STATES
from pipeline.lib.terminal import size

# Pictures in the page make it a single file to send and keep. But the browser reads all of it, a third larger as
# base64, before it shows any picture: above this size, that takes too long.
EMBEDDED_BYTES = 40_000_000

TEMPLATES = Path(__file__).parent / "templates"
STYLES = ("page.css", "rows.css", "comparison.css")
SCRIPTS = ("making.js", "pictures.js", "rows.js", "comparison.js", "filtering.js")
CHUNK = 3 * 2**16  # bytes: a multiple of three, so that the base64 of chunks can be joined


@dataclass(frozen=True)
class Sheet:
    """A page on disk. `folder` contains its pictures, or is None if they are in the page."""

    page: Path
    folder: Path | None
    totals: Totals


def write_sheet(page: Path, entries: list[Entry], about: str, remedies: Mapping[str, str]) -> Sheet:
    """Write the contact sheet of `entries` to `page`, and if the pictures are large, move them to a folder beside it.

    `about` says where the entries come from. `remedies` has the command that fixes each state.
    """
    pictures = _pictures_of(entries)
    folder = page.with_suffix(".pictures")
    shutil.rmtree(folder, ignore_errors=True)
    embedded = sum(picture.bytes for picture in pictures) <= EMBEDDED_BYTES
    if not embedded:
        _move(pictures, folder)
    sheet = Sheet(page, None if embedded else folder, sum_up(entries))
    draft = page.with_suffix(".draft")  # so that an interrupted run keeps the previous page
    try:
        _stream(sheet, entries, pictures if embedded else [], about, remedies).dump(str(draft), encoding="utf-8")
        draft.replace(page)
    finally:
        draft.unlink(missing_ok=True)
    return sheet


def _stream(
    sheet: Sheet, entries: Iterable[Entry], embedded: list[ImageFile], about: str, remedies: Mapping[str, str]
) -> TemplateStream:
    """Return the page as a stream, because it may be larger than memory."""
    template = _environment().get_template("page.html")
    return template.stream(
        about=about,
        made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        charts=make_charts(sheet.totals),
        pictures=embedded,
        rows=(row(entry, remedies, partial(_address, sheet)) for entry in entries),
        script=_joined(SCRIPTS),
        sheet=sheet,
        states=[state for state in STATES if sheet.totals.states[state]],
        style=_joined(STYLES),
        variants=sheet.totals.states["complete"] * len(VARIANTS),
    )


def _pictures_of(entries: Iterable[Entry]) -> list[ImageFile]:
    """Return each file once."""
    found = (picture for entry in entries for picture in (entry.source, *entry.variants.values()) if picture)
    return list({picture.path: picture for picture in found}.values())


def _move(pictures: Iterable[ImageFile], folder: Path) -> None:
    folder.mkdir()
    for picture in pictures:
        picture.path.rename(folder / _file_name(picture))


def _address(sheet: Sheet, picture: ImageFile) -> str:
    """Return where the page loads `picture` from: an element in the page, or a file beside it."""
    return f"{quote(sheet.folder.name)}/{_file_name(picture)}" if sheet.folder else f"#{picture.path.name}"


def _file_name(picture: ImageFile) -> str:
    return f"{picture.path.name}.{picture.format.lower()}"


def _environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"base64": _base64, "digest": _digest, "duration": duration, "share": share, "size": size}
    return environment


def _joined(names: Iterable[str]) -> str:
    return "\n".join((TEMPLATES / name).read_text() for name in names)


def _digest(text: str) -> str:
    """Return the hash by which the page's content security policy allows its style and its script."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _base64(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield b64encode(chunk).decode()
