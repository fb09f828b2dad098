"""The function: an S3 event in, the variants of each uploaded image out.

COMPRESSION_LEVELS, THUMBNAIL_SIZE and create_variants() are what people change.
"""

import os
import time
from collections.abc import Iterator
from typing import Any

import events
import limits
import storage
import telemetry
from decoding import Rejected, decode
from encoding import Variant, encode
from events import Upload
from picture import Picture

THUMBNAIL_SIZE = (200, 200)

COMPRESSION_LEVELS = (
    Variant("compressed", "JPEG", quality=85),
    Variant("low", "JPEG", quality=60),
    Variant("webp", "WEBP", quality=85),
    Variant("png", "PNG"),
    Variant("thumbnail", "JPEG", quality=85, fit=THUMBNAIL_SIZE),
)


class UploadsFailedError(ExceptionGroup):
    """Uploads of one event that failed; the others of that event have their outcome."""


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Gives each upload in EVENT its variants or its rejection record.

    Raises:
        UploadsFailedError: some uploads have neither; Lambda retries, then the event goes to the failure queue.
    """
    outcomes: list[dict[str, Any]] = []
    errors: list[Exception] = []
    for upload in events.uploads(event):
        try:
            outcomes.append(process(upload))
        except Exception as error:
            telemetry.error("upload failed", **_names(upload), error=repr(error))
            errors.append(error)
    if errors:
        raise UploadsFailedError("; ".join(map(str, errors)), errors)
    return {"outcomes": outcomes}


def process(upload: Upload) -> dict[str, Any]:
    """Writes the variants of UPLOAD, or its rejection, and returns what was written."""
    started = time.monotonic()
    try:
        limits.check_bytes(upload.size)
        picture = decode(storage.read(upload))
        keys = [storage.write_variant(upload, *encoded) for encoded in create_variants(picture)]
        outcome = {"outcome": "variants", "keys": keys}
    except Rejected as rejection:
        keys = [storage.write_rejection(upload, rejection)]
        outcome = {"outcome": "rejected", "code": rejection.code, "reason": rejection.reason, "keys": keys}
    telemetry.info("upload processed", **_names(upload), **outcome, milliseconds=_milliseconds_since(started))
    return {**_names(upload), **outcome}


def create_variants(picture: Picture) -> Iterator[tuple[Variant, bytes]]:
    """Each line of COMPRESSION_LEVELS with the encoded PICTURE."""
    for variant in COMPRESSION_LEVELS:
        yield variant, encode(picture, variant)


def _names(upload: Upload) -> dict[str, Any]:
    return {"id": storage.upload_id(upload), "key": upload.key, "version": upload.version}


def _milliseconds_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    storage.client()  # during INIT, whose processor time is not throttled
