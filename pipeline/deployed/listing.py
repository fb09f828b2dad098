"""Every upload, with its objects in the processed bucket. The memory this takes doesn't grow with the buckets."""

import heapq
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from posixpath import splitext
from typing import Any, NamedTuple, TypeVar

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS, Upload, Versions, rejection_key, variant_key
from pipeline.deployed.key_encoding import encode_keys_of

MAX_SHARED = 900  # bytes of an upload's key that the keys of its objects surely start with, however long it is
PAGE = 8_000  # objects in a request. S3 returns 1,000 at most; MiniStack sorts the whole bucket for each request

Item = TypeVar("Item")


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
    with ThreadPoolExecutor(1) as reader:  # one for both: reading a page takes more memory than its result
        yield from join(_list_uploads(deployment, reader, prefix), _list_objects(deployment, reader, start))


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


def _list_uploads(deployment: Deployment, reader: Executor, prefix: str) -> Iterator[Found]:
    encode_keys_of(deployment.s3)
    listed = _list_versions(deployment, reader, prefix)
    if deletes_variants(deployment):
        listed = _drop_hidden(listed)
    for each in listed:
        if each.upload.size and not each.is_marker and deployment.takes(each.upload.key):
            yield Found(each.upload, each.time)


def deletes_variants(deployment: Deployment) -> bool:
    """Return whether the function deletes variants with their upload."""
    configuration = deployment.functions.get_function_configuration(FunctionName=deployment.function_name)
    return configuration["Environment"]["Variables"].get("DELETE_VARIANTS_WITH_UPLOAD") == "true"


class _Version(NamedTuple):
    """A version of an upload, or a delete marker, which has no size."""

    upload: Upload
    time: datetime
    is_latest: bool
    is_marker: bool


def _list_versions(deployment: Deployment, reader: Executor, prefix: str) -> Iterator[_Version]:
    """Yield all versions and delete markers below `prefix` in the upload bucket, sorted by key."""
    bucket = deployment.upload_bucket

    def read(page: Any) -> list[_Version]:
        listed = [
            _Version(
                Upload(bucket, each["Key"], each["ETag"].strip('"'), each["VersionId"], each["Size"]),
                each["LastModified"],
                each["IsLatest"],
                False,
            )
            for each in page.get("Versions", [])
        ]
        listed += [
            _Version(
                Upload(bucket, each["Key"], "", each["VersionId"], 0), each["LastModified"], each["IsLatest"], True
            )
            for each in page.get("DeleteMarkers", [])
        ]
        return sorted(listed, key=lambda each: each.upload.key.encode())

    pages = deployment.s3.get_paginator("list_object_versions").paginate(
        Bucket=bucket, Prefix=prefix, PaginationConfig={"PageSize": PAGE}
    )
    return _read_ahead(reader, map(read, pages))


def _drop_hidden(listed: Iterator[_Version]) -> Iterator[_Version]:
    """Yield the versions that no delete marker hides: the others have no variants anymore."""
    for _, group in groupby(listed, key=lambda each: each.upload.key):
        found = list(group)
        uploads = {each.upload: each.time for each in found if not each.is_marker}
        latest = next((each.upload for each in found if each.is_latest and not each.is_marker), None)
        hidden = max((each.time for each in found if each.is_marker), default=None)
        existing = Versions(uploads, latest, hidden).existing()
        yield from (each for each in found if not each.is_marker and each.upload.id in existing)


def _list_objects(deployment: Deployment, reader: Executor, prefix: str) -> Iterator[Stored]:
    def read(page: Any) -> list[Stored]:
        return [Stored(each["Key"], each["LastModified"]) for each in page.get("Contents", [])]

    pages = deployment.s3.get_paginator("list_objects_v2").paginate(
        Bucket=deployment.processed_bucket, Prefix=prefix, PaginationConfig={"PageSize": PAGE}
    )
    return _read_ahead(reader, map(read, pages))


def _read_ahead(reader: Executor, pages: Iterator[list[Item]]) -> Iterator[Item]:
    """Yield what is on `pages`. Meanwhile, `reader` fetches the next page."""
    coming = reader.submit(next, pages, None)
    while (items := coming.result()) is not None:
        coming = reader.submit(next, pages, None)
        yield from items
