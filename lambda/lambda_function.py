"""The function: an S3 event in, the variants of each uploaded image out.

COMPRESSION_LEVELS, THUMBNAIL_SIZE and the VARIANTS table, which create_variants() makes, are what people change.
"""

import os
import time
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import deadline
import events
import report
import steps
import storage
import telemetry
from events import Upload
from imaging import limits
from imaging.decode import Rejected, decode
from imaging.encode import Variant, encode
from imaging.parallel import side_by_side
from imaging.picture import Picture

COMPRESSION_LEVELS = {"compressed": 85, "low": 60, "webp": 85}
THUMBNAIL_SIZE = (200, 200)

VARIANTS = (
    Variant("compressed", "JPEG", quality=COMPRESSION_LEVELS["compressed"]),
    Variant("low", "JPEG", quality=COMPRESSION_LEVELS["low"]),
    Variant("webp", "WEBP", quality=COMPRESSION_LEVELS["webp"]),
    Variant("png", "PNG"),
    Variant("thumbnail", "JPEG", quality=85, fit=THUMBNAIL_SIZE),
)


class UploadsFailedError(ExceptionGroup):
    """Uploads of one event that failed; the others of that event have their outcome."""

    def __str__(self) -> str:
        return self.message  # which is in the failure queue, where Python's "(1 sub-exception)" tells nobody anything


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Gives each upload in EVENT its variants or its rejection record.

    Raises:
        UploadsFailedError: some uploads have neither; Lambda retries, then the event goes to the failure queue.
    """
    telemetry.begin(context)
    outcomes: list[dict[str, Any]] = []
    errors: list[Exception] = []
    for upload in events.uploads(event):
        steps.begin()
        try:
            with deadline.watched(context):
                outcomes.append(process(upload))
        except Exception as error:
            report.failed(upload, error)
            errors.append(error)
    if errors:
        raise UploadsFailedError("; ".join(map(str, errors)), errors)
    return {"outcomes": outcomes}


def process(upload: Upload) -> dict[str, Any]:
    """Writes the variants of UPLOAD, or its rejection, and returns what was written."""
    started = time.monotonic()
    keys: dict[Variant, str] = {}
    written: dict[Variant, int] = {}
    try:
        limits.check_bytes(upload.size)
        for variant, content in create_variants(_picture(upload)):
            with steps.step(f"write {variant.name}"):
                keys[variant] = storage.write_variant(upload, variant, content)
            written[variant] = len(content)
        outcome: dict[str, Any] = {"outcome": "variants", "keys": [keys[each] for each in VARIANTS]}
    except Rejected as rejection:
        outcome = _rejected(upload, rejection)
    return report.processed(upload, outcome, written, _milliseconds_since(started))


def create_variants(picture: Picture, table: Iterable[Variant] | None = None) -> Iterator[tuple[Variant, bytes]]:
    """Yield each variant of `table` (default: VARIANTS) with its encoded bytes, as soon as it is done."""
    return side_by_side(partial(_encoded, picture), table or VARIANTS, picture)


def _encoded(picture: Picture, variant: Variant) -> bytes:
    with steps.step(f"encode {variant.name}"):
        return encode(picture, variant)


def _picture(upload: Upload) -> Picture:
    with steps.step("read"):
        content = [storage.read(upload)]
    with steps.step("decode"):
        return decode(content.pop())  # which frees it as early as it can


def _rejected(upload: Upload, rejection: Rejected) -> dict[str, Any]:
    """Writes the REJECTION of UPLOAD; not where the upload went after an earlier event had brought all its variants."""
    if rejection.code == storage.GONE:
        with steps.step("look for variants"):
            keys = storage.stored(upload, VARIANTS)
        if len(keys) == len(VARIANTS):
            return {"outcome": "variants", "keys": keys}
    with steps.step("write rejection"):
        key = storage.write_rejection(upload, rejection)
    return {"outcome": "rejected", "code": rejection.code, "reason": rejection.reason, "keys": [key]}


def _milliseconds_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    storage.client()  # during INIT, whose processor time is not throttled
