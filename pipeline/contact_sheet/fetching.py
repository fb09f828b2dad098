"""Downloads the pictures of uploads."""

import shutil
import warnings
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from PIL import Image

from pipeline.contact_sheet.entries import Entry, ImageFile
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import INPUT_FORMATS, NOT_FOUND, VARIANTS, Rejected, Upload, check_bytes, orientation
from pipeline.deployed.outcomes import Outcome
from pipeline.deployed.uploads import at_once

FORMATS = {name: form.name for form in INPUT_FORMATS for name in form.pillow}
SIDEWAYS = 5  # EXIF orientations from here on exchange width and height


@dataclass(frozen=True)
class Download:
    """An outcome, and the files that belong to it, by name."""

    outcome: Outcome
    files: dict[str, Path]


def fetch_entries(deployment: Deployment, outcomes: Iterable[Outcome], folder: Path) -> Iterator[Entry]:
    """Download the pictures of `outcomes` into `folder`, in parallel, and yield each entry once it is complete."""
    for each in at_once(deployment, partial(_fetch, deployment, folder), enumerate(outcomes)):
        pictures = {name: picture for name, path in each.files.items() if (picture := inspect(path))}
        yield Entry(each.outcome, pictures.pop("source", None), pictures)


def inspect(path: Path) -> ImageFile | None:
    """Return the image at `path`, or None if a browser can't show it or it is too large for one."""
    try:
        with (
            warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning),
            Image.open(path) as picture,
        ):
            form = FORMATS.get(picture.format or "")
            size = picture.size[::-1] if _is_sideways(picture) else picture.size
    except (OSError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    return ImageFile(path, path.stat().st_size, form, *size) if form else None


def _is_sideways(picture: Image.Image) -> bool:
    return orientation(picture.info.get("exif", b"")) >= SIDEWAYS


def _fetch(deployment: Deployment, folder: Path, numbered: tuple[int, Outcome]) -> Download:
    number, outcome = numbered
    files: dict[str, Path] = {}
    for name, request in _objects(deployment, outcome):
        path = folder / f"{number}-{name}"
        if _download(deployment, path, request):
            files[name] = path
    return Download(outcome, files)


def _objects(deployment: Deployment, outcome: Outcome) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects of `outcome` that may be pictures, by name."""
    upload = outcome.upload
    if _is_accepted(upload):
        version = {"VersionId": upload.version} if upload.version else {}
        yield "source", {"Bucket": upload.bucket, "Key": upload.key, **version}
    for variant in VARIANTS:
        if variant.name in outcome.keys:
            yield variant.name, {"Bucket": deployment.processed_bucket, "Key": outcome.keys[variant.name]}


def _is_accepted(upload: Upload) -> bool:
    try:
        check_bytes(upload.size)
    except Rejected:
        return False
    return upload.size > 0


def _download(deployment: Deployment, path: Path, request: dict[str, Any]) -> bool:
    """Write an object to `path`, and return whether it still exists."""
    try:
        body = deployment.s3.get_object(**request)["Body"]
    except ClientError as error:
        if error.response["Error"]["Code"] in NOT_FOUND:
            return False
        raise
    with closing(body), path.open("wb") as file:
        shutil.copyfileobj(body, file)
    return True
