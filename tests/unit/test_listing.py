"""Uploads with their objects in the processed bucket."""

import tracemalloc
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.utils import parse_timestamp
from hypothesis import given
from hypothesis import strategies as st

from pipeline.deployed.deployment import Deployment, parse_time
from pipeline.deployed.function import VARIANTS, Upload
from pipeline.deployed.listing import Found, Stored, expected_keys, find_uploads, join

NOW = datetime(2026, 1, 1, tzinfo=UTC)

# Few letters, so that keys begin alike; what sorts before and after the dot and the underscore among them.
keys = st.text("aB0_-./~é日", min_size=1, max_size=6) | st.text("ab", min_size=890, max_size=1010)
uploads = st.lists(st.tuples(keys, st.sampled_from(["etag1", "etag2"])), max_size=25)


def found(key: str, etag: str) -> Found:
    return Found(Upload("upload", key, etag, "v", 1), NOW)


@given(uploads, st.randoms())
def test_each_upload_has_its_objects(named: list[tuple[str, str]], random) -> None:  # type: ignore[no-untyped-def]
    listed = sorted((found(*each) for each in named), key=lambda each: each.upload.key.encode())
    everything = {key for each in listed for key in expected_keys(each.upload).values()}
    present = {key for key in everything if random.random() < 0.6} | {"a_other.png", "zzz"}
    seen = list(join(listed, stored(sorted(present, key=str.encode))))
    assert sorted(map(id, seen)) == sorted(map(id, listed))
    for each in seen:
        assert each.keys == {name: key for name, key in expected_keys(each.upload).items() if key in present}


def test_memory_does_not_grow_with_the_buckets() -> None:
    assert peak_of(5_000) < 1.5 * peak_of(500) + 100_000


def peak_of(count: int) -> int:
    """Bytes at the peak, for uploads whose names sort otherwise than their objects': IMG_1 after IMG_10."""
    names = sorted(f"IMG_{number}.jpg" for number in range(count))
    keys = sorted(key for name in names for key in expected_keys(found(name, "e").upload).values())
    tracemalloc.start()
    complete = sum(len(each.keys) == len(expected_keys(each.upload)) for each in join(listed(names), stored(keys)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert complete == count
    return peak


class Bucket:
    """S3 with `count` uploads and all their variants, one upload a page. `pages` counts the pages that were read."""

    def __init__(self, count: int) -> None:
        names = sorted(f"IMG_{number:05}.jpg" for number in range(count))
        keys = [sorted(expected_keys(found(name, "e").upload).values()) for name in names]
        version = {"ETag": '"e"', "VersionId": "v", "Size": 1, "LastModified": NOW, "IsLatest": True}
        self.pages = 0
        self._pages = {
            "list_object_versions": [{"Versions": [{"Key": name, **version}]} for name in names],
            "list_objects_v2": [{"Contents": [{"Key": key, "LastModified": NOW} for key in page]} for page in keys],
        }
        self.meta = Mock()

    def get_paginator(self, operation: str) -> Mock:
        return Mock(paginate=lambda **_: self._read(self._pages[operation]))

    def _read(self, pages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for page in pages:
            self.pages += 1
            yield page


def test_pages_are_read_one_ahead_and_not_all() -> None:
    bucket = Bucket(500)
    deployment = Deployment("upload", "processed", "processor", "http://queue", "us-east-1")
    functions = Mock(get_function_configuration=lambda **_: {"Environment": {"Variables": {}}})
    vars(deployment).update(s3=bucket, functions=functions)  # instead of the cached properties
    uploads = find_uploads(deployment)
    for number in range(100):
        assert len(next(uploads).keys) == len(VARIANTS) + 1
        assert bucket.pages <= 2 * (number + 4)
    assert sum(1 for _ in uploads) == 400
    assert bucket.pages == 1000


@pytest.mark.parametrize(
    "text", ["2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00Z", "Sat, 31 Jan 2026 12:00:00 GMT", "1769860800"]
)
def test_times_are_what_botocore_makes_of_them(text: str) -> None:
    assert parse_time(text) == parse_timestamp(text) == datetime(2026, 1, 31, 12, tzinfo=UTC)


def listed(names: list[str]) -> Iterator[Found]:
    return (found(name, "e") for name in names)


def stored(keys: Iterable[str]) -> Iterator[Stored]:
    return (Stored(key, NOW) for key in keys)
