"""List the uploads: every version of each object in the upload bucket."""

from collections.abc import Iterator
from concurrent.futures import Executor
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload, Versions
from pipeline.deployed.key_encoding import encode_keys_of

PAGE_SIZE = 5_000  # S3 returns 1,000 entries at most. MiniStack sorts the whole bucket for each page


class Version(NamedTuple):
    """A version of an upload, or a delete marker, which has no size."""

    upload: Upload
    time: datetime
    is_latest: bool
    is_marker: bool


def list_uploads(deployment: Deployment, reader: Executor, prefix: str) -> Iterator[Version]:
    """Yield the versions of each upload whose key starts with `prefix`, sorted by key. `reader` fetches the pages.

    Versions that a delete marker hides are left out if the function has deleted their variants.
    """
    listed = _list_versions(deployment, reader, prefix)
    if deletes_variants(deployment):
        listed = _drop_hidden(listed)
    for version in listed:
        if version.upload.size and not version.is_marker and deployment.takes(version.upload.key):
            yield version


def deletes_variants(deployment: Deployment) -> bool:
    """Return whether the function deletes variants with their upload."""
    configuration = deployment.functions.get_function_configuration(FunctionName=deployment.function_name)
    return configuration["Environment"]["Variables"].get("DELETE_VARIANTS_WITH_UPLOAD") == "true"


def _list_versions(deployment: Deployment, reader: Executor, prefix: str) -> Iterator[Version]:
    """Yield all versions and delete markers. While a page is in use, `reader` fetches the next one."""
    encode_keys_of(deployment.listings)
    bucket = deployment.upload_bucket
    pages = deployment.listings.get_paginator("list_object_versions").paginate(
        Bucket=bucket, Prefix=prefix, PaginationConfig={"PageSize": PAGE_SIZE}
    )
    versions = (_read_page(bucket, page) for page in pages)
    coming = reader.submit(next, versions, None)
    while (page := coming.result()) is not None:
        coming = reader.submit(next, versions, None)
        yield from page


def _read_page(bucket: str, page: Any) -> list[Version]:
    listed = [_version(bucket, each, is_marker=False) for each in page.get("Versions", [])]
    listed += [_version(bucket, each, is_marker=True) for each in page.get("DeleteMarkers", [])]
    return sorted(listed, key=lambda version: version.upload.key.encode())


def _version(bucket: str, listed: Any, *, is_marker: bool) -> Version:
    etag = listed.get("ETag", "").strip('"')
    upload = Upload(bucket, listed["Key"], etag, listed["VersionId"], listed.get("Size", 0))
    return Version(upload, listed["LastModified"], listed["IsLatest"], is_marker)


def _drop_hidden(listed: Iterator[Version]) -> Iterator[Version]:
    """Yield the versions that no delete marker hides."""
    for _, group in groupby(listed, key=lambda version: version.upload.key):
        versions = list(group)
        uploads = {version.upload: version.time for version in versions if not version.is_marker}
        latest = next((each.upload for each in versions if each.is_latest and not each.is_marker), None)
        hidden = max((version.time for version in versions if version.is_marker), default=None)
        existing = Versions(uploads, latest, hidden).existing()
        yield from (version for version in versions if version.upload.id in existing)
