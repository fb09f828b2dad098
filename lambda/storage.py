"""Read uploads from S3, and write variants and rejection records to it."""

import hashlib
import json
import os
import re
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.httpchecksum import StreamingChecksumBody
from botocore.loaders import Loader
from botocore.session import get_session

from events import Upload
from imaging.encode import OUTPUT_FORMATS, REJECTED, Variant
from imaging.model import Size
from imaging.rejection import Rejected, compressed
from naming import metadata, rejection_key, settings_digest, variant_key

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import GetObjectOutputTypeDef

# A stalled connection costs seconds, not the whole invocation. After three attempts, Lambda's own retries take over.
S3_CONFIG = Config(
    connect_timeout=5, read_timeout=10, tcp_keepalive=True, retries={"mode": "standard", "total_max_attempts": 3}
)

# S3's error codes for an object that was deleted or, in an unversioned bucket, overwritten.
NOT_FOUND = ("NoSuchKey", "NoSuchVersion", "PreconditionFailed")

GONE = "gone"  # the rejection code for these

# Content encodings that browsers decode. S3 also stores others, such as "base64", which have no effect.
COMPRESSED = {"gzip", "x-gzip", "deflate", "compress", "br", "zstd"}


class MissingError(Exception):
    """The object that a task names doesn't exist."""


class BodyError(Exception):
    """S3 sent another body than the event announces. A retry can bring the right one."""


class UnreadableVersionError(Exception):
    """S3 answers 404 for a version that it lists. A retry can read it."""


class SettingsError(Exception):
    """An environment variable of the function is missing or wrong."""


