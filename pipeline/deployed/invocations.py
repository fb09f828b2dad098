"""Invoke the function."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import quote_plus

from botocore.exceptions import BotoCoreError, ClientError

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload

NO_UPLOADS: Mapping[str, Any] = {"Records": []}
THROTTLED = "TooManyRequestsException"
MIN_PAUSE, MAX_PAUSE = 0.5, 20.0  # seconds
MAX_SECONDS_WITHOUT_SUCCESS = 300.0

Item = TypeVar("Item")


class ThrottledError(Exception):
    """Lambda throttles the invocation. It can be tried again later."""


def max_concurrency(deployment: Deployment) -> int:
    """Return how many invocations of the function can run at once: its reserved concurrency, or the account's rest."""
    functions = deployment.functions
    reserved = functions.get_function_concurrency(FunctionName=deployment.function_name)
    if "ReservedConcurrentExecutions" in reserved:
        return reserved["ReservedConcurrentExecutions"]
    return functions.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]


class Backoff:
    """Pauses that grow while invocations are throttled. `throttled` counts these."""

    def __init__(self) -> None:
        self.throttled = 0
        self._pause = 0.0
        self._last_success = time.monotonic()

    def note(self, *, throttled: bool) -> None:
        """Note how an invocation ended."""
        if throttled:
            self.throttled += 1
            self._pause = self._pause or MIN_PAUSE
        else:
            self._pause, self._last_success = 0.0, time.monotonic()

    @property
    def is_over(self) -> bool:
        """Return whether invocations have been throttled for too long to keep waiting."""
        return self._pause > 0 and time.monotonic() - self._last_success > MAX_SECONDS_WITHOUT_SUCCESS

    def wait(self) -> None:
        """Pause if the last invocation was throttled, unless `is_over`. The next pause is longer."""
        time.sleep(0 if self.is_over else self._pause)
        self._pause = min(2 * self._pause, MAX_PAUSE)

    def between(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield `items`, with pauses."""
        for item in items:
            self.wait()
            yield item


def send_event(deployment: Deployment, event: Mapping[str, Any]) -> None:
    """Send `event` to the function as S3 does: Lambda retries it if it fails, then delivers it to the failure queue.

    Raises:
        ThrottledError: Lambda doesn't take it now.
    """
    with _throttling():
        deployment.functions.invoke(
            FunctionName=deployment.function_name, InvocationType="Event", Payload=json.dumps(event).encode()
        )


def error_of(deployment: Deployment, event: Mapping[str, Any]) -> str:
    """Invoke the function with `event`, wait for it, and return its error, or "".

    Lambda doesn't deliver failures of such invocations to the failure queue.

    Raises:
        ThrottledError: Lambda throttles it.
    """
    try:
        with _throttling():
            answer = deployment.functions.invoke(
                FunctionName=deployment.function_name, Payload=json.dumps(event).encode()
            )
    except (BotoCoreError, ClientError) as error:
        return str(error)
    payload = answer["Payload"].read().decode()
    if "FunctionError" not in answer:
        return ""
    return str(json.loads(payload).get("errorMessage", payload))


@contextmanager
def _throttling() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] == THROTTLED:
            raise ThrottledError(error.response["Error"].get("Message", THROTTLED)) from error
        raise


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
