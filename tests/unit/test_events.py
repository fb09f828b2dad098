"""Events as S3 sends them, directly and through EventBridge."""

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


def eventbridge_event(**changes: Any) -> dict[str, Any]:
    """Return the first example on https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html."""
    described = {
        "key": "example-key",
        "size": 5,
        "etag": "b1946ac92492d2347c6235b4d2611184",
        "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
        "sequencer": "617f08299329d189",
    }
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "111122223333",
        "time": "2021-11-12T00:00:00Z",
        "region": "ca-central-1",
        "resources": ["arn:aws:s3:::amzn-s3-demo-bucket1"],
        "detail": {
            "version": "0",
            "bucket": {"name": "amzn-s3-demo-bucket1"},
            "object": described | changes,
            "request-id": "N4N7GDK58NMKJ12R",
            "requester": "123456789012",
            "source-ip-address": "1.2.3.4",
            "reason": "PutObject",
        },
    }


def test_an_event_names_its_uploads() -> None:
    event = {"Records": [record(), record(key="folder/two.png", eTag="b" * 32, versionId="v2", size=20)]}
    assert list(uploads(event)) == [
        Upload("upload", "photo.jpg", "a" * 32, "v1", 10),
        Upload("upload", "folder/two.png", "b" * 32, "v2", 20),
    ]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_key_is_decoded(key: str) -> None:
    (upload,) = uploads({"Records": [record(key=quote_plus(key))]})
    assert upload.key == key


def test_an_eventbridge_event_names_its_upload() -> None:
    assert list(uploads(eventbridge_event())) == [
        Upload(
            "amzn-s3-demo-bucket1",
            "example-key",
            "b1946ac92492d2347c6235b4d2611184",
            "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
            5,
        )
    ]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1) | st.just("a+b%20c.jpg"))
def test_eventbridge_does_not_encode_keys(key: str) -> None:
    (upload,) = uploads(eventbridge_event(key=key))
    assert upload.key == key


def test_an_upload_has_the_same_id_in_both_kinds_of_events() -> None:
    (notified,) = uploads({"Records": [record(key="a+b.jpg", eTag="abc")]})
    (bridged,) = uploads(eventbridge_event(key="a b.jpg", etag="abc"))
    assert notified.id == bridged.id


def test_quotes_around_the_etag_are_removed() -> None:
    (upload,) = uploads({"Records": [record(eTag='"abc"')]})
    assert upload.etag == "abc"


def test_without_versioning_there_is_no_version() -> None:
    notified, bridged = record(), eventbridge_event()
    del notified["s3"]["object"]["versionId"]
    del bridged["detail"]["object"]["version-id"]
    assert next(uploads({"Records": [notified]})).version is None
    assert next(uploads(bridged)).version is None


def test_folder_markers_are_ignored_with_a_log_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(uploads({"Records": [record(key="folder/", size=0)]})) == []
    assert json.loads(capsys.readouterr().out)["key"] == "folder/"


def test_the_test_event_of_a_new_notification_is_ignored() -> None:
    assert list(uploads({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "upload"})) == []


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({}, "an S3 event notification with a list in Records, not None"),
        ([], "an S3 event notification with a list in Records, not None"),
        (None, "an S3 event notification with a list in Records, not None"),
        ("x", "an S3 event notification with a list in Records, not None"),
        (float("inf"), "an S3 event notification with a list in Records, not None"),
        ({"Records": None}, "an S3 event notification with a list in Records, not None"),
        ({"Records": "x"}, "an S3 event notification with a list in Records, not 'x'"),
        ({"Records": {"0": {}}}, "an S3 event notification with a list in Records, not {'0': {}}"),
        ({"Event": ["s3:TestEvent"]}, "an S3 event notification with a list in Records, not None"),
    ],
)
def test_an_event_of_another_shape_is_an_error(event: Any, expected: str) -> None:
    with pytest.raises(EventError) as raised:
        list(uploads(event))
    assert str(raised.value) == f"expected {expected}"


def without(path: str) -> dict[str, Any]:
    """Return a record without the field at `path`."""
    changed = record()
    *parents, name = path.split(".")
    holder = changed
    for parent in parents:
        holder = holder[parent]
    del holder[name]
    return changed


NESTED: list[Any] = []
for _ in range(500):
    NESTED = [NESTED]

