"""The Lambda function: an S3 event in, the variants of each uploaded image out.

To customize it, change COMPRESSION_LEVELS, THUMBNAIL_SIZE, and the VARIANTS table.
"""

import os
import time
import traceback
from collections.abc import Generator, Iterable
from contextlib import closing
from functools import partial
from typing import Any

import batch
import deletion
import events
import outcome
import report
import storage
import telemetry
from deadline import Deadline
from events import Removal, Upload
from imaging import limits, parallel
from imaging.decode import decode
from imaging.encode import Variant, alike, check_table, encode, keeps_copyright
from imaging.model import Picture
from imaging.rejection import Rejected
from imaging.sizes import Sizes
from outcome import Outcome
from steps import Step, Steps

COMPRESSION_LEVELS = {"compressed": 85, "low": 60, "webp": 85}
THUMBNAIL_SIZE = (200, 200)

VARIANTS = (
    Variant("compressed", "JPEG", quality=COMPRESSION_LEVELS["compressed"]),
    Variant("low", "JPEG", quality=COMPRESSION_LEVELS["low"]),
    Variant("webp", "WEBP", quality=COMPRESSION_LEVELS["webp"]),
    Variant("png", "PNG"),
    Variant("thumbnail", "JPEG", quality=85, fit=THUMBNAIL_SIZE),
)
check_table(VARIANTS)


def create_variants(
    picture: Picture, table: Iterable[Variant] | None = None, steps: Steps | None = None
) -> Generator[tuple[Variant, bytes], None, None]:
    """Yield each variant in `table` (default: VARIANTS) with its encoded bytes, in the order in which they finish.

    Variants that have the same bytes, such as two widths of a narrow picture, are encoded once.

    Raises:
        Rejected: there is not enough memory for a variant. None has been made yet.
    """
    steps = steps or Steps()
    groups = alike(table or VARIANTS, picture.still.size)
    parallel.check_room([*groups], picture)
    sizes = Sizes(picture.still, [variant.size(picture.still.size) for variant in groups if variant.fit])

    def encode_variant(variant: Variant) -> bytes:
        with steps.step(Step.ENCODE.of(variant.name)):
            return encode(picture, variant, sizes)

    with closing(parallel.side_by_side(encode_variant, groups, picture)) as encoded:
        for variant, content in encoded:
            for each in groups[variant]:
                if each is not variant:
                    steps.skip(Step.ENCODE.of(each.name))
                yield each, content


