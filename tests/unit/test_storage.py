"""Requests to S3."""

import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, IncompleteReadError
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

import naming
import storage
from events import Upload
from imaging.encode import Variant
from imaging.rejection import Rejected

UPLOAD = Upload("upload", "folder/photo.jpg", "0123456789abcdef", "v1", 3)
PNG = Variant("png", "PNG")
SIZE = (40, 30)


@pytest.fixture(scope="module")
def client() -> Any:
    return boto3.Session("test", "test", region_name="us-east-1").client("s3")


@pytest.fixture
def s3(client: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.setenv("PROCESSED_BUCKET", "processed")
    monkeypatch.setattr(storage, "client", lambda: client)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_the_version_that_the_event_names_is_read(s3: Stubber) -> None:
    body = StreamingBody(io.BytesIO(b"abc"), 3)
    s3.add_response(
        "get_object",
        {"Body": body},
        {"Bucket": "upload", "Key": UPLOAD.key, "ChecksumMode": "ENABLED", "VersionId": "v1"},
    )
    assert storage.read(UPLOAD) == b"abc"


def test_a_body_that_ends_early_is_an_error_and_not_a_rejection(s3: Stubber) -> None:
    s3.add_response("get_object", {"Body": StreamingBody(io.BytesIO(b"ab"), 3)})
    with pytest.raises(IncompleteReadError):
        storage.read(UPLOAD)


def test_without_a_version_the_etag_has_to_match(s3: Stubber) -> None:
    upload = Upload("upload", "a.jpg", "abc", None, 3)
    expected = {"Bucket": "upload", "Key": "a.jpg", "ChecksumMode": "ENABLED", "IfMatch": "abc"}
    s3.add_client_error("get_object", "PreconditionFailed", http_status_code=412, expected_params=expected)
    add_versions(s3, version("a.jpg", "null", "def"))
    with pytest.raises(Rejected, match="gone"):
        storage.read(upload)


@pytest.mark.parametrize("code", ["NoSuchVersion", "NoSuchKey"])
def test_a_deleted_version_is_gone(code: str, s3: Stubber) -> None:
    s3.add_client_error("get_object", code, http_status_code=404)
    add_versions(s3, version(UPLOAD.key, "v2"), version(UPLOAD.key + ".bak", "v1"))
    with pytest.raises(Rejected, match="gone before it was processed"):
        storage.read(UPLOAD)


@pytest.mark.parametrize("code", ["NoSuchVersion", "NoSuchKey"])
def test_a_version_that_s3_lists_but_cannot_find_yet_is_retried(code: str, s3: Stubber) -> None:
    s3.add_client_error("get_object", code, http_status_code=404)
    add_versions(s3, version(UPLOAD.key, "v2"), version(UPLOAD.key, "v1"))
    with pytest.raises(storage.UnreadableVersionError):
        storage.read(UPLOAD)


def test_an_unversioned_object_that_s3_lists_but_cannot_find_yet_is_retried(s3: Stubber) -> None:
    s3.add_client_error("get_object", "NoSuchKey", http_status_code=404)
    add_versions(s3, version("a.jpg", "null", "abc"))
    with pytest.raises(storage.UnreadableVersionError):
        storage.read(Upload("upload", "a.jpg", "abc", None, 3))


@pytest.mark.parametrize("encoding", [{}, {"EncodingType": "url"}], ids=["plain", "encoded"])
def test_the_listed_key_may_be_encoded(encoding: dict[str, str], s3: Stubber) -> None:
    upload = Upload("upload", "two words+é.jpg", "abc", "v1", 3)
    listed = "two%20words%2B%C3%A9.jpg" if encoding else upload.key
    s3.add_client_error("get_object", "NoSuchVersion", http_status_code=404)
    s3.add_response("list_object_versions", {"Versions": [version(listed, "v1")], **encoding})
    with pytest.raises(storage.UnreadableVersionError):
        storage.read(upload)


def test_a_refused_listing_is_raised(s3: Stubber) -> None:
    s3.add_client_error("get_object", "NoSuchVersion", http_status_code=404)
    s3.add_client_error("list_object_versions", "AccessDenied", http_status_code=403)
    with pytest.raises(ClientError, match="AccessDenied"):
        storage.read(UPLOAD)


def version(key: str, name: str, etag: str = UPLOAD.etag) -> dict[str, str]:
    """Return a version as S3 lists it."""
    return {"Key": key, "VersionId": name, "ETag": f'"{etag}"'}


def add_versions(s3: Stubber, *versions: dict[str, str]) -> None:
    """Let S3 list `versions`."""
    s3.add_response("list_object_versions", {"Versions": list(versions)})


def test_a_variant_exists_if_its_key_is_listed(s3: Stubber) -> None:
    webp = Variant("webp", "WEBP", quality=85)
    for variant, found in ((PNG, [naming.variant_key(UPLOAD, PNG)]), (webp, [])):
        expected = {"Bucket": "processed", "Prefix": naming.variant_key(UPLOAD, variant), "MaxKeys": 1}
        s3.add_response("list_objects_v2", {"Contents": [{"Key": key, "Size": 7} for key in found]}, expected)
    assert storage.find_variants(UPLOAD, [PNG, webp]) == {PNG: (naming.variant_key(UPLOAD, PNG), 7)}


def test_a_longer_key_is_another_object(s3: Stubber) -> None:
    s3.add_response("list_objects_v2", {"Contents": [{"Key": naming.variant_key(UPLOAD, PNG) + ".bak", "Size": 7}]})
    assert storage.find_variants(UPLOAD, [PNG]) == {}


@pytest.mark.parametrize("code", ["NoSuchBucket", "AccessDenied", "SlowDown", "InternalError"])
def test_a_temporary_error_is_raised(code: str, s3: Stubber) -> None:
    s3.add_client_error("get_object", code)
    with pytest.raises(ClientError, match=code):
        storage.read(UPLOAD)


def test_a_variant_is_stored_with_its_type_and_source(s3: Stubber) -> None:
    source = {"source-key": UPLOAD.key, "source-etag": UPLOAD.etag, "source-version": "v1"}
    metadata = {**source, "variant": "png", "settings": naming.settings_digest(PNG), "width": "40", "height": "30"}
    expected = {
        "Bucket": "processed",
        "Key": naming.variant_key(UPLOAD, PNG),
        "Body": b"content",
        "ContentType": "image/png",
        "Metadata": metadata,
    }
    s3.add_response("put_object", {}, expected)
    assert storage.write_variant(UPLOAD, PNG, b"content", SIZE) == naming.variant_key(UPLOAD, PNG)


@pytest.mark.parametrize(
    ("environment", "headers"),
    [
        ({}, {}),
        ({"CACHE_CONTROL": "", "VARIANT_TAGS": ""}, {}),
        ({"CACHE_CONTROL": "max-age=60"}, {"CacheControl": "max-age=60"}),
        ({"VARIANT_TAGS": "Team=media&Kind=a%20variant"}, {"Tagging": "Team=media&Kind=a%20variant"}),
    ],
    ids=["unset", "empty", "cache control", "tags"],
)
def test_a_variant_has_the_headers_that_the_environment_asks_for(
    environment: dict[str, str], headers: dict[str, str], s3: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    expected = dict.fromkeys(("Bucket", "Key", "Body", "ContentType", "Metadata"), ANY)
    s3.add_response("put_object", {}, {**expected, **headers})
    storage.write_variant(UPLOAD, PNG, b"content", SIZE)


def test_a_rejection_has_no_tags_and_is_not_cached(s3: Stubber, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHE_CONTROL", "public, max-age=31536000, immutable")
    monkeypatch.setenv("VARIANT_TAGS", "Team=media")
    expected = dict.fromkeys(("Bucket", "Key", "Body", "ContentType", "Metadata"), ANY)
    s3.add_response("put_object", {}, {**expected, "CacheControl": "no-cache"})
    storage.write_rejection(UPLOAD, Rejected("corrupt", "it is broken"))


def test_a_note_about_an_animation_is_stored_with_the_variant(s3: Stubber) -> None:
    note = "first frame only: 450 frames of 640 x 360 pixels"
    others = dict.fromkeys(
        ("source-key", "source-etag", "source-version", "variant", "settings", "width", "height"), ANY
    )
    metadata = {**others, "animation": note}
    expected = {"Bucket": "processed", "Key": ANY, "Body": ANY, "ContentType": ANY, "Metadata": metadata}
    s3.add_response("put_object", {}, expected)
    storage.write_variant(UPLOAD, PNG, b"content", SIZE, note)


def test_a_rejection_is_stored_as_json(s3: Stubber) -> None:
    stored: list[bytes] = []
    s3.client.meta.events.register(
        "provide-client-params.s3.PutObject", lambda params, **_: stored.append(params["Body"])
    )
    written = {"Bucket": "processed", "Key": ANY, "Body": ANY, "ContentType": "application/json", "Metadata": ANY}
    expected = {**written, "CacheControl": "no-cache"}
    s3.add_response("put_object", {}, expected)
    assert storage.write_rejection(UPLOAD, Rejected("corrupt", "it is broken")) == naming.rejection_key(UPLOAD)
    record = json.loads(stored[0])
    assert (record["code"], record["reason"]) == ("corrupt", "it is broken")
    assert record["source"] == {"key": UPLOAD.key, "etag": UPLOAD.etag, "version": "v1", "bytes": 3}


def test_a_refused_write_is_raised(s3: Stubber) -> None:
    s3.add_client_error("put_object", "AccessDenied", http_status_code=403)
    with pytest.raises(ClientError, match="AccessDenied"):
        storage.write_variant(UPLOAD, PNG, b"content", SIZE)


@pytest.mark.parametrize("length", [0, 2, 4, 1000])
@pytest.mark.parametrize("announced", [True, False])
def test_a_body_of_another_length_than_the_event_says_is_an_error(length: int, announced: bool, s3: Stubber) -> None:
    raw = io.BytesIO(bytes(length))
    announcement = {"ContentLength": length} if announced else {}
    s3.add_response("get_object", {"Body": StreamingBody(raw, length), **announcement})
    with pytest.raises(storage.BodyError, match="the event says that the upload has 3"):
        storage.read(UPLOAD)


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "aws-chunked, br"])
def test_a_compressed_object_is_rejected(encoding: str, s3: Stubber) -> None:
    s3.add_response("get_object", {"Body": StreamingBody(io.BytesIO(b"abc"), 3), "ContentEncoding": encoding})
    with pytest.raises(Rejected, match="upload the image itself, uncompressed"):
        storage.read(UPLOAD)


@pytest.mark.parametrize("encoding", ["", "aws-chunked", "base64"])
def test_other_content_encodings_are_ignored(encoding: str, s3: Stubber) -> None:
    s3.add_response("get_object", {"Body": StreamingBody(io.BytesIO(b"abc"), 3), "ContentEncoding": encoding})
    assert storage.read(UPLOAD) == b"abc"


def test_an_error_names_the_missing_processed_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROCESSED_BUCKET", raising=False)
    with pytest.raises(storage.SettingsError, match="PROCESSED_BUCKET"):
        storage.processed_bucket()