BAD_RECORDS: list[tuple[Any, str]] = [
    (None, "text in s3.bucket.name, not None"),
    ([], "text in s3.bucket.name, not None"),
    ("x", "text in s3.bucket.name, not None"),
    ({}, "text in s3.bucket.name, not None"),
    (NESTED, "text in s3.bucket.name, not None"),
    ({"s3": {}}, "text in s3.bucket.name, not None"),
    ({"s3": None}, "text in s3.bucket.name, not None"),
    ({"s3": {"bucket": "upload"}}, "text in s3.bucket.name, not None"),
    ({"s3": {"bucket": {"name": 5}}}, "text in s3.bucket.name, not 5"),
    ({"s3": {"bucket": {"name": ""}}}, "text in s3.bucket.name, which is empty"),
    ({"s3": {"bucket": {"name": "\ud800"}}}, "Unicode text in s3.bucket.name, not '\\ud800'"),
    (record() | {"eventName": 5}, "text in eventName, not 5"),
    (record() | {"eventName": ["ObjectCreated:Put"]}, "text in eventName, not ['ObjectCreated:Put']"),
    (record() | {"eventName": "ObjectCreated:\udcff"}, "Unicode text in eventName, not 'ObjectCreated:\\udcff'"),
    (without("s3.object"), "text in s3.object.key, not None"),
    (without("s3.object.key"), "text in s3.object.key, not None"),
    (without("s3.object.eTag"), "text in s3.object.eTag, not None"),
    (without("s3.object.size"), "a number of bytes in s3.object.size, not None"),
    (record(key=""), "text in s3.object.key, which is empty"),
    (record(key=b"photo.jpg"), "text in s3.object.key, not b'photo.jpg'"),
    (record(key="\ud800"), "Unicode text in s3.object.key, not '\\ud800'"),
    (record(key="%ff"), "UTF-8 in s3.object.key, not '%ff'"),
    (record(key="%ed%a0%80"), "UTF-8 in s3.object.key, not '%ed%a0%80'"),
    (record(eTag=5), "text in s3.object.eTag, not 5"),
    (record(eTag=""), "text in s3.object.eTag, which is empty"),
    (record(eTag='""'), "printable ASCII in s3.object.eTag, not ''"),
    (record(eTag="é"), "printable ASCII in s3.object.eTag, not 'é'"),
    (record(eTag="a\r\nx-amz-acl: public-read"), "printable ASCII in s3.object.eTag, not"),
    (record(versionId=[]), "text in s3.object.versionId, not []"),
    (record(versionId="v 1"), "printable ASCII in s3.object.versionId, not 'v 1'"),
    (record(size="many"), "a number of bytes in s3.object.size, not 'many'"),
    (record(size=10.0), "a number of bytes in s3.object.size, not 10.0"),
    (record(size=float("inf")), "a number of bytes in s3.object.size, not inf"),
    (record(size=float("nan")), "a number of bytes in s3.object.size, not nan"),
    (record(size=True), "a number of bytes in s3.object.size, not True"),
    (record(size=-1), "a number of bytes in s3.object.size, not -1"),
    (record(size=NESTED), "a number of bytes in s3.object.size, not [["),
]


@pytest.mark.parametrize(("bad", "expected"), BAD_RECORDS)
def test_a_bad_record_does_not_stop_later_ones(bad: Any, expected: str) -> None:
    found = uploads({"Records": [record(key="one"), bad, record(key="two")]})
    assert [next(found).key, next(found).key] == ["one", "two"]
    with pytest.raises(EventError) as raised:
        next(found)
    assert str(raised.value).startswith(f"expected an S3 record with {expected}")


def test_each_bad_record_is_in_the_error() -> None:
    with pytest.raises(EventError, match=r"eTag, not 5; expected .*size, not -1$"):
        list(uploads({"Records": [record(eTag=5), record(size=-1)]}))


def test_removals_are_ignored_with_a_log_line(capsys: pytest.CaptureFixture[str]) -> None:
    removal = {"eventName": "ObjectRemoved:Delete", "s3": {"bucket": {"name": "upload"}, "object": {"key": "a"}}}
    assert list(uploads({"Records": [removal]})) == []
    assert json.loads(capsys.readouterr().out)["event_name"] == "ObjectRemoved:Delete"


def test_other_eventbridge_events_of_s3_are_ignored_with_a_log_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(uploads(eventbridge_event() | {"detail-type": "Object Restore Completed"})) == []
    assert json.loads(capsys.readouterr().out)["event_name"] == "Object Restore Completed"


def test_eventbridge_events_of_another_service_are_an_error() -> None:
    with pytest.raises(EventError, match="expected an S3 event notification with a list in Records, not None"):
        list(uploads(eventbridge_event() | {"source": "aws.ec2"}))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"key": ""}, "text in detail.object.key, which is empty"),
        ({"etag": None}, "text in detail.object.etag, not None"),
        ({"version-id": "v 1"}, "printable ASCII in detail.object.version-id, not 'v 1'"),
        ({"size": "5"}, "a number of bytes in detail.object.size, not '5'"),
    ],
)
def test_a_bad_eventbridge_event_is_an_error(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(EventError) as raised:
        list(uploads(eventbridge_event(**changes)))
    assert str(raised.value) == f"expected an S3 record with {expected}"


@pytest.mark.parametrize(
    ("event", "bucket"),
    [({"Records": [record()]}, "upload"), (eventbridge_event(), "amzn-s3-demo-bucket1")],
    ids=["notification", "EventBridge"],
)
def test_uploads_to_the_processed_bucket_are_ignored(
    event: dict[str, Any], bucket: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROCESSED_BUCKET", bucket)
    assert list(uploads(event)) == []
    assert "ignored" in json.loads(capsys.readouterr().out)["message"]


texts = st.text(st.characters(exclude_categories=[]))  # lone surrogates too
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts | st.sampled_from(["s3", "object", "bucket", "name"]), inner),
    max_leaves=8,
)
PATHS = [
    "eventName",
    "s3",
    "s3.bucket",
    "s3.bucket.name",
    "s3.object",
    *(f"s3.object.{name}" for name in ("key", "size", "eTag", "versionId")),
]


@given(values, st.sampled_from(PATHS))
def test_any_value_gives_an_upload_or_an_event_error(value: Any, path: str) -> None:
    *parents, name = path.split(".")
    changed = holder = record()
    for parent in parents:
        holder = holder[parent]
    holder[name] = value
    for event in (value, {"Records": value}, {"Records": [value]}, {"Records": [changed]}):
        with suppress(EventError):
            for upload in uploads(event):
                assert upload.id
                assert f"{upload.etag}{upload.version}".isascii()
