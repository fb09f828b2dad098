"""How an upload ended: its variants, its rejection, or a message in the failure queue."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from os.path import commonprefix
from pathlib import Path
from typing import Literal

from botocore.exceptions import ClientError

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.failures import errors, recent_error
from pipeline.deployed.function import VARIANTS, Upload
from pipeline.deployed.listing import everything, expected_keys
from pipeline.deployed.logs import recent_logs
from pipeline.lib.errors import DeadlineError
from pipeline.lib.waiting import poll

State = Literal["complete", "rejected", "failed", "partial", "pending"]
STATES: tuple[State, ...] = ("complete", "rejected", "failed", "partial", "pending")
ENDED: tuple[State, ...] = ("complete", "rejected")  # nobody has to do anything


@dataclass(frozen=True)
class Outcome:
    """`keys` are the objects found in the processed bucket by variant; `reason` says why there are no variants, `code`
    the same for programs where it is a rejection. `since` is when the upload came. `animation` says what an animation
    over the limits was reduced to.
    """

    upload: Upload
    state: State
    keys: Mapping[str, str]
    reason: str = ""
    code: str = ""
    since: datetime | None = None
    animation: str = ""


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


def outcomes(deployment: Deployment, prefix: str = "") -> Iterator[Outcome]:
    """The outcome of each upload whose key begins with PREFIX, as it is now, without what `explained` adds."""
    failed = errors(deployment)
    for found in everything(deployment, prefix):
        yield _outcome(found.upload, found.keys, failed.of(found.upload), found.since)


def outcome_of(deployment: Deployment, upload: Upload) -> Outcome:
    """The outcome of UPLOAD as it is now."""
    expected = expected_keys(upload)
    shared = commonprefix(list(expected.values()))  # noqa: RUF071 - a prefix of keys, not of folders
    present = _keys_below(deployment, shared)
    found = {name: key for name, key in expected.items() if key in present}
    outcome = _outcome(upload, found, None)
    if outcome.state in ENDED:
        return explained(deployment, outcome)
    return _outcome(upload, found, recent_error(deployment, upload))


def explained(deployment: Deployment, outcome: Outcome) -> Outcome:
    """Return `outcome` with what its objects say: the reason of a rejection, or what an animation was reduced to."""
    if outcome.state == "complete":
        return replace(outcome, animation=_animation(deployment, next(iter(outcome.keys.values()))))
    if outcome.state != "rejected":
        return outcome
    key = outcome.keys["rejected"]
    record = json.loads(deployment.s3.get_object(Bucket=deployment.processed_bucket, Key=key)["Body"].read())
    return replace(outcome, reason=record["reason"], code=record["code"])


def _animation(deployment: Deployment, key: str) -> str:
    """Return the note about an animation in the metadata of the variant at `key`; empty if it is gone by now."""
    try:
        head = deployment.s3.head_object(Bucket=deployment.processed_bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return ""
        raise
    return head["Metadata"].get("animation", "")


def wait_for_outcome(deployment: Deployment, upload: Upload, seconds: float) -> Outcome:
    """The outcome of UPLOAD, as soon as it has one.

    Raises:
        DeadlineError: it has none after SECONDS.
    """
    if outcome := poll(lambda: _settled(deployment, upload), seconds):
        return outcome
    last = outcome_of(deployment, upload)
    raise DeadlineError(
        f"{upload.key} has no outcome after {seconds:g} s: {len(last.keys)} of {len(VARIANTS)} variants"
        " are there, no rejection, and nothing in the failure queue",
        "the function's log may say why",
        recent_logs(deployment),
    )


def _outcome(upload: Upload, found: Mapping[str, str], error: str | None, since: datetime | None = None) -> Outcome:
    """What FOUND by variant in the processed bucket and the ERROR in the failure queue amount to.

    Variants go before a rejection: a second upload of the same bytes may have been gone when its turn came.
    """
    variants = {name: key for name, key in found.items() if name != "rejected"}
    if len(variants) == len(VARIANTS):
        return Outcome(upload, "complete", variants, since=since)
    if "rejected" in found:
        return Outcome(upload, "rejected", {"rejected": found["rejected"]}, since=since)
    if error:
        return Outcome(upload, "failed", variants, error, since=since)
    return Outcome(upload, "partial" if variants else "pending", variants, since=since)


def _settled(deployment: Deployment, upload: Upload) -> Outcome | None:
    outcome = outcome_of(deployment, upload)
    return None if outcome.state in ("partial", "pending") else outcome


def _keys_below(deployment: Deployment, prefix: str) -> set[str]:
    pages = deployment.s3.get_paginator("list_objects_v2").paginate(Bucket=deployment.processed_bucket, Prefix=prefix)
    return {item["Key"] for page in pages for item in page.get("Contents", [])}