class UploadsFailedError(ExceptionGroup):
    """Some uploads of an event failed. The other uploads of that event have their outcome."""

    def __str__(self) -> str:
        return self.message  # Python would append "(1 sub-exception)", and the failure queue shows this text


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Write the variants, or the rejection record, of each upload in `event`, and return the outcomes.

    If the deployment asks for it, what was made from deleted uploads is deleted, too.
    `event` is an S3 event notification, or tasks of S3 Batch Operations, which get their results.

    Raises:
        EventError: the event, or some of its records, aren't S3 notifications.
        UploadsFailedError: some uploads have neither. Lambda retries the event, then sends it to the failure queue.
    """
    telemetry.begin(context)
    telemetry.check_level()
    processed_bucket = storage.processed_bucket()
    deadline = Deadline(context)
    if batch.is_batch(event):
        return batch.answer(event, partial(attempt, deadline))
    return outcome.answer(processed_bucket, process_records(event, deadline))


def process_records(event: dict[str, Any], deadline: Deadline) -> list[Outcome]:
    """Attempt each upload or removal in an event of S3, and return the outcomes. It raises what the handler raises."""
    outcomes: list[Outcome] = []
    errors: list[Exception] = []
    try:
        for change in events.changes(event, removals=deletion.is_enabled()):
            try:
                outcomes.append(attempt(deadline, change))
            except Exception as error:
                errors.append(error)
    except events.EventError as error:  # after the uploads
        if not errors:
            raise
        errors.append(error)
    if errors:
        # With their types: a MemoryError has no text.
        texts = [f"{type(error).__name__}: {error}".removesuffix(": ") for error in errors]
        raise UploadsFailedError("; ".join(texts), errors)
    return outcomes


def attempt(deadline: Deadline, change: Upload | Removal) -> Outcome:
    """Process `change` before the `deadline`, and return the outcome. An error is logged, and raised without frames."""
    steps = Steps()
    try:
        return deadline.run(partial(process, change, steps), steps)
    except Exception as error:
        report.log_failure(change, error, steps)
        raise without_frames(error)  # noqa: B904 - it is the same error


def process(change: Upload | Removal, steps: Steps) -> Outcome:
    """Process an upload, or delete what was made from a removed one, and return the outcome."""
    if isinstance(change, Removal):
        ended = delete(change, steps)
        report.log_removal(change, ended, steps)
    else:
        ended = process_upload(change, steps)
    return outcome.identify(change, ended)


def process_upload(upload: Upload, steps: Steps) -> Outcome:
    """Write the variants of `upload`, or its rejection record, and return the outcome."""
    started = time.monotonic()
    written: dict[Variant, dict[str, Any]] = {}
    wait_for_encoders(steps)
    try:
        limits.check_bytes(upload.size)
        picture = read_picture(upload, steps)
        written = write_variants(upload, picture, steps)
        ended = outcome.of_variants([*written.values()], picture.note)
    except Rejected as rejection:
        ended = write_rejection(upload, rejection, steps)
    if deletion.is_enabled() and not deletion.exists(upload):  # after writing: the event of the removal may be over
        ended = delete(upload, steps)
    report.log_outcome(upload, ended, written, round((time.monotonic() - started) * 1000), steps)
    return ended


def read_picture(upload: Upload, steps: Steps) -> Picture:
    """Return the picture in `upload`.

    Raises:
        Rejected: `upload` isn't an image that can be decoded, or it is gone.
    """
    with steps.step(Step.READ):
        content = [storage.read(upload)]
    with steps.step(Step.DECODE):
        return decode(content.pop(), keeps_copyright(VARIANTS))  # which frees the bytes as early as it can


def write_variants(upload: Upload, picture: Picture, steps: Steps) -> dict[Variant, dict[str, Any]]:
    """Write the variants of `picture`, and return the description of each, in the order of the table."""
    written: dict[Variant, dict[str, Any]] = {}
    try:
        with closing(create_variants(picture, steps=steps)) as variants:
            for variant, content in variants:
                size = variant.size(picture.still.size)
                with steps.step(Step.WRITE.of(variant.name)):
                    key = storage.write_variant(upload, variant, content, size, picture.note)
                written[variant] = outcome.describe(variant, key, len(content), size)
    except Exception:  # but not the deadline's interrupt, which leaves no time to wait
        wait_for_encoders(steps)
        raise
    return {variant: written[variant] for variant in VARIANTS}


def write_rejection(upload: Upload, rejection: Rejected, steps: Steps) -> Outcome:
    """Write why `upload` is rejected, and return the outcome.

    If an earlier event brought all variants before the upload was deleted, they remain its outcome.
    """
    if rejection.code == storage.GONE:
        with steps.step(Step.FIND_VARIANTS):
            found = storage.find_variants(upload, VARIANTS)
        if len(found) == len(VARIANTS):
            return outcome.of_variants(
                [outcome.describe(variant, key, length, None) for variant, (key, length) in found.items()]
            )
    with steps.step(Step.WRITE_REJECTION):
        return outcome.of_rejection(rejection, storage.write_rejection(upload, rejection))


def delete(removed: Upload | Removal, steps: Steps) -> Outcome:
    """Delete what was made from versions of an upload that don't exist anymore, and return the outcome."""
    with steps.step(Step.DELETE):
        return outcome.of_deletion(deletion.clean(removed.bucket, removed.key))


def wait_for_encoders(steps: Steps) -> None:
    """Wait until no encoder runs: each one holds the pixels of its upload."""
    for encoder in parallel.running():
        with steps.step(Step.WAIT):
            encoder.join()


def without_frames(error: Exception) -> Exception:
    """Return `error` without the frames of the functions that it passed through: they hold the upload's pixels."""
    behind: list[Any] = [error]
    seen: set[int] = set()
    while behind:
        each = behind.pop()
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            # Errors of botocore and urllib3 also keep others in their arguments.
            behind += [each.__cause__, each.__context__, *each.args, *getattr(each, "kwargs", {}).values()]
            traceback.clear_frames(each.__traceback__)
            each.__traceback__ = None
    return error


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    storage.client()  # during INIT, whose processor time isn't throttled
