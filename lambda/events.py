"""An S3 event -> the uploads that it names."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

import telemetry


class EventError(ValueError):
    """The event is not an S3 notification: the function is wired to the wrong source."""


@dataclass(frozen=True)
class Upload:
    """One object version in the upload bucket, as the event names it. `version` is None in an unversioned bucket."""

    bucket: str
    key: str
    etag: str
    version: str | None
    size: int

    @property
    def id(self) -> str:
        """12 hex digits of the SHA-256 of key and ETag, so that a repeated event writes the same objects again."""
        return hashlib.sha256(f"{self.key}\n{self.etag}".encode()).hexdigest()[:12]


def uploads(event: Mapping[str, Any]) -> Iterator[Upload]:
    """Yield the uploads in an S3 event notification, except folder markers and other empty objects.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html

    Raises:
        EventError: the event has another shape.
    """
    if event.get("Event") == "s3:TestEvent":
        telemetry.info("test event ignored", bucket=event.get("Bucket"))
        return
    if not isinstance(event.get("Records"), list):
        raise EventError("expected an S3 event with a list of Records; is the function wired to an S3 notification?")
    for record in event["Records"]:
        upload = _decode(record)
        if upload.size:
            yield upload
        else:
            telemetry.info("empty object ignored", key=upload.key, version=upload.version)


def _decode(record: Mapping[str, Any]) -> Upload:
    try:
        s3 = record["s3"]
        return Upload(
            bucket=s3["bucket"]["name"],
            key=unquote_plus(s3["object"]["key"], errors="strict"),
            etag=s3["object"]["eTag"].strip('"'),
            version=s3["object"].get("versionId"),
            size=int(s3["object"]["size"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise EventError(f"expected an S3 record of a created object, not {record!r}") from error
