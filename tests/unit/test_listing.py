"""Uploads with their objects in the processed bucket."""

import tracemalloc
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pipeline.deployed.function import Upload
from pipeline.deployed.listing import Found, Stored, expected_keys, join

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


def listed(names: list[str]) -> Iterator[Found]:
    return (found(name, "e") for name in names)


def stored(keys: Iterable[str]) -> Iterator[Stored]:
    return (Stored(key, NOW) for key in keys)
