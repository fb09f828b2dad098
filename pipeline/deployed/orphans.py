"""Find orphans: objects in the processed bucket whose upload is gone or replaced."""

import heapq
import re
from collections.abc import Iterator
from functools import partial
from itertools import groupby
from typing import Any

from botocore.exceptions import ClientError

from pipeline.deployed.deletion import Deletion
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import plain_text, shared_prefix, uncut
from pipeline.deployed.listing import expected_keys
from pipeline.deployed.versions import Version, list_versions
from pipeline.lib.threads import map_in_threads

NAME = re.compile(r".*_([0-9a-f]{12})\.[a-z0-9]+", re.DOTALL)


def plan_orphan_deletions(deployment: Deployment, prefix: str = "") -> Iterator[Deletion]:
    """Yield each key in the processed bucket whose upload is gone or replaced, with all its versions.

    Both buckets are listed side by side, from `prefix` on, and neither is held. The objects that no current upload
    explains are looked up in parallel.
    """
    for versions in map_in_threads(partial(_orphaned, deployment, prefix), _unexpected(deployment, prefix)):
        if versions:
            yield Deletion(versions[0].key, (), versions)


def _unexpected(deployment: Deployment, prefix: str) -> Iterator[tuple[Version, ...]]:
    """Yield the versions of each key that has the form of a variant's, but isn't one of a current upload."""
    expected = _Expected(deployment, prefix)
    listed = list_versions(deployment, deployment.processed_bucket, shared_prefix(prefix))
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
        while self._next and uncut(self._next.key).encode() <= wanted:
            for each in expected_keys(self._next.upload).values():
                heapq.heappush(self._keys, each.encode())
            self._next = next(self._uploads, None)
        while self._keys and self._keys[0] < wanted:
            heapq.heappop(self._keys)
        return bool(self._keys) and self._keys[0] == wanted


def _orphaned(deployment: Deployment, prefix: str, versions: tuple[Version, ...]) -> tuple[Version, ...]:
    """Return `versions` if the upload that their metadata names is not the current version of its key, else none.

    An object without this metadata isn't from the pipeline, and a variant may have left the table.
    """
    if not (metadata := _metadata(deployment, versions)):
        return ()
    key = plain_text(metadata["source-key"])
    if not key.startswith(prefix):
        return ()
    current = _head(deployment, deployment.upload_bucket, key)
    return versions if current is None or current["ETag"].strip('"') != metadata["source-etag"] else ()


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
