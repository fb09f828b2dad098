"""List the versions of objects, and the uploads, which are all versions in the upload bucket."""

from collections.abc import Iterator
from concurrent.futures import Executor
from datetime import datetime
from itertools import chain, groupby
from typing import Any, NamedTuple

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload, Versions
from pipeline.deployed.key_encoding import encode_keys_of

PAGE_SIZE = 5_000  # S3 returns 1,000 entries at most. MiniStack sorts the whole bucket for each page


class Version(NamedTuple):
    """One version of an object, or a delete marker, which has no ETag and no size."""

    bucket: str
    key: str
    id: str
    etag: str
    size: int
    time: datetime
    is_latest: bool
    is_marker: bool

    @property
    def upload(self) -> Upload:
        return Upload(self.bucket, self.key, self.etag, self.id, self.size)


def list_versions(deployment: Deployment, bucket: str, prefix: str) -> Iterator[Version]:
    """Yield all versions and delete markers of the keys in `bucket` that start with `prefix`, sorted by key."""
    return chain.from_iterable(_pages(deployment, bucket, prefix))


def list_uploads(deployment: Deployment, reader: Executor, prefix: str) -> Iterator[Version]:
    """Yield the versions of each upload whose key starts with `prefix`, sorted by key. `reader` fetches the pages.

    Versions that a delete marker hides are left out if the function has deleted their variants.
    """
    listed = _read_ahead(reader, _pages(deployment, deployment.upload_bucket, prefix))
    if deletes_variants(deployment):
        listed = _drop_hidden(listed)
    for version in listed:
        if version.size and not version.is_marker and deployment.takes(version.key):
            yield version


def deletes_variants(deployment: Deployment) -> bool:
    """Return whether the function deletes variants with their upload."""
    configuration = deployment.functions.get_function_configuration(FunctionName=deployment.function_name)
    return configuration["Environment"]["Variables"].get("DELETE_VARIANTS_WITH_UPLOAD") == "true"


def _pages(deployment: Deployment, bucket: str, prefix: str) -> Iterator[list[Version]]:
    encode_keys_of(deployment.listings)
    pages = deployment.listings.get_paginator("list_object_versions").paginate(
        Bucket=bucket, Prefix=prefix, PaginationConfig={"PageSize": PAGE_SIZE}
    )
    return (_read_page(bucket, page) for page in pages)


def _read_page(bucket: str, page: Any) -> list[Version]:
    listed = [_version(bucket, each, is_marker=False) for each in page.get("Versions", [])]
    listed += [_version(bucket, each, is_marker=True) for each in page.get("DeleteMarkers", [])]
    return sorted(listed, key=lambda version: version.key.encode())


def _version(bucket: str, listed: Any, *, is_marker: bool) -> Version:
    etag, size = listed.get("ETag", "").strip('"'), listed.get("Size", 0)
    key, number, time, is_latest = (listed[name] for name in ("Key", "VersionId", "LastModified", "IsLatest"))
    return Version(bucket, key, number, etag, size, time, is_latest, is_marker)


def _read_ahead(reader: Executor, pages: Iterator[list[Version]]) -> Iterator[Version]:
    """Yield the versions on `pages`. While a page is in use, `reader` fetches the next one."""
    coming = reader.submit(next, pages, None)
    while (page := coming.result()) is not None:
        coming = reader.submit(next, pages, None)
        yield from page


def _drop_hidden(listed: Iterator[Version]) -> Iterator[Version]:
    """Yield the versions that no delete marker hides."""
    for _, group in groupby(listed, key=lambda version: version.key):
        versions = list(group)
        uploads = {version.upload: version.time for version in versions if not version.is_marker}
        latest = next((each.upload for each in versions if each.is_latest and not each.is_marker), None)
        hidden = max((version.time for version in versions if version.is_marker), default=None)
        existing = Versions(uploads, latest, hidden).existing()
        yield from (version for version in versions if version.upload.id in existing)
