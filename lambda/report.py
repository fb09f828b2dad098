"""Report outcomes in the log and in metrics."""

from collections.abc import Mapping
from traceback import format_exception
from typing import Any

import outcome
import telemetry
from events import Removal, Upload
from imaging.encode import Variant
from steps import Steps

LOGGED = ("outcome", "code", "reason", "animation", "deleted")  # the fields of an outcome that go into the log


def log_outcome(
    upload: Upload, ended: Mapping[str, Any], sizes: Mapping[Variant, int], milliseconds: int, steps: Steps
) -> None:
    """Log the outcome of `upload`: how it `ended`, with the bytes of each variant."""
    telemetry.info(
        "upload processed",
        **_identity(upload),
        **{name: ended[name] for name in LOGGED if name in ended},
        keys=outcome.keys(ended),
        bytes_in=upload.size,
        bytes_out={variant.name: size for variant, size in sizes.items()},
        milliseconds=milliseconds,
        steps=steps.taken(),
        **telemetry.metrics(
            {
                "Processed": int(ended["outcome"] == "variants"),
                "Rejected": int(ended["outcome"] == "rejected"),
                "Failed": 0,
                "Duration": milliseconds,
                **_saved(upload, sizes),
            },
            ended.get("code"),
        ),
    )


def log_failure(upload: Upload, error: Exception, steps: Steps) -> None:
    """Log that `upload` has no outcome yet. Lambda will retry it."""
    telemetry.error(
        "upload failed",
        **_identity(upload),
        bytes_in=upload.size,
        **_failure(error, steps),
    )


def log_removal(removal: Removal, ended: Mapping[str, Any], steps: Steps) -> None:
    """Log what was deleted with an upload."""
    telemetry.info("upload removed", key=removal.key, version=removal.version, **ended, steps=steps.taken())


def log_failed_removal(removal: Removal, error: Exception, steps: Steps) -> None:
    """Log that what was made from an upload may not be deleted yet. Lambda will retry it."""
    telemetry.error(
        "removal failed",
        key=removal.key,
        version=removal.version,
        **_failure(error, steps),
    )


def _failure(error: Exception, steps: Steps) -> dict[str, Any]:
    """Return the fields and metrics of what failed with `error`."""
    return {
        "outcome": "failed",
        "error": repr(error),
        "steps": steps.taken(),
        "traceback": "".join(format_exception(error)),  # the one that Lambda logs ends in the handler
        **telemetry.metrics({"Processed": 0, "Rejected": 0, "Failed": 1}),
    }


def _identity(upload: Upload) -> dict[str, Any]:
    """Return the fields that identify `upload`."""
    return {"id": upload.id, "key": upload.key, "version": upload.version}


def _saved(upload: Upload, sizes: Mapping[Variant, int]) -> dict[str, int]:
    """Return how many bytes the smallest full-size variant saves."""
    full = [size for variant, size in sizes.items() if not variant.fit]
    return {"BytesSaved": upload.size - min(full)} if full else {}
