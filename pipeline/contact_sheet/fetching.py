"""The pictures of uploads, from the buckets into a folder."""

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

from pipeline.contact_sheet.entries import Entry, Picture
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import NOT_FOUND, VARIANTS, Rejected, Upload, check_bytes, orientation
from pipeline.deployed.outcomes import Outcome
from pipeline.deployed.uploads import at_once

FORMATS = {"BMP": "BMP", "GIF": "GIF", "JPEG": "JPEG", "MPO": "JPEG", "PNG": "PNG", "WEBP": "WebP"}  # by Pillow's name
ON_ITS_SIDE = 5  # the first of the EXIF orientations with width and height exchanged


@dataclass(frozen=True)
class Fetched:
    """An outcome, and by name the files that there are of it."""

    outcome: Outcome
    files: dict[str, Path]


def fetched(deployment: Deployment, outcomes: Iterable[Outcome], folder: Path) -> Iterator[Entry]:
    """The entry of each of OUTCOMES, as it comes; its files are in FOLDER, under names made here."""
    for each in at_once(deployment, partial(_fetch, deployment, folder), enumerate(outcomes)):
        pictures = {name: picture for name, path in each.files.items() if (picture := looked_at(path))}
        yield Entry(each.outcome, pictures.pop("source", None), pictures)


def looked_at(path: Path) -> Picture | None:
    """The picture at PATH; None where nobody can look at it: it is none, or too large for a browser's good."""
    try:
        with (
            warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning),
            Image.open(path) as picture,
        ):
            form = FORMATS.get(picture.format or "")
            size = picture.size[::-1] if _is_on_its_side(picture) else picture.size
    except (OSError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    return Picture(path, path.stat().st_size, form, *size) if form else None


def _is_on_its_side(picture: Image.Image) -> bool:
    return orientation(picture.info.get("exif", b"")) >= ON_ITS_SIDE


def _fetch(deployment: Deployment, folder: Path, numbered: tuple[int, Outcome]) -> Fetched:
    number, outcome = numbered
    files: dict[str, Path] = {}
    for name, which in _objects(deployment, outcome):
        path = folder / f"{number}-{name}"
        if _download(deployment, path, which):
            files[name] = path
    return Fetched(outcome, files)


def _objects(deployment: Deployment, outcome: Outcome) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of OUTCOME that may be pictures, by name."""
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


def _download(deployment: Deployment, path: Path, which: dict[str, Any]) -> bool:
    """Whether the object was still there."""
    try:
        body = deployment.s3.get_object(**which)["Body"]
    except ClientError as error:
        if error.response["Error"]["Code"] in NOT_FOUND:
            return False
        raise
    with closing(body), path.open("wb") as file:
        shutil.copyfileobj(body, file)
    return True
