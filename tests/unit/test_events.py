"""Events as S3 sends them."""

import json
from contextlib import suppress
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import EventError, Upload, uploads


def record(**changes: Any) -> dict[str, Any]:
    described = {"key": "photo.jpg", "size": 10, "eTag": "a" * 32, "versionId": "v1", "sequencer": "0"} | changes
    return {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "upload"}, "object": described}}


def test_an_event_names_its_uploads() -> None:
    event = {"Records": [record(), record(key="folder/two.png", eTag="b" * 32, versionId="v2", size=20)]}
    assert list(uploads(event)) == [
        Upload("upload", "photo.jpg", "a" * 32, "v1", 10),
        Upload("upload", "folder/two.png", "b" * 32, "v2", 20),
    ]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_key_is_read_as_it_was_written(key: str) -> None:
    (upload,) = uploads({"Records": [record(key=quote_plus(key))]})
    assert upload.key == key


def test_quotes_around_the_etag_are_no_part_of_it() -> None:
    (upload,) = uploads({"Records": [record(eTag='"abc"')]})
    assert upload.etag == "abc"


def test_without_versioning_there_is_no_version() -> None:
    event = {"Records": [record()]}
    del event["Records"][0]["s3"]["object"]["versionId"]
    assert next(uploads(event)).version is None


def test_folder_markers_are_ignored_with_a_log_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(uploads({"Records": [record(key="folder/", size=0)]})) == []
    assert json.loads(capsys.readouterr().out)["key"] == "folder/"


def test_the_test_event_of_a_new_notification_is_ignored() -> None:
    assert list(uploads({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "upload"})) == []


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Records": "x"},
        {"Records": [{}]},
        {"Records": [{"s3": {}}]},
        {"Records": [record(size="many")]},
        {"Records": [record(size=float("inf"))]},
        {"Records": [record(size=-1)]},
        {"Records": [record(key="\ud800")]},
        {"Records": [record(key="%ff")]},
        {"Records": [record(eTag=5)]},
        {"Records": [record(versionId=[])]},
        {"Records": [None]},
        [],
        None,
        "x",
    ],
)
def test_another_event_is_an_error(event: Any) -> None:
    with pytest.raises(EventError, match="expected an S3"):
        list(uploads(event))


def test_a_bad_record_does_not_stop_those_behind_it() -> None:
    found = uploads({"Records": [{}, record()]})
    assert next(found).key == "photo.jpg"
    with pytest.raises(EventError, match=r"s3\.bucket\.name"):
        next(found)


def test_removals_are_ignored_with_a_log_line(capsys: pytest.CaptureFixture[str]) -> None:
    removal = {"eventName": "ObjectRemoved:Delete", "s3": {"bucket": {"name": "upload"}, "object": {"key": "a"}}}
    assert list(uploads({"Records": [removal]})) == []
    assert json.loads(capsys.readouterr().out)["event_name"] == "ObjectRemoved:Delete"


def test_uploads_to_the_processed_bucket_are_ignored(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROCESSED_BUCKET", "upload")
    assert list(uploads({"Records": [record()]})) == []
    assert "ignored" in json.loads(capsys.readouterr().out)["message"]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["s3", "object", "bucket"]), inner),
    max_leaves=8,
)


@given(values, st.sampled_from(["key", "size", "eTag", "versionId"]))
def test_any_value_gives_an_upload_or_an_event_error(value: Any, name: str) -> None:
    for event in (value, {"Records": value}, {"Records": [value]}, {"Records": [record(**{name: value})]}):
        with suppress(EventError):
            assert all(upload.id for upload in uploads(event))
