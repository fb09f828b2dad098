"""What redrive and backfill do when the function has no room for another invocation."""

import io
import json
import threading
from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline.commands import backfill, redrive
from pipeline.commands.backfill import process_again
from pipeline.commands.redrive import redrive_messages
from pipeline.deployed import failures, invocations, uploads
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload
from pipeline.deployed.invocations import Backoff, event_record
from pipeline.deployed.outcomes import Outcome
from pipeline.deployed.uploads import max_invocations

Named = dict[str, Any]

THROTTLED: Any = {"Error": {"Code": "TooManyRequestsException", "Message": "Rate Exceeded."}}


class Queue:
    """SQS with one message for each of `count` uploads."""

    def __init__(self, count: int) -> None:
        self.visible = [f"{number}.jpg" for number in range(count)]
        self.hidden: list[str] = []

    def receive_message(self, MaxNumberOfMessages: int, **_: Any) -> Named:  # noqa: N803
        taken, self.visible = self.visible[:MaxNumberOfMessages], self.visible[MaxNumberOfMessages:]
        self.hidden += taken
        return {"Messages": [{"MessageId": key, "ReceiptHandle": key, "Body": body(key)} for key in taken]}

    def delete_message(self, ReceiptHandle: str, **_: Any) -> None:  # noqa: N803
        self.hidden.remove(ReceiptHandle)

    def change_message_visibility_batch(self, Entries: list[Named], **_: Any) -> None:  # noqa: N803
        for receipt in {entry["ReceiptHandle"] for entry in Entries} & set(self.hidden):
            self.hidden.remove(receipt)
            self.visible.append(receipt)


class Functions:
    """Lambda: it throttles the first invocations of each upload. `most` counts those that ran at once."""

    def __init__(self, reserved: int | None = None, throttles: int = 0) -> None:
        self.reserved = reserved
        self.throttles = throttles
        self.calls: Counter[str] = Counter()
        self.running = self.most = 0
        self._lock = threading.Lock()

    def get_function_configuration(self, **_: Any) -> Named:
        return {"Timeout": 60, "Environment": {"Variables": {}}}

    def get_function_concurrency(self, **_: Any) -> Named:
        return {} if self.reserved is None else {"ReservedConcurrentExecutions": self.reserved}

    def get_account_settings(self) -> Named:
        return {"AccountLimit": {"UnreservedConcurrentExecutions": 1000}}

    def invoke(self, Payload: bytes, **_: Any) -> Named:  # noqa: N803
        key = json.loads(Payload)["Records"][0]["s3"]["object"]["key"]
        with self._lock:
            self.calls[key] += 1
            if self.calls[key] <= self.throttles:
                raise ClientError(
                    {"Error": {"Code": "TooManyRequestsException", "Message": "Rate Exceeded."}}, "Invoke"
                )
            self.running += 1
            self.most = max(self.most, self.running)
        threading.Event().wait(0.01)
        with self._lock:
            self.running -= 1
        return {"Payload": io.BytesIO(b"null")}


def body(key: str) -> str:
    return json.dumps({"requestPayload": {"Records": [event_record(upload(key))]}, "requestContext": {}})


def upload(key: str) -> Upload:
    return Upload("upload", key, "e", "v", 1)


def complete(_: Deployment, which: Upload) -> Outcome:
    return Outcome(which, "complete", {})


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invocations, "MIN_PAUSE", 0.001)
    monkeypatch.setattr(redrive, "stored_outcome", complete)
    monkeypatch.setattr(backfill, "outcome_of", complete)
    monkeypatch.setattr(backfill, "examine", lambda _, outcome: outcome)


def deployment(queue: Queue, functions: Functions) -> Deployment:
    made = Deployment("upload", "processed", "processor", "http://queue", "us-east-1")
    vars(made).update(sqs=queue, functions=functions)  # instead of the cached properties
    return made


@pytest.mark.parametrize(("reserved", "expected"), [(7, 7), (None, 200), (0, 1), (5000, 200)])
def test_the_concurrency_of_the_function_limits_the_invocations(reserved: int | None, expected: int) -> None:
    assert max_invocations(deployment(Queue(0), Functions(reserved))) == expected


def test_an_emulator_gets_no_more_than_its_machine_can_run() -> None:
    made = Deployment("upload", "processed", "processor", "http://queue", "us-east-1", "http://127.0.0.1:1")
    vars(made).update(functions=Functions(5000))
    assert max_invocations(made) == uploads.MAX_IN_FLIGHT


def test_more_messages_than_one_request_returns_are_processed_at_once() -> None:
    queue, functions = Queue(60), Functions(reserved=30)
    assert len(list(redrive_messages(deployment(queue, functions)))) == 60
    assert failures.MAX_MESSAGES < functions.most <= 30
    assert not queue.visible + queue.hidden


def test_a_throttled_message_goes_back_and_is_processed_later() -> None:
    queue, functions, backoff = Queue(25), Functions(reserved=20, throttles=2), Backoff()
    attempts = list(redrive_messages(deployment(queue, functions), None, backoff))
    assert [attempt.error for attempt in attempts] == [""] * 25
    assert backoff.throttled == 50
    assert not queue.visible + queue.hidden


def test_a_throttled_message_does_not_count_for_the_limit() -> None:
    queue = Queue(25)
    attempts = list(redrive_messages(deployment(queue, Functions(reserved=20, throttles=1)), 12))
    assert len(attempts) == 12
    assert (len(queue.visible), queue.hidden) == (13, [])


def test_a_function_that_stays_throttled_ends_the_redrive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invocations, "MAX_SECONDS_WITHOUT_SUCCESS", 0.05)
    queue = Queue(25)
    attempts = list(redrive_messages(deployment(queue, Functions(reserved=20, throttles=10**9))))
    assert attempts
    assert {attempt.error for attempt in attempts} == {"throttled: Rate Exceeded."}
    assert (len(queue.visible), queue.hidden) == (25, []), "all messages are in the queue, and visible"


def test_an_interrupted_redrive_leaves_no_message_hidden() -> None:
    queue = Queue(25)
    running = redrive_messages(deployment(queue, Functions(reserved=20)))
    next(running)
    running.close()
    assert queue.hidden == []
    assert 5 <= len(queue.visible) < 25


def test_a_throttled_backfill_is_tried_again_after_the_others() -> None:
    functions, backoff = Functions(reserved=4, throttles=1), Backoff()
    before = [Outcome(upload(f"{number}.jpg"), "outdated", {}) for number in range(9)]
    after = list(process_again(deployment(Queue(0), functions), before, 1e6, 10, backoff))
    assert sorted(outcome.upload.key for outcome in after) == sorted(outcome.upload.key for outcome in before)
    assert {outcome.state for outcome in after} == {"complete"}
    assert (backoff.throttled, functions.calls.total()) == (9, 18)


def test_a_backfill_reports_uploads_whose_invocation_stays_throttled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invocations, "MAX_SECONDS_WITHOUT_SUCCESS", 0.02)
    functions = Functions(reserved=4, throttles=10**9)
    before = [Outcome(upload(f"{number}.jpg"), "pending", {}) for number in range(9)]
    after = list(process_again(deployment(Queue(0), functions), before, 1e6, 10, Backoff()))
    assert len(after) == 9
    assert {outcome.state for outcome in after} == {"pending"}
    assert {outcome.reason for outcome in after} == {"not made: the function is throttled"}
