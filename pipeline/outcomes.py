"""How an upload ended: its variants, its rejection, or a message in the failure queue."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from os.path import commonprefix
from pathlib import Path
from typing import Literal

from pipeline.deployment import Deployment
from pipeline.errors import DeadlineError
from pipeline.failures import error_of
from pipeline.function import COMPRESSION_LEVELS, Upload, rejection_key, variant_key
from pipeline.logs import recent_logs
from pipeline.waiting import poll

State = Literal["pending", "variants", "rejected", "failed"]


@dataclass(frozen=True)
class Outcome:
    """`keys` are the objects found in the processed bucket by variant; `reason` says why there are no variants."""

    upload: Upload
    state: State
    keys: Mapping[str, str]
    reason: str = ""


def send(deployment: Deployment, path: Path, key: str) -> Upload:
    """Uploads the file at PATH under KEY."""
    with path.open("rb") as body:
        stored = deployment.s3.put_object(Bucket=deployment.upload_bucket, Key=key, Body=body)
    return Upload(
        bucket=deployment.upload_bucket,
        key=key,
        etag=stored["ETag"].strip('"'),
        version=stored.get("VersionId"),
        size=path.stat().st_size,
    )


def outcome_of(deployment: Deployment, upload: Upload) -> Outcome:
    """The outcome of UPLOAD as it is now."""
    expected = {variant.name: variant_key(upload, variant) for variant in COMPRESSION_LEVELS}
    rejection = rejection_key(upload)
    shared = commonprefix([*expected.values(), rejection])  # noqa: RUF071 - a prefix of keys, not of folders
    present = _keys_below(deployment, shared)
    if rejection in present:
        record = deployment.s3.get_object(Bucket=deployment.processed_bucket, Key=rejection)["Body"].read()
        return Outcome(upload, "rejected", {"rejected": rejection}, json.loads(record)["reason"])
    found = {name: key for name, key in expected.items() if key in present}
    if found.keys() == expected.keys():
        return Outcome(upload, "variants", found)
    if error := error_of(deployment, upload):
        return Outcome(upload, "failed", found, error)
    return Outcome(upload, "pending", found)


def wait_for_outcome(deployment: Deployment, upload: Upload, seconds: float) -> Outcome:
    """The outcome of UPLOAD, as soon as it has one.

    Raises:
        DeadlineError: it has none after SECONDS.
    """
    if outcome := poll(lambda: _settled(deployment, upload), seconds):
        return outcome
    last = outcome_of(deployment, upload)
    raise DeadlineError(
        f"{upload.key} has no outcome after {seconds:g} s: {len(last.keys)} of {len(COMPRESSION_LEVELS)} variants"
        " are there, no rejection, and nothing in the failure queue",
        "the function's log may say why",
        recent_logs(deployment),
    )


def _settled(deployment: Deployment, upload: Upload) -> Outcome | None:
    outcome = outcome_of(deployment, upload)
    return None if outcome.state == "pending" else outcome


def _keys_below(deployment: Deployment, prefix: str) -> set[str]:
    pages = deployment.s3.get_paginator("list_objects_v2").paginate(Bucket=deployment.processed_bucket, Prefix=prefix)
    return {item["Key"] for page in pages for item in page.get("Contents", [])}
