"""Report outcomes in the log and in metrics."""

from collections.abc import Mapping
from traceback import format_exception
from typing import Any

import outcome
import telemetry
from events import Removal, Upload
from imaging.encode import Variant
from outcome import Outcome
from steps import Steps

LOGGED = ("outcome", "code", "reason", "animation", "deleted")  # the fields of an outcome that go into the log

Written = Mapping[Variant, Mapping[str, Any]]  # the variants that were written, each with its description


def log_outcome(upload: Upload, ended: Outcome, written: Written, milliseconds: int, steps: Steps) -> None:
    """Log how the processing of `upload` ended."""
    telemetry.info(
        "upload processed",
        **_identity(upload),
        **{name: ended[name] for name in LOGGED if name in ended},
        keys=outcome.keys(ended),
        bytes_in=upload.size,
        bytes_out={variant.name: each["bytes"] for variant, each in written.items()},
        milliseconds=milliseconds,
        steps=steps.taken(),
        **_metrics(upload, ended, written, milliseconds),
    )


def log_removal(removal: Removal, ended: Outcome, steps: Steps) -> None:
    """Log what was deleted with an upload."""
    telemetry.info("upload removed", **_identity(removal), **ended, steps=steps.taken())


def log_failure(change: Upload | Removal, error: Exception, steps: Steps) -> None:
    """Log that `change` has no outcome yet. Lambda retries it."""
    message, size = (
        ("upload failed", {"bytes_in": change.size}) if isinstance(change, Upload) else ("removal failed", {})
    )
    telemetry.error(
        message,
        **_identity(change),
        **size,
        outcome="failed",
        error=repr(error),
        steps=steps.taken(),
        traceback="".join(format_exception(error)),  # the one that Lambda logs ends in the handler
        **telemetry.metrics({"Processed": 0, "Rejected": 0, "Failed": 1}),
    )


def _identity(change: Upload | Removal) -> dict[str, Any]:
    """Return the fields that identify `change`."""
    upload_id = {"id": change.id} if isinstance(change, Upload) else {}
    return {**upload_id, "key": change.key, "version": change.version}


def _metrics(upload: Upload, ended: Outcome, written: Written, milliseconds: int) -> dict[str, Any]:
    """Return the metrics of an outcome. The bytes saved are those that the smallest variant of full size saves."""
    how = ended["outcome"]
    values = {"Processed": int(how == "variants"), "Rejected": int(how == "rejected"), "Failed": 0}
    full = [each["bytes"] for variant, each in written.items() if not variant.fit]
    saved = {"BytesSaved": upload.size - min(full)} if full else {}
    return telemetry.metrics({**values, "Duration": milliseconds, **saved}, ended.get("code"))
