"""Send each file once, wait for outcomes, and limit how many uploads are in flight."""

import hashlib
import os
import zlib
from base64 import b64encode
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload
from pipeline.deployed.invocations import max_concurrency
from pipeline.deployed.outcomes import ENDED, Outcome, stored_outcome, wait_for_outcome
from pipeline.lib.errors import DeadlineError

# More only starts more functions, which share the processors of one machine.
MAX_IN_FLIGHT = 2 * (os.cpu_count() or 1)
MAX_IN_FLIGHT_ON_AWS = 50
MAX_INVOCATIONS_ON_AWS = 200

UNKNOWN = ("404", "NoSuchKey", "403")  # there is no such object, or only its owner may know
PIECE = 1024 * 1024  # bytes of a file that are read at once

Given = TypeVar("Given")
Made = TypeVar("Made")


def outcome_within(deployment: Deployment, upload: Upload, seconds: float) -> Outcome:
    """Return the outcome of `upload`: pending if it has none after `seconds`, rejected if it is empty.

    The function ignores empty uploads.
    """
    if not upload.size:
        return _rejected_as_empty(upload)
    try:
        return wait_for_outcome(deployment, upload, seconds)
    except DeadlineError as error:
        return Outcome(upload, "pending", {}, error.problem)


def _rejected_as_empty(upload: Upload) -> Outcome:
    return Outcome(upload, "rejected", {}, "an empty file has no variants", "empty")


def earlier_outcome(deployment: Deployment, path: Path, key: str) -> Outcome | None:
    """Return the outcome of the upload `key`, if it has one, and contains the same bytes as the file at `path`."""
    upload = _current_upload(deployment, path, key)
    if not upload:
        return None
    outcome = stored_outcome(deployment, upload) if upload.size else _rejected_as_empty(upload)
    return outcome if outcome.state in ENDED else None


def _current_upload(deployment: Deployment, path: Path, key: str) -> Upload | None:
    """Return the current version of `key`, if it has the bytes of the file at `path`.

    That can't be known of an object that was uploaded in parts, and has no checksum of all its bytes.
    """
    bucket = deployment.upload_bucket
    try:
        head = deployment.s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    except ClientError as error:
        if error.response["Error"]["Code"] in UNKNOWN:
            return None
        raise
    if head["ContentLength"] != path.stat().st_size or not _is_content_of(path, head):
        return None
    return Upload(bucket, key, head["ETag"].strip('"'), head.get("VersionId"), head["ContentLength"])


def _is_content_of(path: Path, head: Mapping[str, Any]) -> bool:
    """Return whether the object with `head` has the bytes of the file at `path`.

    The ETag is an MD5, unless the object was uploaded in parts, or is encrypted with a KMS key.
    """
    with path.open("rb") as body:
        if head["ETag"].strip('"') == hashlib.file_digest(body, _md5).hexdigest():
            return True
    is_of_all_bytes = head.get("ChecksumType") == "FULL_OBJECT"
    return is_of_all_bytes and head.get("ChecksumCRC32") == _crc32(path)


def _md5() -> "hashlib._Hash":
    return hashlib.md5(usedforsecurity=False)


def _crc32(path: Path) -> str:
    """Return the CRC-32 of the file at `path`, as S3 writes it. boto3 sends it with each object."""
    checksum = 0
    with path.open("rb") as body:
        while piece := body.read(PIECE):
            checksum = zlib.crc32(piece, checksum)
    return b64encode(checksum.to_bytes(4, "big")).decode()


def max_in_flight(deployment: Deployment) -> int:
    """Return how many requests to `deployment` may be in flight."""
    return MAX_IN_FLIGHT_ON_AWS if deployment.endpoint_url is None else MAX_IN_FLIGHT


def max_invocations(deployment: Deployment) -> int:
    """Return how many invocations of the function may be in flight: as many as it has room for, within reason."""
    most = MAX_IN_FLIGHT if deployment.endpoint_url else MAX_INVOCATIONS_ON_AWS
    return max(1, min(most, max_concurrency(deployment)))


def run_in_parallel(
    deployment: Deployment, work: Callable[[Given], Made], items: Iterable[Given], most: int | None = None
) -> Generator[Made, None, None]:
    """Yield what `work` returns for each of `items`, in the order in which they finish.

    No more than `most` are in flight, or than `deployment` can work on, and no item is read earlier than it starts.
    """
    most = most or max_in_flight(deployment)
    running: set[Future[Made]] = set()
    with ThreadPoolExecutor(most) as pool:
        for item in items:
            running.add(pool.submit(work, item))
            if len(running) >= most:
                yield from _finished(running)
        while running:
            yield from _finished(running)


def _finished(running: set[Future[Made]]) -> Iterator[Made]:
    done = wait(running, return_when=FIRST_COMPLETED).done
    running -= done
    for future in done:
        yield future.result()
