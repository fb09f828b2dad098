"""The contact sheet: each upload beside its variants, as one HTML page over the files in its directory."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader
from PIL import Image

from pipeline.deployment import Deployment
from pipeline.function import COMPRESSION_LEVELS
from pipeline.outcomes import State
from pipeline.processing import Result
from pipeline.terminal import size


@dataclass(frozen=True)
class Picture:
    """A file beside the page: `name` is the variant's, `href` the percent-encoded way to it; sides in pixels."""

    name: str
    href: str
    bytes: int
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class Entry:
    """One upload on the sheet; `variants` is empty when there are none, and `reason` says why."""

    key: str
    state: State
    reason: str
    seconds: float
    source: Picture
    variants: tuple[Picture, ...]


def collect(deployment: Deployment, result: Result, directory: Path) -> Entry:
    """Puts the source and the variants of RESULT below DIRECTORY, and returns the entry that shows them."""
    outcome = result.outcome
    source = directory / "upload" / outcome.upload.key
    source.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(result.path, source)
    return Entry(
        key=outcome.upload.key,
        state=outcome.state,
        reason=outcome.reason,
        seconds=result.seconds,
        source=Picture("source", _href(source, directory), outcome.upload.size),
        variants=tuple(
            _fetch(deployment, variant.name, outcome.keys[variant.name], directory)
            for variant in COMPRESSION_LEVELS
            if outcome.state == "complete"
        ),
    )


def write(directory: Path, entries: list[Entry]) -> Path:
    """Writes DIRECTORY/index.html and returns its path."""
    environment = Environment(loader=PackageLoader("pipeline"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["size"] = size
    page = directory / "index.html"
    page.write_text(environment.get_template("contact_sheet.html").render(entries=entries), encoding="utf-8")
    return page


def _fetch(deployment: Deployment, name: str, key: str, directory: Path) -> Picture:
    path = directory / "processed" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    deployment.s3.download_file(deployment.processed_bucket, key, str(path))
    with Image.open(path) as picture:
        return Picture(name, _href(path, directory), path.stat().st_size, *picture.size)


def _href(path: Path, directory: Path) -> str:
    return quote(path.relative_to(directory).as_posix())
