"""Calling the function and waiting for it."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pipeline.deployed.deployment import Deployment

NO_UPLOADS: Mapping[str, Any] = {"Records": []}


def send_event(deployment: Deployment, event: Mapping[str, Any]) -> None:
    """Gives EVENT to the function as S3 does: Lambda tries again what fails, and reports to the failure queue."""
    deployment.functions.invoke(
        FunctionName=deployment.function_name, InvocationType="Event", Payload=json.dumps(event).encode()
    )


def error_of(deployment: Deployment, event: Mapping[str, Any]) -> str:
    """Why the function fails with EVENT, or "". It is waited for, so that Lambda reports no failure to the queue."""
    try:
        answer = deployment.functions.invoke(FunctionName=deployment.function_name, Payload=json.dumps(event).encode())
    except (BotoCoreError, ClientError) as error:
        return str(error)
    payload = answer["Payload"].read().decode()
    if "FunctionError" not in answer:
        return ""
    return str(json.loads(payload).get("errorMessage", payload))
