"""The failure queue: events that Lambda gave up on, each with its error."""

import json
import sqlite3
import threading
import time
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, Literal

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload, identity, uploads
from pipeline.lib.signals import uninterrupted

MAX_MESSAGES = 10  # messages in a request, by SQS
READING_SECONDS = 60  # how long a message is held for reading
TURN_SECONDS = 10  # how long a received message may wait for its turn
LONG_POLL_SECONDS = 1  # with 0, SQS asks only a sample of its servers
FRESH_SECONDS = 1
NOT_VISIBLE: Literal["ApproximateNumberOfMessagesNotVisible"] = "ApproximateNumberOfMessagesNotVisible"


@dataclass(frozen=True)
class Failure:
    """One message: the uploads in the event that failed, and the error.

    For a message of another kind, there are no uploads and no event, and `error` describes it.
    """

    message: str
    receipt: str
    uploads: tuple[Upload, ...]
    error: str
    event: Mapping[str, Any]


class Hold:
    """Messages that no other reader receives until this process deletes or releases them, or they are `seconds` old.

    They are noted in a temporary database, because their receipts may not fit in memory.
    """

    def __init__(self, deployment: Deployment, seconds: int, wait: int = LONG_POLL_SECONDS) -> None:
        self._deployment, self._seconds, self._wait = deployment, seconds, wait
        self._notes = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._notes.execute("CREATE TABLE held (message TEXT PRIMARY KEY, receipt TEXT)")

    def take(self, count: int) -> Generator[Failure, None, None]:
        """Yield messages that are not held yet, until the queue has no others. They are received `count` at a time.

        A message that is received, but doesn't get its turn in time, is visible again.
        """
        while received := self._receive(count):
            end = time.monotonic() + TURN_SECONDS
            try:
                while received and time.monotonic() < end:
                    yield received.pop(0)
            finally:
                self.release(received)

    def release(self, failures: Iterable[Failure]) -> None:
        """Make messages visible again."""
        for failure in failures:
            self._release([failure.receipt])
            self.forget(failure)

    def forget(self, failure: Failure) -> None:
        """Forget a message that is deleted."""
        self._notes.execute("DELETE FROM held WHERE message = ?", (failure.message,))

    def close(self) -> None:
        """Make all held messages visible again."""
        receipts = (receipt for (receipt,) in self._notes.execute("SELECT receipt FROM held"))
        while some := list(islice(receipts, MAX_MESSAGES)):
            self._release(some)
        self._notes.close()

    def _receive(self, count: int) -> list[Failure]:
        """Return up to `count` new messages, or none if the queue seems to have only those that are held.

        A held message that is `seconds` old comes again.
        """
        again = 0
        while True:
            with uninterrupted():  # a message that is received but not noted would stay hidden
                received = receive(self._deployment, count, self._seconds, self._wait)
                new = [failure for failure in received if not self._is_held(failure)]
                self._notes.executemany(
                    "INSERT OR REPLACE INTO held VALUES (?, ?)", [(each.message, each.receipt) for each in received]
                )
            again += len(received)
            if new or not received or again > self._count():
                return new

    def _is_held(self, failure: Failure) -> bool:
        found = self._notes.execute("SELECT 1 FROM held WHERE message = ?", (failure.message,))
        return found.fetchone() is not None

    def _count(self) -> int:
        (count,) = self._notes.execute("SELECT count(*) FROM held").fetchone()
        return int(count)

    def _release(self, receipts: Iterable[str]) -> None:
        """Make up to 10 messages visible. SQS ignores those that are deleted."""
        self._deployment.sqs.change_message_visibility_batch(
            QueueUrl=self._deployment.failure_queue_url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                for number, receipt in enumerate(receipts)
            ],
        )


def list_failures(deployment: Deployment, wait: int = LONG_POLL_SECONDS) -> Generator[Failure, None, None]:
    """Yield every message in the failure queue. They stay there, and are visible again at the end."""
    with closing(Hold(deployment, READING_SECONDS, wait)) as hold, closing(hold.take(MAX_MESSAGES)) as messages:
        yield from messages