class OnlyS3(Loader):
    """Finds S3 without a search through botocore's folders of four hundred other services."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002
        return ["s3"]


@cache
def client() -> "S3Client":
    """Return the S3 client of this process, which reuses its connections.

    It comes from botocore, because importing the rest of boto3 takes a quarter of a cold start.
    """
    session = get_session()
    session.register_component("data_loader", OnlyS3())
    return cast("S3Client", session.create_client("s3", config=S3_CONFIG))


def find_upload(bucket: str, key: str, version: str | None) -> Upload:
    """Return the object version as an event would name it.

    Raises:
        MissingError: it doesn't exist.
        botocore.exceptions.ClientError: S3 refuses the request.
    """
    which: dict[str, Any] = {"VersionId": version} if version else {}
    try:
        found = client().head_object(Bucket=bucket, Key=key, **which)
    except ClientError as error:
        if is_missing(error):
            raise MissingError(f"there is no such object in {bucket}") from error
        raise
    return Upload(bucket, key, found["ETag"].strip('"'), found.get("VersionId") or version, found["ContentLength"])


def is_missing(error: ClientError) -> bool:
    """Return whether a HEAD request failed because there is no such object. Its answer has no body with a code."""
    return error.response["Error"]["Code"] in ("404", *NOT_FOUND)


def read(upload: Upload) -> bytes:
    """Return the bytes of the object version that the event names.

    Raises:
        Rejected: the version has been deleted (the code is GONE), or it is compressed.
        UnreadableVersionError: S3 answers that the version doesn't exist, but lists it.
        BodyError: the body isn't the one that the event announces. Nothing beyond its length is read.
        botocore.exceptions.FlexibleChecksumError: the body doesn't match the checksum that S3 sent.
        botocore.exceptions.ClientError: S3 refuses the request.
    """
    answer = _get(upload)
    with closing(answer["Body"]) as body:
        _check_encoding(answer.get("ContentEncoding", ""))
        _check_length(upload, answer.get("ContentLength", upload.size))
        content = body.read(upload.size + 1)
        body.read(1)  # at the end of the body, botocore checks length and checksum
    _check_length(upload, len(content))
    if not isinstance(body, StreamingChecksumBody):
        _check_digest(upload, content, answer.get("ServerSideEncryption", ""))
    return content


def _get(upload: Upload) -> "GetObjectOutputTypeDef":
    which: dict[str, Any] = {"VersionId": upload.version} if upload.version else {"IfMatch": upload.etag}
    try:
        return client().get_object(Bucket=upload.bucket, Key=upload.key, ChecksumMode="ENABLED", **which)
    except ClientError as error:
        if error.response["Error"]["Code"] in NOT_FOUND:
            raise _missing(upload) from error
        raise


def _missing(upload: Upload) -> Exception:
    """Return the error for a version that S3 doesn't find: a rejection only if S3 doesn't list the version either.

    For up to 15 minutes after versioning is first enabled on a bucket, S3 may not find objects that exist.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/manage-versioning-examples.html
    """
    if _is_listed(upload):
        return UnreadableVersionError("S3 lists this version of the upload, but answers that it doesn't exist")
    return Rejected(GONE, "gone before it was processed: this version of the upload was deleted")


def _is_listed(upload: Upload) -> bool:
    pages = client().get_paginator("list_object_versions").paginate(Bucket=upload.bucket, Prefix=upload.key)
    for version in (version for page in pages for version in page.get("Versions", [])):
        if version["Key"] != upload.key:
            break  # S3 lists keys in order, so longer ones follow
        if upload.version == version["VersionId"] or (not upload.version and upload.etag == version["ETag"].strip('"')):
            return True
    return False


def _check_encoding(encoding: str) -> None:
    if COMPRESSED & {each.strip().lower() for each in encoding.split(",")}:
        raise compressed(f"with Content-Encoding {encoding}", "uncompressed")


def _check_length(upload: Upload, length: int) -> None:
    if length != upload.size:
        raise BodyError(f"S3 sent {length:,} bytes or more, but the event says that the upload has {upload.size:,}")


def _check_digest(upload: Upload, content: bytes, encryption: str) -> None:
    """Compare `content` with the ETag, for bodies that botocore doesn't verify: it can't compute CRC64NVME.

    The ETag is the MD5 of an object that was uploaded in one request, unless KMS encrypts it.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
    """
    if encryption != "AES256" or not re.fullmatch("[0-9a-f]{32}", upload.etag):
        return
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != upload.etag:
        raise BodyError("S3 sent other bytes than those that were uploaded: they don't match the ETag")


def processed_bucket() -> str:
    """Return the name of the processed bucket.

    Raises:
        SettingsError: the environment doesn't name it.
    """
    if name := os.environ.get("PROCESSED_BUCKET"):
        return name
    raise SettingsError("the environment variable PROCESSED_BUCKET is missing: set it to the bucket for the variants")


def find_variants(upload: Upload, variants: Iterable[Variant]) -> dict[Variant, tuple[str, int]]:
    """Return those `variants` of `upload` that are in the processed bucket, with the key and the bytes of each."""
    found = {}
    for variant in variants:
        key = variant_key(upload, variant)
        if (size := _size(key)) is not None:
            found[variant] = key, size
    return found


def write_variant(upload: Upload, variant: Variant, content: bytes, size: Size, note: str = "") -> str:
    """Write one variant, which has `size` in pixels, and return its key.

    It gets the Cache-Control header and the tags in the environment. `note` says in ASCII how an animation was reduced.
    """
    key, form = variant_key(upload, variant), OUTPUT_FORMATS[variant.format]
    settings = {"settings": settings_digest(variant), "width": str(size[0]), "height": str(size[1])}
    described = metadata(upload, variant.name) | settings | ({"animation": note} if note else {})
    headers = {"CacheControl": os.environ.get("CACHE_CONTROL"), "Tagging": os.environ.get("VARIANT_TAGS")}
    _write(key, content, form.content_type, described, **headers)
    return key


def write_rejection(upload: Upload, rejection: Rejected) -> str:
    """Write the record that says why `upload` has no variants, and return its key.

    Caches must not keep it: the next attempt can replace it with variants, or with another reason.
    """
    key = rejection_key(upload)
    record = {
        "outcome": "rejected",
        "code": rejection.code,
        "reason": rejection.reason,
        "source": {"key": upload.key, "etag": upload.etag, "version": upload.version, "bytes": upload.size},
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    content = json.dumps(record, indent=2, ensure_ascii=False).encode() + b"\n"
    _write(key, content, "application/json", metadata(upload, REJECTED), CacheControl="no-cache")
    return key


def _size(key: str) -> int | None:
    """Return the bytes of the object in the processed bucket, or None if there is no such object."""
    # S3 lists keys in order, so the key itself comes before longer ones that begin with it.
    listed = client().list_objects_v2(Bucket=processed_bucket(), Prefix=key, MaxKeys=1)
    return {item["Key"]: item["Size"] for item in listed.get("Contents", [])}.get(key)


def _write(key: str, content: bytes, content_type: str, described: dict[str, str], **headers: str | None) -> None:
    """Write an object to the processed bucket, with those of the `headers` that have a value."""
    request: Any = {"Key": key, "Body": content, "ContentType": content_type, "Metadata": described}
    request |= {name: value for name, value in headers.items() if value}
    client().put_object(Bucket=processed_bucket(), **request)
