"""Delete what was made from an upload after the upload was deleted, if the deployment asks for it.

S3 can deliver events twice, late, and out of order. So an event only says which key to look at, and the versions that
exist now decide what is deleted. A version exists unless it was deleted, or a delete marker hides it.
"""

import os
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

import naming
import storage
from events import Upload

MADE = re.compile(r"_[A-Za-z0-9-]+_([0-9a-f]{12})\.[a-z0-9]+")  # how the key of a variant or a rejection record ends


class _Object(NamedTuple):
    """One version of an object in the processed bucket, or a delete marker."""

    key: str
    version: str
    is_marker: bool


class Versions(NamedTuple):
    """The versions of an upload with their times, the latest one, and the time of the last delete marker.

    `latest` is None if the latest version is a delete marker.
    """

    uploads: dict[Upload, datetime]
    latest: Upload | None
    hidden: datetime | None

    def existing(self) -> set[str]:
        """Return the ids of the versions that exist, in doubt also of others: S3's times are whole seconds."""
        if not self.latest:
            return set()
        newer = {upload.id for upload, time in self.uploads.items() if not self.hidden or time >= self.hidden}
        return newer | {self.latest.id}  # a multipart upload has the time at which it began


def is_enabled() -> bool:
    """Return whether the deployment deletes variants with their upload."""
    return os.environ.get("DELETE_VARIANTS_WITH_UPLOAD") == "true"


def exists(upload: Upload) -> bool:
    """Return whether `upload`, or another version with the same content, exists."""
    return upload.id in _list_versions(upload.bucket, upload.key).existing()


def clean(bucket: str, key: str) -> list[str]:
    """Delete permanently what was made from versions of the upload `key` that don't exist. Return the deleted keys.

    The objects are listed before the upload's versions, so those that a new upload writes meanwhile stay.
    """
    made = _list_made(key)
    versions = _list_versions(bucket, key)
    known = {upload.id for upload in versions.uploads}
    doomed = made.keys() - versions.existing()
    objects = [each for name in doomed if name in known or _is_made_from(key, made[name]) for each in made[name]]
    for each in objects:
        storage.client().delete_object(Bucket=storage.processed_bucket(), Key=each.key, VersionId=each.version)
    return sorted({each.key for each in objects})


def _list_versions(bucket: str, key: str) -> Versions:
    uploads: dict[Upload, datetime] = {}
    latest: Upload | None = None
    markers: list[datetime] = []
    for page in _pages(bucket, key):
        for each in page.get("Versions", []):
            if each["Key"] == key:
                upload = Upload(bucket, key, each["ETag"].strip('"'), each["VersionId"], each["Size"])
                uploads[upload] = each["LastModified"]
                latest = upload if each["IsLatest"] else latest
        markers += [each["LastModified"] for each in page.get("DeleteMarkers", []) if each["Key"] == key]
        if any(each["Key"] > key for each in page.get("Versions", [])):
            break  # S3 lists keys in order, so longer ones follow
    return Versions(uploads, latest, max(markers, default=None))


def _list_made(key: str) -> dict[str, list[_Object]]:
    """Return by id what was made from uploads with the name of `key` and any file extension."""
    made: dict[str, list[_Object]] = {}
    for page in _pages(storage.processed_bucket(), naming.shared_prefix(key)):
        for each in _objects(page):
            ending = MADE.search(each.key)
            if ending and each.key == naming.made_key(key, ending[0]):
                made.setdefault(ending[1], []).append(each)
    return made


def _objects(page: dict[str, Any]) -> Iterator[_Object]:
    for each in page.get("Versions", []):
        yield _Object(each["Key"], each["VersionId"], False)
    for each in page.get("DeleteMarkers", []):
        yield _Object(each["Key"], each["VersionId"], True)


def _pages(bucket: str, prefix: str) -> Iterator[Any]:
    return iter(storage.client().get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix))


def _is_made_from(key: str, objects: list[_Object]) -> bool:
    """Return whether the metadata of `objects`, which share an id, name the upload `key`."""
    for each in objects:
        if each.is_marker:
            continue
        place: Any = {"Bucket": storage.processed_bucket(), "Key": each.key, "VersionId": each.version}
        try:
            metadata = storage.client().head_object(**place)["Metadata"]
        except ClientError as error:
            if storage.is_missing(error):  # deleted meanwhile
                continue
            raise
        return naming.plain_text(metadata.get("source-key", "")) == key
    return False
