"""Process the tasks of S3 Batch Operations, and report the outcome of each.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
"""

import os
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_plus

import outcome
import storage
from events import EventError, Upload
from outcome import Outcome

SUCCEEDED, TEMPORARY, PERMANENT = "Succeeded", "TemporaryFailure", "PermanentFailure"
MAX_RESULT = 1024  # characters that a completion report keeps

Attempt = Callable[[Upload], Outcome]


def is_batch(event: Any) -> bool:
    """Return whether `event` comes from S3 Batch Operations."""
    return isinstance(event, Mapping) and "invocationSchemaVersion" in event


def answer(event: Mapping[str, Any], attempt: Attempt) -> dict[str, Any]:
    """Process the upload of each task in `event` with `attempt`, and return the results.

    Raises:
        EventError: the event has no list of tasks with IDs.
    """
    tasks = event.get("tasks")
    if not isinstance(tasks, list) or not all(isinstance(task, Mapping) and "taskId" in task for task in tasks):
        raise EventError("expected a list of tasks with IDs from S3 Batch Operations")
    return {
        "invocationSchemaVersion": event["invocationSchemaVersion"],
        "treatMissingKeysAs": TEMPORARY,
        "invocationId": event.get("invocationId"),
        "results": [_result(task, attempt) for task in tasks],
    }


def _result(task: Mapping[str, Any], attempt: Attempt) -> dict[str, str]:
    """Return the result of `task`. Rejections and missing objects are permanent failures; other errors are retried."""
    try:
        code, text = _process(task, attempt)
    except (EventError, storage.MissingError) as error:
        code, text = PERMANENT, str(error)
    except Exception as error:
        code, text = TEMPORARY, repr(error)
    return {"taskId": task["taskId"], "resultCode": code, "resultString": text[:MAX_RESULT]}


def _process(task: Mapping[str, Any], attempt: Attempt) -> tuple[str, str]:
    upload = storage.find_upload(*_object(task))
    if not upload.size:
        return SUCCEEDED, "empty object ignored"
    ended = attempt(upload)
    if ended["outcome"] == "rejected":
        return PERMANENT, f"rejected: {ended['reason']}"
    if ended["outcome"] == "deleted":
        return SUCCEEDED, "deleted, and so are its variants"
    keys = outcome.keys(ended)
    return SUCCEEDED, f"{len(keys)} variants: {keys[0]}"


def _object(task: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """Return the bucket, key, and version of the object. Schema 1.0 has the bucket's ARN, schema 2.0 its name."""
    try:
        bucket = (task.get("s3Bucket") or task["s3BucketArn"]).rpartition(":")[2]
        key = unquote_plus(task["s3Key"], errors="strict")
        version = task.get("s3VersionId") or None
    except (KeyError, AttributeError, TypeError, ValueError) as error:
        raise EventError(f"expected a task with a bucket and a key, not {dict(task)!r}") from error
    if bucket == os.environ.get("PROCESSED_BUCKET"):
        raise EventError("the object is in the processed bucket")
    return bucket, key, version
