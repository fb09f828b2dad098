"""Every upload beside what there is of it in the processed bucket, in memory that does not grow with the buckets."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from posixpath import splitext

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS, Upload, rejection_key, variant_key
from pipeline.deployed.key_encoding import encode_keys_of

UNCUT = 900  # bytes with which the keys of an upload's objects begin as the upload's own, however long it is


@dataclass(order=True)
class Found:
    """One object version of the upload bucket, and by variant the keys that the processed bucket holds for it."""

    upload: Upload = field(compare=False)
    since: datetime = field(compare=False)
    keys: dict[str, str] = field(compare=False, default_factory=dict)
    awaited: int = field(compare=False, default=0)


def everything(deployment: Deployment, prefix: str = "") -> Iterator[Found]:
    """Each upload whose key begins with PREFIX: all versions of it, without empty objects and delete markers."""
    begin = splitext(prefix)[0].encode()[:UNCUT].decode(errors="ignore")  # an upload's ending is not in its variants
    return joined(_versions(deployment, prefix), _keys(deployment, begin))


def expected_keys(upload: Upload) -> dict[str, str]:
    """Where the variants of UPLOAD are to be, or else its rejection."""
    return {variant.name: variant_key(upload, variant) for variant in VARIANTS} | {"rejected": rejection_key(upload)}


def joined(uploads: Iterable[Found], keys: Iterable[str]) -> Iterator[Found]:
    """UPLOADS, each with those of its expected keys that are among KEYS.

    A merge join: both come sorted by key, as S3 lists them. An expected key is looked up as soon as no upload to come
    can have a smaller one. That leaves few waiting, because an upload's objects sort closely behind it: they begin
    with its key up to the dot, and go on with "_", which is greater than a dot.
    """
    awaited: list[tuple[bytes, str, Found]] = []
    present = _Sorted(keys)
    for found in uploads:
        yield from _looked_up(awaited, present, found.upload.key.encode()[:UNCUT])
        expected = expected_keys(found.upload)
        found.awaited = len(expected)
        for name, key in expected.items():
            heapq.heappush(awaited, (key.encode(), name, found))
    yield from _looked_up(awaited, present, None)


def _looked_up(awaited: list[tuple[bytes, str, Found]], present: "_Sorted", end: bytes | None) -> Iterator[Found]:
    while awaited and (end is None or awaited[0][0] < end):
        key, name, found = heapq.heappop(awaited)
        if key in present:
            found.keys[name] = key.decode()
        found.awaited -= 1
        if not found.awaited:
            yield found


class _Sorted:
    """Sorted keys, asked in sorted order."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = iter(keys)
        self._next: bytes | None = b""

    def __contains__(self, key: bytes) -> bool:
        while self._next is not None and self._next < key:
            self._next = next((key.encode() for key in self._keys), None)
        return self._next == key


def _versions(deployment: Deployment, prefix: str) -> Iterator[Found]:
    encode_keys_of(deployment.s3)
    pages = deployment.s3.get_paginator("list_object_versions").paginate(Bucket=deployment.upload_bucket, Prefix=prefix)
    for page in pages:
        for version in page.get("Versions", []):
            if version["Size"]:
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


def _keys(deployment: Deployment, prefix: str) -> Iterator[str]:
    pages = deployment.s3.get_paginator("list_objects_v2").paginate(Bucket=deployment.processed_bucket, Prefix=prefix)
    for page in pages:
        for item in page.get("Contents", []):
            yield item["Key"]
