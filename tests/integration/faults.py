"""Break a deployment for the duration of a block."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from pipeline.deployed.deployment import Deployment
from pipeline.stacks.function_code import function_zip, update_code

# After a function was changed, LocalStack's former reader of its events waits for two more seconds. LocalStack forgets
# the event that this reader receives, until the old timeout and a minute have passed. So the tests send none then.
LOCALSTACK_LINGERS = 3.0


@contextmanager
def without_notification(deployment: Deployment) -> Iterator[None]:
    """Remove the notification, as before the pipeline existed."""
    bucket = deployment.upload_bucket
    before: dict[str, Any] = dict(deployment.s3.get_bucket_notification_configuration(Bucket=bucket))
    before.pop("ResponseMetadata")
    deployment.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    try:
        yield
    finally:
        deployment.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=before)  # type: ignore[arg-type]


@contextmanager
def settings(deployment: Deployment, environment: dict[str, str] | None = None, **others: Any) -> Iterator[None]:
    """Give the function other settings. `environment` is merged into its own."""
    before = deployment.functions.get_function_configuration(FunctionName=deployment.function_name)
    own = before["Environment"]["Variables"]
    _configure(deployment, Environment={"Variables": own | (environment or {})}, **others)
    try:
        yield
    finally:
        unchanged: dict[str, Any] = {name: before[name] for name in others}  # type: ignore[literal-required]
        _configure(deployment, Environment={"Variables": own}, **unchanged)


@contextmanager
def code(deployment: Deployment, content: bytes) -> Iterator[None]:
    """Run the zip archive `content` as the function's code."""
    _update_code(deployment, content)
    try:
        yield
    finally:
        _update_code(deployment, function_zip())


@contextmanager
def without_retries(deployment: Deployment) -> Iterator[None]:
    """Send failures to the failure queue without retries."""
    name = deployment.function_name
    got = deployment.functions.get_function_event_invoke_config(FunctionName=name)
    before: Any = {
        name: got[name] for name in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
    }
    deployment.functions.put_function_event_invoke_config(FunctionName=name, **before | {"MaximumRetryAttempts": 0})
    try:
        yield
    finally:
        deployment.functions.put_function_event_invoke_config(FunctionName=name, **before)


def no_room(deployment: Deployment) -> dict[str, str]:
    """Return an environment in which the function has no bucket to write to."""
    return {"PROCESSED_BUCKET": f"{deployment.processed_bucket}-elsewhere"}


def _configure(deployment: Deployment, **changes: Any) -> None:
    deployment.functions.update_function_configuration(FunctionName=deployment.function_name, **changes)
    deployment.functions.get_waiter("function_updated_v2").wait(
        FunctionName=deployment.function_name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    _linger(deployment)


def _update_code(deployment: Deployment, content: bytes) -> None:
    update_code(deployment, ZipFile=content)
    _linger(deployment)


def _linger(deployment: Deployment) -> None:
    if is_localstack(deployment):
        time.sleep(LOCALSTACK_LINGERS)


@cache
def is_localstack(deployment: Deployment) -> bool:
    try:
        with urlopen(f"{deployment.endpoint_url}/_localstack/info", timeout=10):  # noqa: S310 - http, to this machine
            return True
    except HTTPError:
        return False
