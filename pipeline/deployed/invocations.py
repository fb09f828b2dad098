"""Invoke the function."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from botocore.exceptions import BotoCoreError, ClientError

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload

NO_UPLOADS: Mapping[str, Any] = {"Records": []}


def send_event(deployment: Deployment, event: Mapping[str, Any]) -> None:
    """Send `event` to the function as S3 does: Lambda retries it if it fails, then delivers it to the failure queue."""
    deployment.functions.invoke(
        FunctionName=deployment.function_name, InvocationType="Event", Payload=json.dumps(event).encode()
    )


def error_of(deployment: Deployment, event: Mapping[str, Any]) -> str:
    """Invoke the function with `event`, wait for it, and return its error, or "".

    Lambda doesn't deliver failures of such invocations to the failure queue.
    """
    try:
        answer = deployment.functions.invoke(FunctionName=deployment.function_name, Payload=json.dumps(event).encode())
    except (BotoCoreError, ClientError) as error:
        return str(error)
    payload = answer["Payload"].read().decode()
    if "FunctionError" not in answer:
        return ""
    return str(json.loads(payload).get("errorMessage", payload))


def event_record(upload: Upload) -> dict[str, Any]:
    """Return what S3 writes into its event when `upload` is created."""
    return {
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "bucket": {"name": upload.bucket},
            "object": {
                "key": quote_plus(upload.key),
                "size": upload.size,
                "eTag": upload.etag,
                "versionId": upload.version,
            },
        },
    }
