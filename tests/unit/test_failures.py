"""Messages of the failure queue."""

import json
import tracemalloc
from contextlib import closing
from typing import Any

import pytest

from pipeline.deployed import failures
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.failures import Errors, Hold, list_failures
from pipeline.deployed.function import Upload

RECORD = {"s3": {"bucket": {"name": "upload"}, "object": {"key": "a+b.jpg", "eTag": "e", "size": 1, "versionId": "v"}}}
UPLOAD = Upload("upload", "a b.jpg", "e", "v", 1)


class Queue:
    """An SQS API with a few messages."""

    def __init__(self, *bodies: str) -> None:
        self.visible = list(bodies)
        self.released = 0
        self.attributes: dict[str, Any] = {}

    def receive_message(self, MessageAttributeNames: list[str], **_: Any) -> dict[str, Any]:  # noqa: N803
        taken, self.visible = self.visible[:10], self.visible[10:]
        asked = {name: value for name, value in self.attributes.items() if name in MessageAttributeNames}
        return {
            "Messages": [
                {"MessageId": body, "ReceiptHandle": body, "Body": body, "MessageAttributes": asked} for body in taken
            ]
        }

    def change_message_visibility_batch(self, QueueUrl: str, Entries: list[Any]) -> None:  # noqa: ARG002, N803
        assert len(Entries) <= 10
        self.released += len(Entries)


def deployment(*bodies: str) -> tuple[Deployment, Queue]:
    made, queue = Deployment("upload", "processed", "processor", "http://queue", "us-east-1"), Queue(*bodies)
    made.__dict__["sqs"] = queue
    return made, queue


def message(**response: Any) -> str:
    return json.dumps(
        {"requestPayload": {"Records": [RECORD]}, "requestContext": {"condition": "EventAgeExceeded"}, **response}
    )


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (message(responsePayload={"errorMessage": "no room"}), "no room"),
        (message(responsePayload=None), "EventAgeExceeded"),
        (message(), "EventAgeExceeded"),
    ],
)
def test_a_message_names_its_uploads_and_the_error(body: str, error: str) -> None:
    (failure,) = list_failures(deployment(body)[0])
    assert (failure.uploads, failure.error) == ((UPLOAD,), error)


@pytest.mark.parametrize(
    "body", ["", "text", "1", "[]", "{}", '{"requestPayload": 1}', '{"requestPayload": {"Records": [{}]}}']
)
def test_another_message_has_no_uploads(body: str) -> None:
    (failure,) = list_failures(deployment(body)[0])
    assert failure.uploads == ()
    assert "not a failed event" in failure.error


def test_a_message_of_eventbridge_names_its_upload_and_the_error() -> None:
    """The attributes are those of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html."""
    event = {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {
            "bucket": {"name": "upload"},
            "object": {"key": "a b.jpg", "size": 1, "etag": "e", "version-id": "v"},
        },
    }
    made, queue = deployment(json.dumps(event))
    queue.attributes = {
        "ERROR_CODE": {"StringValue": "NO_PERMISSIONS", "DataType": "String"},
        "ERROR_MESSAGE": {"StringValue": "is not authorized to perform: lambda:InvokeFunction", "DataType": "String"},
        "RULE_ARN": {"StringValue": "arn:aws:events:us-east-1:123456789012:rule/uploads", "DataType": "String"},
    }
    (failure,) = list_failures(made)
    assert (failure.uploads, failure.event) == ((UPLOAD,), event)
    assert failure.error == (
        "not delivered by EventBridge: NO_PERMISSIONS: is not authorized to perform: lambda:InvokeFunction"
    )


def test_all_messages_are_read_and_released() -> None:
    made, queue = deployment(*(message(number=number) for number in range(25)))
    assert len(list(list_failures(made))) == 25
    assert queue.released == 25


def test_messages_that_come_again_are_read_once() -> None:
    made, queue = deployment(*(message(number=number) for number in [*range(20), *range(20)]))
    assert len(list(list_failures(made))) == 20
    assert queue.released == 20


def test_a_message_that_waits_too_long_for_its_turn_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    made, queue = deployment(*(message(number=number) for number in range(25)))
    monkeypatch.setattr(failures, "TURN_SECONDS", 0.0)
    hold = Hold(made, 60)
    with closing(hold.take(10)) as messages:
        assert list(messages) == []
    assert queue.released == 25


def test_receipts_are_not_kept_in_memory() -> None:
    """Each message of the queue is longer than what is left for it in memory."""
    made, queue = deployment(*(message(number=number) for number in range(5000)))
    tracemalloc.start()
    try:
        assert sum(1 for _ in list_failures(made)) == 5000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200_000
    assert queue.released == 5000


def test_messages_are_released_when_the_reader_stops_early() -> None:
    made, queue = deployment(*(message(number=number) for number in range(25)))
    reader = list_failures(made)
    next(reader)
    reader.close()
    assert queue.released == 10


def test_an_error_is_that_of_the_version() -> None:
    errors = Errors(list_failures(deployment(message(responsePayload={"errorMessage": "no room"}))[0]))
    assert errors.of(UPLOAD) == "no room"
    assert errors.of(Upload("upload", "a b.jpg", "e", "another", 1)) is None
