"""Download the pictures of uploads."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from pipeline.contact_sheet.entries import Entry, ImageFile
from pipeline.contact_sheet.previews import inspect_source, inspect_variant
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import NOT_FOUND, VARIANTS, Rejected, Upload, check_bytes
from pipeline.deployed.outcomes import Outcome
from pipeline.deployed.uploads import run_in_parallel


def fetch_entries(deployment: Deployment, outcomes: Iterable[Outcome], folder: Path) -> Iterator[Entry]:
    """Download the pictures of `outcomes` into `folder`, in parallel, and yield each entry once it is complete."""
    return run_in_parallel(deployment, partial(_fetch, deployment, folder), enumerate(outcomes))


def _fetch(deployment: Deployment, folder: Path, numbered: tuple[int, Outcome]) -> Entry:
    number, outcome = numbered
    pictures: dict[str, ImageFile] = {}
    for name, request in _objects(deployment, outcome):
        path = folder / f"{number}-{name}"
        inspect = inspect_source if name == "source" else inspect_variant
        if _download(deployment, path, request) and (picture := inspect(path)):
            pictures[name] = picture
    return Entry(outcome, pictures.pop("source", None), pictures)


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
