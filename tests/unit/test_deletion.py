"""Variants are deleted with their upload, in whatever order S3's events arrive."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import md5
from typing import Any

import pytest
from botocore.exceptions import ClientError

import naming
import storage
from events import Upload
from imaging.rejection import Rejected
from lambda_function import VARIANTS, UploadsFailedError, lambda_handler
from tests.integration.images import encoded, quarters
from tests.integration.schema import check
from tests.unit.versions import Versions

ONE, TWO = encoded(quarters(16, 12), "PNG"), encoded(quarters(32, 12), "PNG")
KEY = "users/a photo.png"
REMOVED = ["ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated", "LifecycleExpiration:Delete"]
Send = Callable[..., dict[str, Any]]


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Versions:
    """The buckets, for a function that deletes variants with their upload."""
    versions = Versions()
    monkeypatch.setenv("PROCESSED_BUCKET", "processed")
    monkeypatch.setenv("DELETE_VARIANTS_WITH_UPLOAD", "true")
    monkeypatch.setattr(storage, "client", lambda: versions)

    def read(upload: Upload) -> bytes:
        for each in versions.stored:
            if each.version == upload.version and each.content:
                return each.content
        raise Rejected(storage.GONE, "gone")

    monkeypatch.setattr(storage, "read", read)
    return versions


def upload(s3: Versions, content: bytes, key: str = KEY) -> Upload:
    """Upload `content`; the function isn't invoked."""
    return Upload("upload", key, etag(content), s3.put("upload", key, content), len(content))


def etag(content: bytes) -> str:
    return md5(content, usedforsecurity=False).hexdigest()


