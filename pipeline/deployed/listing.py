"""Every upload, with its objects in the processed bucket. The memory this takes doesn't grow with the buckets."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from posixpath import splitext
from typing import NamedTuple

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS, Upload, rejection_key, variant_key
from pipeline.deployed.key_encoding import encode_keys_of

MAX_SHARED = 900  # bytes of an upload's key that the keys of its objects surely start with, however long it is


class Stored(NamedTuple):
    """An object in the processed bucket, and when it was written."""

    key: str
    written: datetime


@dataclass(order=True)
class Found:
    """One object version in the upload bucket, and its objects in the processed bucket, by name of the variant."""

    upload: Upload = field(compare=False)
    since: datetime = field(compare=False)
    objects: dict[str, Stored] = field(compare=False, default_factory=dict)
    awaited: int = field(compare=False, default=0)

    @property
    def keys(self) -> dict[str, str]:
        return {name: stored.key for name, stored in self.objects.items()}


def find_uploads(deployment: Deployment, prefix: str = "") -> Iterator[Found]:
    """Yield each upload whose key starts with `prefix`: all versions, without empty objects and delete markers.

    Raises:
        PipelineError: no upload can start with it.
    """
    prefix = deployment.narrow(prefix)
    start = splitext(prefix)[0].encode()[:MAX_SHARED].decode(errors="ignore")  # variants have another file extension
    return join(_list_uploads(deployment, prefix), _list_objects(deployment, start))


def expected_keys(upload: Upload) -> dict[str, str]:
    """Return the keys of the variants of `upload`, and of its rejection record."""
    return {variant.name: variant_key(upload, variant) for variant in VARIANTS} | {"rejected": rejection_key(upload)}


def join(uploads: Iterable[Found], objects: Iterable[Stored]) -> Iterator[Found]:
    """Yield each of `uploads` with those of `objects` that belong to it.

    This is a merge join: both come sorted by key, as S3 lists them. An expected key is looked up as soon as no later
    upload can have a smaller one. Few keys wait at any time, because the objects of an upload sort closely behind it:
    their keys start with its key up to the dot, and continue with "_", which is greater than a dot.
    """
    awaited: list[tuple[bytes, str, Found]] = []
    present = _Sorted(objects)
    for found in uploads:
        yield from _look_up(awaited, present, found.upload.key.encode()[:MAX_SHARED])
        expected = expected_keys(found.upload)
        found.awaited = len(expected)
        for name, key in expected.items():
            heapq.heappush(awaited, (key.encode(), name, found))
    yield from _look_up(awaited, present, None)


def _look_up(awaited: list[tuple[bytes, str, Found]], present: "_Sorted", end: bytes | None) -> Iterator[Found]:
    """Look up the awaited keys before `end`, and yield the uploads that then await none."""
    while awaited and (end is None or awaited[0][0] < end):
        key, name, found = heapq.heappop(awaited)
        if stored := present.find(key):
            found.objects[name] = stored
        found.awaited -= 1
        if not found.awaited:
            yield found


class _Sorted:
    """Objects sorted by key, for keys that are looked up in sorted order."""

    def __init__(self, objects: Iterable[Stored]) -> None:
        self._objects = ((stored.key.encode(), stored) for stored in objects)
        self._next = next(self._objects, None)

    def find(self, key: bytes) -> Stored | None:
        """Return the object with `key`, if there is one."""
        while self._next and self._next[0] < key:
            self._next = next(self._objects, None)
        return self._next[1] if self._next and self._next[0] == key else None


def _list_uploads(deployment: Deployment, prefix: str) -> Iterator[Found]:
    encode_keys_of(deployment.s3)
    pages = deployment.s3.get_paginator("list_object_versions").paginate(Bucket=deployment.upload_bucket, Prefix=prefix)
    for page in pages:
        for version in page.get("Versions", []):
            if version["Size"] and deployment.takes(version["Key"]):
                yield Found(
                    Upload(
                        bucket=deployment.upload_bucket,
                        key=version["Key"],
                        etag=version["ETag"].strip('"'),
                        version=version["VersionId"],
                        size=version["Size"],
                    ),
                    version["LastModified"],
                )


def _list_objects(deployment: Deployment, prefix: str) -> Iterator[Stored]:
    pages = deployment.s3.get_paginator("list_objects_v2").paginate(Bucket=deployment.processed_bucket, Prefix=prefix)
    for page in pages:
        for item in page.get("Contents", []):
            yield Stored(item["Key"], item["LastModified"])
