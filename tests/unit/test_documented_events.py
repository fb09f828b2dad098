"""Events in the shapes that AWS documents. Each file in events/ names the page.

The emulators' shapes differ in places, which docs/differences.md lists.
"""

import json
from pathlib import Path
from typing import Any

import pytest

import batch
import storage
from events import Upload, uploads
from pipeline.deployed.failures import list_failures
from tests.unit.test_failures import deployment

EVENTS = Path(__file__).parent / "events"
UPLOAD = Upload(
    "amzn-s3-demo-bucket",
    "holiday/café + crème.jpg",
    "d41d8cd98f00b204e9800998ecf8427e",
    "096fKKXTRTtl3on89fVO.nfljtsv6qko",
    1024,
)


def documented(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())["event"]


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_each_event_cites_its_page(path: Path) -> None:
    assert json.loads(path.read_text())["source"].startswith("https://docs.aws.amazon.com/")


@pytest.mark.parametrize("name", ["s3_notification", "eventbridge"])
def test_notifications_and_eventbridge_name_the_same_upload(name: str) -> None:
    assert list(uploads(documented(name))) == [UPLOAD]


def test_the_event_that_s3_sends_for_a_new_notification_names_no_upload() -> None:
    assert list(uploads(documented("s3_test_event"))) == []


@pytest.mark.parametrize(
    ("name", "version"), [("batch_tasks_1", UPLOAD.version), ("batch_tasks_2", "latest")], ids=["1.0", "2.0"]
)
def test_a_task_of_a_batch_job_names_the_upload(name: str, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def find_upload(bucket: str, key: str, version: str | None) -> Upload:
        return Upload(bucket, key, UPLOAD.etag, version or "latest", UPLOAD.size)

    monkeypatch.setattr(storage, "find_upload", find_upload)
    monkeypatch.setenv("PROCESSED_BUCKET", "processed")
    seen: list[Upload] = []

    def attempt(upload: Upload) -> dict[str, Any]:
        seen.append(upload)
        return {"outcome": "rejected", "code": "x", "reason": "x", "keys": []}

    event = documented(name)
    answer = batch.answer(event, attempt)
    assert seen == [Upload(UPLOAD.bucket, UPLOAD.key, UPLOAD.etag, version, UPLOAD.size)]
    assert answer["invocationId"] == event["invocationId"]
    assert [result["taskId"] for result in answer["results"]] == [event["tasks"][0]["taskId"]]


@pytest.mark.parametrize("without", [(), ("version", "timestamp", "responseContext")], ids=["AWS", "MiniStack"])
def test_a_message_of_the_on_failure_destination_names_its_upload(without: tuple[str, ...]) -> None:
    message = documented("on_failure") | {"requestPayload": documented("s3_notification")}
    kept = {name: value for name, value in message.items() if name not in without}
    if without:
        del kept["requestContext"]["requestId"]
    (failure,) = list_failures(deployment(json.dumps(kept))[0])
    assert failure.uploads == (UPLOAD,)
    assert failure.error == message["responsePayload"]["errorMessage"]
