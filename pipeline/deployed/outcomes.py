"""Find out how uploads ended: with variants, a rejection, or a message in the failure queue."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from os.path import commonprefix
from pathlib import Path
from typing import Literal

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.failures import read_errors, recent_error
from pipeline.deployed.function import VARIANTS, Upload
from pipeline.deployed.listing import Found, expected_keys, find_uploads
from pipeline.deployed.logs import recent_logs
from pipeline.deployed.metadata import animation_note, last_change, outdated_variants
from pipeline.lib.errors import DeadlineError
from pipeline.lib.threads import BATCH_SIZE, map_in_threads
from pipeline.lib.waiting import poll

State = Literal["complete", "rejected", "failed", "outdated", "partial", "pending"]
STATES: tuple[State, ...] = ("complete", "rejected", "failed", "outdated", "partial", "pending")
ENDED: tuple[State, ...] = ("complete", "rejected")  # these need no action


@dataclass(frozen=True)
class Outcome:
    """What became of an upload.

    `keys` are its objects in the processed bucket, by name of the variant. `reason` says why variants are missing or
    outdated, and `code` is the code of a rejection. `since` is when the upload arrived, and `animation` says what an
    animation over the limits was reduced to.
    """

    upload: Upload
    state: State
    keys: Mapping[str, str]
    reason: str = ""
    code: str = ""
    since: datetime | None = None
    animation: str = ""


def send(deployment: Deployment, path: Path, key: str) -> Upload:
    """Upload the file at `path` under `key`.

    Raises:
        PipelineError: the function wouldn't be invoked for it.
    """
    deployment.check_key(key)
    with path.open("rb") as body:
        stored = deployment.s3.put_object(Bucket=deployment.upload_bucket, Key=key, Body=body)
        size = os.fstat(body.fileno()).st_size
    return Upload(
        bucket=deployment.upload_bucket,
        key=key,
        etag=stored["ETag"].strip('"'),
        version=stored.get("VersionId"),
        size=size,
    )


def outcomes(deployment: Deployment, prefix: str = "") -> Iterator[Outcome]:
    """Yield the outcome of each upload whose key starts with `prefix`, without what `explain` adds.

    Variants that are older than the deployed function are examined: they may be outdated.
    """
    failed = read_errors(deployment)
    changed = last_change(deployment)
    found = find_uploads(deployment, prefix)
    while batch := list(islice(found, BATCH_SIZE)):
        judged = [(each, _judge(each.upload, each.keys, failed.of(each.upload), each.since)) for each in batch]
        old = [outcome for each, outcome in judged if outcome.state == "complete" and _oldest(each) <= changed]
        examined = dict(zip(map(id, old), map_in_threads(partial(examine, deployment), old), strict=True))
        yield from (examined.get(id(outcome), outcome) for _, outcome in judged)


def _oldest(found: Found) -> datetime:
    return min(time for name, time in found.written.items() if name != "rejected")


def examine(deployment: Deployment, outcome: Outcome) -> Outcome:
    """Return a complete `outcome` as it is, or as outdated if variants were made with other settings."""
    if not (outdated := outdated_variants(deployment, outcome.keys)):
        return outcome
    return replace(outcome, state="outdated", reason=f"made with other settings: {', '.join(outdated)}")


def outcome_of(deployment: Deployment, upload: Upload) -> Outcome:
    """Return the outcome of `upload` as it is now. Variants are not examined for their settings."""
    outcome = stored_outcome(deployment, upload)
    if outcome.state in ENDED:
        return outcome
    return _judge(upload, outcome.keys, recent_error(deployment, upload))


def stored_outcome(deployment: Deployment, upload: Upload) -> Outcome:
    """Return the outcome of `upload` without a look at the failure queue: a failed upload is partial or pending."""
    expected = expected_keys(upload)
    shared = commonprefix(list(expected.values()))  # noqa: RUF071 - a prefix of keys, not of folders
    present = _keys_below(deployment, shared)
    found = {name: key for name, key in expected.items() if key in present}
    return explain(deployment, _judge(upload, found, None))


def explain(deployment: Deployment, outcome: Outcome) -> Outcome:
    """Return `outcome` with what its objects say: the reason of a rejection, or what an animation was reduced to."""
    if outcome.state == "complete":
        return replace(outcome, animation=animation_note(deployment, next(iter(outcome.keys.values()))))
    if outcome.state != "rejected":
        return outcome
    key = outcome.keys["rejected"]
    record = json.loads(deployment.s3.get_object(Bucket=deployment.processed_bucket, Key=key)["Body"].read())
    return replace(outcome, reason=record["reason"], code=record["code"])


def explain_all(deployment: Deployment, found: Iterable[Outcome]) -> Iterator[Outcome]:
    """Return the outcomes in `found`, each as `explain` returns it."""
    return map_in_threads(partial(explain, deployment), found)


def wait_for_outcome(deployment: Deployment, upload: Upload, seconds: float) -> Outcome:
    """Return the outcome of `upload` as soon as it has one.

    Raises:
        DeadlineError: it has none after `seconds`.
    """
    if outcome := poll(lambda: _final_outcome(deployment, upload), seconds):
        return outcome
    last = outcome_of(deployment, upload)
    raise DeadlineError(
        f"{upload.key} is {last.state} after {seconds:g} s: it has {len(last.keys)} of {len(VARIANTS)} variants,"
        " no rejection record, and no message in the failure queue",
        "the function's log may say why",
        recent_logs(deployment),
    )


def _judge(upload: Upload, found: Mapping[str, str], error: str | None, since: datetime | None = None) -> Outcome:
    """Return the outcome, given the objects found (variant -> key), and the error in the failure queue.

    Variants take precedence over a rejection: a second upload of the same bytes may have been gone when its turn came.
    """
    variants = {name: key for name, key in found.items() if name != "rejected"}
    if len(variants) == len(VARIANTS):
        return Outcome(upload, "complete", variants, since=since)
    if "rejected" in found:
        return Outcome(upload, "rejected", {"rejected": found["rejected"]}, since=since)
    if error:
        return Outcome(upload, "failed", variants, error, since=since)
    return Outcome(upload, "partial" if variants else "pending", variants, since=since)


def _final_outcome(deployment: Deployment, upload: Upload) -> Outcome | None:
    outcome = outcome_of(deployment, upload)
    return None if outcome.state in ("partial", "pending") else outcome


def _keys_below(deployment: Deployment, prefix: str) -> set[str]:
    pages = deployment.s3.get_paginator("list_objects_v2").paginate(Bucket=deployment.processed_bucket, Prefix=prefix)
    return {item["Key"] for page in pages for item in page.get("Contents", [])}
