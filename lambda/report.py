"""What the log and the metrics say of one upload."""

from collections.abc import Mapping
from traceback import format_exception
from typing import Any

import steps
import storage
import telemetry
from events import Upload
from imaging.encode import Variant


def names(upload: Upload) -> dict[str, Any]:
    """By what an upload is found again."""
    return {"id": storage.upload_id(upload), "key": upload.key, "version": upload.version}


def processed(
    upload: Upload, outcome: Mapping[str, Any], written: Mapping[Variant, int], milliseconds: int
) -> dict[str, Any]:
    """Logs the OUTCOME of UPLOAD, with the bytes WRITTEN by variant, and returns it with the upload's names."""
    named = {**names(upload), **outcome}
    telemetry.info(
        "upload processed",
        **named,
        bytes_in=upload.size,
        bytes_out={variant.name: count for variant, count in written.items()},
        milliseconds=milliseconds,
        steps=steps.taken(),
        **telemetry.metrics(
            {
                "Processed": int(outcome["outcome"] == "variants"),
                "Rejected": int(outcome["outcome"] == "rejected"),
                "Failed": 0,
                "Duration": milliseconds,
                **_saved(upload, written),
            },
            outcome.get("code"),
        ),
    )
    return named


def failed(upload: Upload, error: Exception) -> None:
    """Logs that UPLOAD has no outcome yet: Lambda will try again."""
    telemetry.error(
        "upload failed",
        **names(upload),
        outcome="failed",
        error=repr(error),
        bytes_in=upload.size,
        steps=steps.taken(),
        traceback="".join(format_exception(error)),  # Lambda's own ends in the handler
        **telemetry.metrics({"Processed": 0, "Rejected": 0, "Failed": 1}),
    )


def _saved(upload: Upload, written: Mapping[Variant, int]) -> dict[str, int]:
    """By how many bytes the smallest variant in full size is smaller than the upload."""
    whole = [count for variant, count in written.items() if not variant.fit]
    return {"BytesSaved": upload.size - min(whole)} if whole else {}
