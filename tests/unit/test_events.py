"""Events as S3 sends them."""

import json
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
    [{}, {"Records": "x"}, {"Records": [{}]}, {"Records": [{"s3": {}}]}, {"Records": [record(size="many")]}],
)
def test_another_event_is_an_error(event: dict[str, Any]) -> None:
    with pytest.raises(EventError, match="expected an S3"):
        list(uploads(event))