def process(created: Upload) -> dict[str, Any]:
    """Give the event of an upload to the function, and return the outcome."""
    described = {"key": quoted(created.key), "eTag": created.etag, "size": created.size, "versionId": created.version}
    return invoke({"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "upload"}, "object": described}})


def remove(key: str = KEY, name: str = REMOVED[0], version: str = "v?") -> dict[str, Any]:
    """Give the event of a removal to the function, and return the outcome."""
    described = {"key": quoted(key), "versionId": version, "sequencer": "0"}
    return invoke({"eventName": name, "s3": {"bucket": {"name": "upload"}, "object": described}})


def invoke(record: dict[str, Any]) -> dict[str, Any]:
    answer = lambda_handler({"Records": [record]}, None)
    check(answer)
    outcome: dict[str, Any] = answer["outcomes"][0]
    return outcome


def quoted(key: str) -> str:
    return key.replace(" ", "+")


def ids(s3: Versions) -> set[str]:
    """Return the ids of the uploads that have objects in the processed bucket."""
    return {key.rpartition("_")[2].partition(".")[0] for key in s3.keys("processed")}


@pytest.mark.parametrize("name", REMOVED)
def test_variants_of_a_hidden_upload_are_deleted(name: str, s3: Versions) -> None:
    process(upload(s3, ONE))
    assert len(s3.keys("processed")) == len(VARIANTS)
    marker = s3.put("upload", KEY, None)
    outcome = remove(name=name, version=marker)
    assert not s3.keys("processed")
    assert (outcome["outcome"], outcome["key"], outcome["version"]) == ("deleted", KEY, marker)
    assert len(outcome["deleted"]) == len(VARIANTS)


def test_a_rejection_record_is_deleted_with_its_upload(s3: Versions) -> None:
    letter = upload(s3, b"Dear Sir or Madam", "letter.txt")
    process(letter)
    assert len(s3.keys("processed")) == 1
    s3.remove(letter.version or "")
    assert remove("letter.txt")["deleted"] == [naming.rejection_key(letter)]
    assert not s3.keys("processed")


def test_earlier_versions_of_variants_and_their_markers_are_deleted_too(s3: Versions) -> None:
    first = upload(s3, ONE)
    process(first)
    process(first)
    s3.put("processed", naming.variant_key(first, VARIANTS[0]), None)
    s3.put("upload", KEY, None)
    remove()
    assert not [each for each in s3.stored if each.bucket == "processed"]


def test_deleting_a_version_deletes_only_its_own_variants(s3: Versions) -> None:
    first, second = upload(s3, ONE), upload(s3, TWO)
    process(first)
    process(second)
    s3.remove(first.version or "")
    remove()
    assert ids(s3) == {second.id}


def test_variants_stay_while_another_version_has_the_same_content(s3: Versions) -> None:
    first, again = upload(s3, ONE), upload(s3, ONE)
    process(first)
    process(again)
    s3.remove(again.version or "")
    assert remove()["deleted"] == []
    assert ids(s3) == {first.id}


def test_a_late_event_deletes_nothing_of_a_new_upload(s3: Versions) -> None:
    first = upload(s3, ONE)
    process(first)
    s3.put("upload", KEY, None)
    second = upload(s3, TWO)
    process(second)
    for _ in range(2):  # the second event is a duplicate
        remove()
        assert ids(s3) == {second.id}


def test_the_same_content_uploaded_again_keeps_its_variants(s3: Versions) -> None:
    first = upload(s3, ONE)
    process(first)
    s3.put("upload", KEY, None)
    process(upload(s3, ONE))
    assert remove()["deleted"] == []
    assert ids(s3) == {first.id}


def test_a_new_upload_that_was_started_before_the_removal_keeps_its_variants(s3: Versions) -> None:
    """S3's time of an upload in parts is that of its start."""
    s3.put("upload", KEY, None)
    second = upload(s3, ONE)
    s3.stored[-1] = replace(s3.stored[-1], time=s3.now - timedelta(minutes=5))
    process(second)
    remove()
    assert ids(s3) == {second.id}


def test_an_upload_in_the_same_second_as_a_delete_marker_exists(s3: Versions) -> None:
    first = upload(s3, ONE)
    s3.put("upload", KEY, None)
    s3.stored[-1] = replace(s3.stored[-1], time=s3.stored[-2].time)
    upload(s3, TWO)
    process(first)
    assert ids(s3) == {first.id}


@pytest.mark.parametrize("content", [ONE, b"Dear Sir or Madam"], ids=["picture", "no picture"])
def test_an_upload_whose_event_arrives_after_its_removal_leaves_no_objects(content: bytes, s3: Versions) -> None:
    hidden = upload(s3, content)
    s3.put("upload", KEY, None)
    remove()
    assert process(hidden)["outcome"] == "deleted"
    gone = upload(s3, content)
    s3.remove(gone.version or "")
    assert process(gone)["outcome"] == "deleted"
    assert not s3.keys("processed")


def test_deleting_a_delete_marker_neither_restores_nor_deletes_variants(s3: Versions) -> None:
    first = upload(s3, ONE)
    process(first)
    marker = s3.put("upload", KEY, None)
    remove(version=marker)
    s3.remove(marker)
    assert remove(version=marker)["deleted"] == []
    assert process(first)["outcome"] == "variants"  # as a backfill does
    assert ids(s3) == {first.id}


@pytest.mark.parametrize("other", ["users/a photo.jpg", "users/a photo_1.png", "users/a photo.png.png", "users/a"])
def test_uploads_with_similar_names_keep_their_variants(other: str, s3: Versions) -> None:
    first, neighbor = upload(s3, ONE), upload(s3, ONE, other)
    process(first)
    process(neighbor)
    s3.remove(first.version or "")
    remove()
    assert ids(s3) == {neighbor.id}
    assert len(s3.keys("processed")) == len(VARIANTS)


def test_objects_that_the_pipeline_did_not_make_stay(s3: Versions) -> None:
    s3.put("processed", "users/a photo_notes.txt", b"notes")
    s3.put("processed", "users/a photo_copy_0123456789ab.png", b"a copy of somebody's")
    assert remove()["deleted"] == []
    assert len(s3.keys("processed")) == 2


@pytest.mark.parametrize("length", [1000, 1024])
def test_variants_of_a_long_key_are_deleted_with_it(length: int, s3: Versions) -> None:
    key = ("é" * 512).encode()[: length - 4].decode() + ".png"
    process(upload(s3, ONE, key))
    assert len(s3.keys("processed")) == len(VARIANTS)
    s3.put("upload", key, None)
    remove(key)
    assert not s3.keys("processed")


def test_what_a_new_upload_writes_meanwhile_stays(s3: Versions, monkeypatch: pytest.MonkeyPatch) -> None:
    first = upload(s3, ONE)
    process(first)
    s3.put("upload", KEY, None)
    original = s3.paginate

    def paginate(**request: Any) -> Any:
        pages = [*original(**request)]
        if request["Bucket"] == "upload":  # after the versions were listed, and before anything is deleted
            monkeypatch.setattr(s3, "paginate", original)
            process(upload(s3, ONE))
        return iter(pages)

    monkeypatch.setattr(s3, "paginate", paginate)
    remove()
    assert ids(s3) == {first.id}
    assert len(s3.keys("processed")) == len(VARIANTS)


def test_a_refused_deletion_is_retried(s3: Versions, monkeypatch: pytest.MonkeyPatch) -> None:
    process(upload(s3, ONE))
    s3.put("upload", KEY, None)

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "on purpose"}}, "DeleteObject")

    monkeypatch.setattr(s3, "delete_object", refuse)
    with pytest.raises(UploadsFailedError, match="AccessDenied"):
        remove()


def test_eventbridge_reports_removals_too(s3: Versions) -> None:
    process(upload(s3, ONE))
    marker = s3.put("upload", KEY, None)
    detail = {"bucket": {"name": "upload"}, "object": {"key": KEY, "version-id": marker}}
    answer = lambda_handler({"source": "aws.s3", "detail-type": "Object Deleted", "detail": detail}, None)
    check(answer)
    assert len(answer["outcomes"][0]["deleted"]) == len(VARIANTS)
    assert not s3.keys("processed")


def test_nothing_is_deleted_by_default(s3: Versions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DELETE_VARIANTS_WITH_UPLOAD", "false")
    first = upload(s3, ONE)
    process(first)
    s3.put("upload", KEY, None)
    record = {"eventName": REMOVED[0], "s3": {"bucket": {"name": "upload"}, "object": {"key": quoted(KEY)}}}
    assert lambda_handler({"Records": [record]}, None)["outcomes"] == []
    assert process(first)["outcome"] == "variants"
    assert len(s3.keys("processed")) == len(VARIANTS)
