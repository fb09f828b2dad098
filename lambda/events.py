"""Read the uploads and removals in an event of S3, which is a notification or comes through EventBridge."""

import hashlib
import os
import re
import reprlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

import telemetry

EVENTBRIDGE_SOURCE = "aws.s3"
EXPECTED = {str: "text", int: "a number of bytes", list: "a list"}


class EventError(ValueError):
    """The event doesn't come from S3: the function is wired to the wrong source."""


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


class Removal(NamedTuple):
    """The deletion of an object, or of one version of it, or the creation of a delete marker, whose `version` it is."""

    bucket: str
    key: str
    version: str | None


class _Shape(NamedTuple):
    """How a record describes an event.

    `event` is the field with the name of the event. Records whose name contains `created`, or one of `removed`, are
    processed. `place` is the field that contains the bucket and the object, which has the fields `etag` and `version`.
    """

    event: str
    created: str
    removed: tuple[str, ...]
    place: str
    etag: str
    version: str
    encodes_keys: bool


NOTIFICATION = _Shape(
    event="eventName",
    created="ObjectCreated",
    removed=("ObjectRemoved", "LifecycleExpiration"),
    place="s3",
    etag="eTag",
    version="versionId",
    encodes_keys=True,
)
EVENTBRIDGE = _Shape(
    event="detail-type",
    created="Object Created",
    removed=("Object Deleted",),
    place="detail",
    etag="etag",
    version="version-id",
    encodes_keys=False,
)


def uploads(event: Any) -> Iterator[Upload]:
    """Yield the uploads in `event`, and raise what changes() raises."""
    for change in changes(event, removals=False):
        if isinstance(change, Upload):
            yield change


def changes(event: Any, *, removals: bool) -> Iterator[Upload | Removal]:
    """Yield the uploads in `event`, and with `removals` also the removals.

    `event` is an S3 event notification, or one event of S3 from EventBridge. Folder markers and other empty objects,
    objects in the processed bucket, and other kinds of records are logged and ignored.

    Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html

    Raises:
        EventError: the event has another shape. If some of its records have, it is raised after all changes.
    """
    if isinstance(event, Mapping) and event.get("source") == EVENTBRIDGE_SOURCE:
        yield from _decode_all([event], EVENTBRIDGE, removals)
        return
    if isinstance(event, Mapping) and event.get("Event") == "s3:TestEvent":
        telemetry.info("test event ignored", bucket=event.get("Bucket"))
        return
    yield from _decode_all(_field(event, "Records", list, "an S3 event notification"), NOTIFICATION, removals)


def _decode_all(records: list[Any], shape: _Shape, removals: bool) -> Iterator[Upload | Removal]:
    errors = []
    for record in records:
        try:
            change = _decode(record, shape, removals)
        except EventError as error:
            errors.append(str(error))
            continue
        if change:
            yield change
    if errors:
        raise EventError("; ".join(errors))


def _decode(record: Any, shape: _Shape, removals: bool) -> Upload | Removal | None:
    """Return the change in `record`, or None if there is nothing to process."""
    name = _text(record, shape.event, optional=True)
    is_removal = removals and any(each in name for each in shape.removed)
    if name and shape.created not in name and not is_removal:
        telemetry.info("record ignored: it doesn't report a created object", event_name=name)
        return None
    change = _decode_change(record, shape, is_removal)
    if change.bucket == os.environ.get("PROCESSED_BUCKET"):
        telemetry.info("upload to the processed bucket ignored", key=change.key, version=change.version)
        return None
    if isinstance(change, Upload) and not change.size:
        telemetry.info("empty object ignored", key=change.key, version=change.version)
        return None
    return change


def _decode_change(record: Any, shape: _Shape, is_removal: bool) -> Upload | Removal:
    bucket, key = _text(record, f"{shape.place}.bucket.name"), _text(record, f"{shape.place}.object.key")
    key = _unquoted(key) if shape.encodes_keys else key
    version = _token(record, f"{shape.place}.object.{shape.version}", optional=True) or None
    if is_removal:
        return Removal(bucket, key, version)
    etag = _token(record, f"{shape.place}.object.{shape.etag}")
    return Upload(bucket, key, etag, version, _field(record, f"{shape.place}.object.size", int))


def _unquoted(key: str) -> str:
    try:
        return unquote_plus(key, errors="strict")
    except ValueError as error:
        raise EventError(f"expected an S3 record with UTF-8 in s3.object.key, not {reprlib.repr(key)}") from error


def _token(record: Any, path: str, optional: bool = False) -> str:
    """Return the text at `path` in `record`, without quotes around it. It goes into HTTP headers and URLs."""
    token = _text(record, path, optional=optional).strip('"')
    if not re.fullmatch("[!-~]+", token) and (token or not optional):
        raise EventError(f"expected an S3 record with printable ASCII in {path}, not {reprlib.repr(token)}")
    return token


def _text(record: Any, path: str, optional: bool = False) -> str:
    """Return the text at `path` in `record`; empty if it is optional and missing."""
    text: str = _field(record, path, str, optional=optional)
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise EventError(f"expected an S3 record with Unicode text in {path}, not {reprlib.repr(text)}")
    if not text and not optional:
        raise EventError(f"expected an S3 record with text in {path}, which is empty")
    return text


def _field(value: Any, path: str, kind: type, what: str = "an S3 record", optional: bool = False) -> Any:
    """Return what is at `path`, names separated by dots, if it is a `kind` and not negative; else raise EventError."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if value is None and optional:
        return kind()
    if not isinstance(value, kind) or isinstance(value, bool) or (isinstance(value, int) and value < 0):
        raise EventError(f"expected {what} with {EXPECTED[kind]} in {path}, not {reprlib.repr(value)}")
    return value
