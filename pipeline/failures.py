"""The failure queue: what Lambda gave up on, with the event and the error."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.deployment import Deployment
from pipeline.function import Upload, uploads


@dataclass(frozen=True)
class Failure:
    """One message: the uploads of the event that failed, and why it did."""

    uploads: tuple[Upload, ...]
    error: str
    event: Mapping[str, Any]


def failures(deployment: Deployment) -> list[Failure]:
    """Up to ten of the messages in the failure queue, which stay there and visible."""
    received = deployment.sqs.receive_message(
        QueueUrl=deployment.failure_queue_url, MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return [_decode(json.loads(message["Body"])) for message in received.get("Messages", [])]


def error_of(deployment: Deployment, upload: Upload) -> str | None:
    """Why UPLOAD failed, or None when the failure queue does not show it."""
    return next((failure.error for failure in failures(deployment) if upload in failure.uploads), None)


def _decode(record: Mapping[str, Any]) -> Failure:
    """A record of an on-failure destination.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    response = record.get("responsePayload") or {}
    error = response.get("errorMessage") or record.get("requestContext", {}).get("condition", "unknown error")
    return Failure(tuple(uploads(record["requestPayload"])), error, record["requestPayload"])
