"""Uploads with their objects in the processed bucket."""

import tracemalloc
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.utils import parse_timestamp
from hypothesis import given
from hypothesis import strategies as st

from pipeline.deployed import listing
from pipeline.deployed.deployment import Deployment, client, parse_time
from pipeline.deployed.function import VARIANTS, Upload
from pipeline.deployed.listing import Found, Window, find_uploads
from pipeline.deployed.unread import drop_unread

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TIME = datetime(2026, 1, 31, 12, tzinfo=UTC)

# Few letters, so that keys begin alike; what sorts before and after the dot and the underscore among them.
keys = st.text("aB0_-./~é日", min_size=1, max_size=6) | st.text("ab", min_size=890, max_size=1010)
uploads = st.lists(st.tuples(keys, st.sampled_from(["etag1", "etag2"])), max_size=25)


def found(key: str, etag: str) -> Found:
    return Found(Upload("upload", key, etag, "v", 1), NOW)


@given(uploads, st.randoms(), st.integers(1, 30))
def test_each_upload_has_its_objects(named: list[tuple[str, str]], random, size: int) -> None:  # type: ignore[no-untyped-def]
    uploads = sorted((found(*each) for each in named), key=lambda each: each.upload.key.encode())
    everything = {key for each in uploads for key in each.expected.values()}
    present = {key for key in everything if random.random() < 0.6} | {"a_other.png", "zzz"}
    seen = list(joined(uploads, present, size))
    assert sorted(map(id, seen)) == sorted(map(id, uploads))
    for each in seen:
        assert each.keys == {name: key for name, key in each.expected.items() if key in present}


@given(uploads, st.integers(1, 30))
def test_ranges_of_keys_do_not_overlap(named: list[tuple[str, str]], size: int) -> None:
    uploads = sorted((found(*each) for each in named), key=lambda each: each.upload.key.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "WINDOW_SIZE", size)
        windows = list(listing.split(iter(uploads)))
    assert all(window.end == following.start for window, following in pairwise(windows))
    assert all(window.end is None for window in windows[-1:])


def test_memory_does_not_grow_with_the_buckets() -> None:
    assert peak_of(5_000) < 1.5 * peak_of(500) + 100_000


def peak_of(count: int) -> int:
    """Bytes at the peak, for uploads whose names sort otherwise than their objects': IMG_1 after IMG_10."""
    names = sorted(f"IMG_{number}.jpg" for number in range(count))
    keys = {key for name in names for key in found(name, "e").expected.values()}
    tracemalloc.start()
    complete = sum(each.keys == each.expected for each in joined((found(name, "e") for name in names), keys, 50))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert complete == count
    return peak


def joined(uploads: Iterable[Found], present: Collection[str], size: int) -> Iterator[Found]:
    """Yield `uploads` with those of their objects that are `present`, from windows of `size` uploads."""

    def list_objects(window: Window) -> dict[str, datetime]:
        expected = (key for each in window.uploads for key in each.expected.values() if key in present)
        return {key: NOW for key in expected if window.start < key and (window.end is None or key <= window.end)}

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as readers:
        patch.setattr(listing, "WINDOW_SIZE", size)
        yield from listing.join(listing.split(iter(uploads)), list_objects, readers)


class Buckets:
    """S3 with `count` uploads and all their objects, one upload or the objects of one a page. Counts the pages read."""

    def __init__(self, count: int) -> None:
        self.uploads = [found(f"IMG_{number:05}.jpg", "e") for number in range(count)]
        self.pages = 0
        self.meta = Mock()

    def get_paginator(self, operation: str) -> Mock:
        return Mock(paginate=getattr(self, operation))

    def list_object_versions(self, **_: Any) -> Iterator[dict[str, Any]]:
        version = {"ETag": '"e"', "VersionId": "v", "Size": 1, "LastModified": NOW, "IsLatest": True}
        for each in self.uploads:
            self.pages += 1
            yield {"Versions": [{"Key": each.upload.key, **version}]}

    def list_objects_v2(self, **request: Any) -> Iterator[dict[str, Any]]:
        for each in self.uploads:
            keys = [key for key in sorted(each.expected.values()) if key > request["StartAfter"]]
            if keys:
                self.pages += 1
                yield {"Contents": [{"Key": key, "LastModified": NOW} for key in keys]}


def test_pages_are_read_a_little_ahead_and_not_all(monkeypatch: pytest.MonkeyPatch) -> None:
    buckets = Buckets(500)
    deployment = Deployment("upload", "processed", "processor", "http://queue", "us-east-1")
    functions = Mock(get_function_configuration=lambda **_: {"Environment": {"Variables": {}}})
    vars(deployment).update(listings=buckets, functions=functions)  # instead of the cached properties
    monkeypatch.setattr(listing, "WINDOW_SIZE", 1)
    uploads = find_uploads(deployment)
    for number in range(100):
        assert len(next(uploads).keys) == len(VARIANTS) + 1
        assert buckets.pages <= 3 * (number + 6)
    assert sum(1 for _ in uploads) == 400


def test_only_what_nobody_reads_is_removed_from_a_listing() -> None:
    content = (
        b"<Key>a&lt;ETag&gt;</Key><VersionId>v</VersionId><IsLatest>true</IsLatest><Size>7</Size><ETag>e</ETag>"
        b"<LastModified>2026-01-31T12:00:00.000Z</LastModified><StorageClass>STANDARD</StorageClass>"
        b"<Owner><ID>1</ID><DisplayName>me</DisplayName></Owner>"
    )
    version = {"Key": "a<ETag>", "VersionId": "v", "IsLatest": True, "Size": 7, "ETag": "e", "LastModified": TIME}
    answer = b"<ListVersionsResult><Version>" + content + b"</Version></ListVersionsResult>"
    assert listed("list_object_versions", answer)["Versions"] == [version]
    answer = b"<ListBucketResult><Contents>" + content + b"</Contents></ListBucketResult>"
    assert listed("list_objects_v2", answer)["Contents"] == [{"Key": "a<ETag>", "LastModified": TIME}]


def listed(operation: str, answer: bytes) -> Any:
    """Return what `operation` returns if S3 answers with the body `answer`."""
    s3 = client("s3", "us-east-1", "http://127.0.0.1:1")
    drop_unread(s3)
    response = AWSResponse(s3.meta.endpoint_url, 200, HTTPHeaders(), Mock(stream=lambda: iter([answer])))
    s3.meta.events.register("before-send.s3", lambda **_: response)
    return getattr(s3, operation)(Bucket="bucket")


@pytest.mark.parametrize(
    "text", ["2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00Z", "Sat, 31 Jan 2026 12:00:00 GMT", "1769860800"]
)
def test_times_are_what_botocore_makes_of_them(text: str) -> None:
    assert parse_time(text) == parse_timestamp(text) == datetime(2026, 1, 31, 12, tzinfo=UTC)
