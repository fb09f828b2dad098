"""Reads an upload; writes its variants or its rejection. Knows keys, metadata and content types."""

import hashlib
import json
import os
import posixpath
import re
from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from email.header import decode_header
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.session import get_session

from events import Upload
from imaging.decode import Rejected
from imaging.encode import FORMATS, Variant

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

LONGEST_KEY = 1024  # bytes of UTF-8, by S3

# A stalled connection costs seconds, not the invocation; what fails thrice is left to Lambda's own retries.
S3_CONFIG = Config(
    connect_timeout=5, read_timeout=10, tcp_keepalive=True, retries={"mode": "standard", "total_max_attempts": 3}
)

# What S3 says when the object is there no more, or (without versioning) another one is.
NOT_THERE = ("NoSuchKey", "NoSuchVersion", "PreconditionFailed")

GONE = "gone"  # the code of the rejection that follows


class OnlyS3(Loader):
    """Knows one service, and does not look through the folders of four hundred others for it."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002
        return ["s3"]


@cache
def client() -> "S3Client":
    """The one client of this process: its connections are reused.

    By botocore, of which boto3 makes its own: the rest of boto3 is a quarter of a cold start.
    """
    session = get_session()
    session.register_component("data_loader", OnlyS3())
    return cast("S3Client", session.create_client("s3", config=S3_CONFIG))


def read(upload: Upload) -> bytes:
    """The bytes of the very version that the event names.

    Raises:
        Rejected: it has been deleted, with the code GONE.
        botocore.exceptions.ClientError: S3 refuses.
    """
    which: dict[str, Any] = {"VersionId": upload.version} if upload.version else {"IfMatch": upload.etag}
    try:
        return client().get_object(Bucket=upload.bucket, Key=upload.key, **which)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in NOT_THERE:
            raise Rejected(GONE, "gone before it was processed: this version of the upload was deleted") from error
        raise


def stored(upload: Upload, variants: Iterable[Variant]) -> list[str]:
    """The keys of those VARIANTS of UPLOAD that are stored."""
    return [key for variant in variants if _exists(key := variant_key(upload, variant))]


def write_variant(upload: Upload, variant: Variant, content: bytes) -> str:
    """Stores one variant and returns its key."""
    key = variant_key(upload, variant)
    _write(key, content, FORMATS[variant.format].content_type, _metadata(upload, variant.name))
    return key


def write_rejection(upload: Upload, rejection: Rejected) -> str:
    """Stores the record that says why an upload has no variants, and returns its key."""
    key = rejection_key(upload)
    record = {
        "outcome": "rejected",
        "code": rejection.code,
        "reason": rejection.reason,
        "source": {"key": upload.key, "etag": upload.etag, "version": upload.version, "bytes": upload.size},
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    content = json.dumps(record, indent=2, ensure_ascii=False).encode() + b"\n"
    _write(key, content, "application/json", _metadata(upload, "rejected"))
    return key


def variant_key(upload: Upload, variant: Variant) -> str:
    return _key(upload, variant.name, FORMATS[variant.format].extension)


def rejection_key(upload: Upload) -> str:
    return _key(upload, "rejected", ".json")


def upload_id(upload: Upload) -> str:
    """12 hex digits over key and ETag: the same upload gives the same keys, two uploads never share one."""
    return hashlib.sha256(f"{upload.key}\n{upload.etag}".encode()).hexdigest()[:12]


def header_text(text: str) -> str:
    """TEXT for a metadata header: plain ASCII as it is, else an encoded word (RFC 2047), as S3 itself returns it."""
    if re.fullmatch(r"[!-~]+( [!-~]+)*", text) and "=?" not in text:
        return text
    return f"=?utf-8?b?{b64encode(text.encode()).decode()}?="


def plain_text(header: str) -> str:
    """The text that `header_text` put into a header."""
    text, charset = decode_header(header)[0]
    return text.decode(charset) if isinstance(text, bytes) and charset else header


def _key(upload: Upload, name: str, extension: str) -> str:
    ending = f"_{name}_{upload_id(upload)}{extension}"
    stem = posixpath.splitext(upload.key)[0].encode()[: LONGEST_KEY - len(ending)]
    return stem.decode(errors="ignore") + ending


def _metadata(upload: Upload, variant: str) -> dict[str, str]:
    return {
        "source-key": header_text(upload.key),
        "source-etag": upload.etag,
        "source-version": upload.version or "",
        "variant": variant,
    }


def _exists(key: str) -> bool:
    # Of the keys that begin so, it is the first.
    listed = client().list_objects_v2(Bucket=os.environ["PROCESSED_BUCKET"], Prefix=key, MaxKeys=1)
    return [item["Key"] for item in listed.get("Contents", [])] == [key]


def _write(key: str, content: bytes, content_type: str, metadata: dict[str, str]) -> None:
    client().put_object(
        Bucket=os.environ["PROCESSED_BUCKET"], Key=key, Body=content, ContentType=content_type, Metadata=metadata
    )