def receive(deployment: Deployment, count: int, seconds: int, wait: int = LONG_POLL_SECONDS) -> list[Failure]:
    """Return up to `count` messages, which no other reader receives for `seconds`."""
    received = deployment.sqs.receive_message(
        QueueUrl=deployment.failure_queue_url,
        MaxNumberOfMessages=min(count, MAX_MESSAGES),
        VisibilityTimeout=seconds,
        WaitTimeSeconds=wait,
        MessageAttributeNames=["ERROR_CODE", "ERROR_MESSAGE"],  # of events that EventBridge couldn't deliver
    )
    return [_decode(message) for message in received.get("Messages", [])]


def count_held(deployment: Deployment) -> int:
    """Return approximately how many messages readers hold: received, but neither deleted nor released."""
    answer = deployment.sqs.get_queue_attributes(QueueUrl=deployment.failure_queue_url, AttributeNames=[NOT_VISIBLE])
    return int(answer["Attributes"][NOT_VISIBLE])


def delete(deployment: Deployment, failure: Failure) -> None:
    """Delete the message of `failure`, because its uploads have another outcome."""
    deployment.sqs.delete_message(QueueUrl=deployment.failure_queue_url, ReceiptHandle=failure.receipt)


class Errors:
    """The errors in the failure queue by upload: a second event of the same upload is the same upload."""

    def __init__(self, found: Iterable[Failure]) -> None:
        texts: dict[str, str] = {}  # many have the same error: one text is enough
        self._errors = {
            identity(upload): texts.setdefault(failure.error, failure.error)
            for failure in found
            for upload in failure.uploads
        }

    def of(self, upload: Upload) -> str | None:
        """Return why `upload` failed, or None if it isn't in the queue."""
        return self._errors.get(identity(upload))


def read_errors(deployment: Deployment, wait: int = LONG_POLL_SECONDS) -> Errors:
    """Return the current errors in the failure queue."""
    with closing(list_failures(deployment, wait)) as found:
        return Errors(found)


def recent_error(deployment: Deployment, upload: Upload) -> str | None:
    """Return why `upload` failed. The answer may be a second old, because many threads can wait for outcomes."""
    return _watch(deployment).errors().of(upload)


class _Watch:
    """One reader for all threads: readers hide messages from each other."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._lock = threading.Lock()
        self._errors = Errors([])
        self._expires = 0.0

    def errors(self) -> Errors:
        with self._lock:
            if time.monotonic() > self._expires:
                self._errors = read_errors(self._deployment, wait=0)
                self._expires = time.monotonic() + FRESH_SECONDS
            return self._errors


@cache
def _watch(deployment: Deployment) -> _Watch:
    return _Watch(deployment)


def _decode(message: Mapping[str, Any]) -> Failure:
    """Return the failure in a message of an on-failure destination, or of EventBridge.

    Sources: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html,
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    names = message["MessageId"], message["ReceiptHandle"]
    try:
        record = json.loads(message["Body"])
        if "detail-type" in record:  # the event itself
            return Failure(*names, tuple(uploads(record)), _undelivered(message), record)
        event = record["requestPayload"]
        response = record.get("responsePayload") or {}
        error = response.get("errorMessage") or record.get("requestContext", {}).get("condition", "unknown error")
        return Failure(*names, tuple(uploads(event)), str(error), event)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return Failure(*names, (), f"not a failed event of the function: {error!r}", {})


def _undelivered(message: Mapping[str, Any]) -> str:
    """Return why EventBridge couldn't deliver the event in `message` to the function."""
    attributes = message.get("MessageAttributes", {})
    reasons = [attributes[name]["StringValue"] for name in ("ERROR_CODE", "ERROR_MESSAGE") if name in attributes]
    return ": ".join(["not delivered by EventBridge", *reasons])
