"""Find orphans: objects in the processed bucket whose upload is gone or replaced."""

import heapq
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby, islice
from posixpath import splitext
from typing import Any

from botocore.exceptions import ClientError

from pipeline.deployed.deletion import Deletion, Version, list_versions
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload, plain_text
from pipeline.deployed.listing import MAX_SHARED, expected_keys

READERS, BATCH = 32, 500  # threads, and objects that are looked up together
NAME = re.compile(r".*_([0-9a-f]{12})\.[a-z0-9]+", re.DOTALL)


def plan_orphan_deletions(deployment: Deployment, prefix: str = "") -> Iterator[Deletion]:
    """Yield each key in the processed bucket whose upload is gone or replaced, with all its versions.

    Both buckets are listed side by side, from `prefix` on, and neither is held. The objects that no current upload
    explains are looked up in parallel.
    """
    candidates = _unexpected(deployment, prefix)
    with ThreadPoolExecutor(READERS) as readers:
        while batch := list(islice(candidates, BATCH)):
            gone = readers.map(lambda versions: _source_is_gone(deployment, versions, prefix), batch)
            yield from (Deletion(each[0].key, (), each) for each, is_gone in zip(batch, gone, strict=True) if is_gone)


def _unexpected(deployment: Deployment, prefix: str) -> Iterator[tuple[Version, ...]]:
    """Yield the versions of each key that has the form of a variant's, but isn't one of a current upload."""
    start = splitext(prefix)[0].encode()[:MAX_SHARED].decode(errors="ignore")  # a variant has another extension
    expected = _Expected(deployment, prefix)
    listed = list_versions(deployment, deployment.processed_bucket, start)
    for key, versions in groupby(listed, key=lambda version: version.key):
        if NAME.fullmatch(key) and key not in expected:
            yield tuple(versions)


class _Expected:
    """The keys of what was made from current versions. Look them up in sorted order: only the next few are held."""

    def __init__(self, deployment: Deployment, prefix: str) -> None:
        versions = list_versions(deployment, deployment.upload_bucket, prefix)
        self._uploads = (each for each in versions if each.is_latest and not each.is_marker)
        self._next = next(self._uploads, None)
        self._keys: list[bytes] = []

    def __contains__(self, key: str) -> bool:
        wanted = key.encode()
        # No upload has an object that sorts before the upload's own key.
        while self._next and self._next.key.encode()[:MAX_SHARED] <= wanted:
            upload = Upload(self._next.bucket, self._next.key, self._next.etag, self._next.id, 0)
            for each in expected_keys(upload).values():
                heapq.heappush(self._keys, each.encode())
            self._next = next(self._uploads, None)
        while self._keys and self._keys[0] < wanted:
            heapq.heappop(self._keys)
        return bool(self._keys) and self._keys[0] == wanted


def _source_is_gone(deployment: Deployment, versions: tuple[Version, ...], prefix: str) -> bool:
    """Return whether the upload that the object's metadata names is not the current version of its key.

    An object without this metadata isn't from the pipeline, and a variant may have left the table.
    """
    if not (metadata := _metadata(deployment, versions)):
        return False
    key = plain_text(metadata["source-key"])
    if not key.startswith(prefix):
        return False
    current = _head(deployment, deployment.upload_bucket, key)
    return current is None or current["ETag"].strip('"') != metadata["source-etag"]


def _metadata(deployment: Deployment, versions: tuple[Version, ...]) -> dict[str, str] | None:
    """Return the metadata of the newest of `versions` that isn't a delete marker, if the pipeline wrote it."""
    for version in versions:
        if not version.is_marker and (head := _head(deployment, version.bucket, version.key, version.id)):
            metadata: dict[str, str] = head["Metadata"]
            return metadata if {"source-key", "source-etag"} <= metadata.keys() else None
    return None


def _head(deployment: Deployment, bucket: str, key: str, version: str | None = None) -> Any | None:
    which = {"VersionId": version} if version else {}
    try:
        return deployment.s3.head_object(Bucket=bucket, Key=key, **which)  # type: ignore[arg-type]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NoSuchVersion"):
            return None
        raise
