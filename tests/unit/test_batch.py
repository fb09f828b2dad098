"""Tasks of S3 Batch Operations, in the shape that AWS documents.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
"""

from typing import Any

import pytest

import batch
import storage
from events import EventError, Upload
from tests.integration.batches import task_event

UPLOADS = {"a b.jpg": 100, "hidden.jpg": 100, "empty": 0, "letter.txt": 20, "cursed.png": 7}


@pytest.fixture(autouse=True)
def uploads(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_upload(bucket: str, key: str, version: str | None) -> Upload:
        if key not in UPLOADS:
            raise storage.MissingError(f"there is no such object in {bucket}")
        return Upload(bucket, key, "0123", version or "latest", UPLOADS[key])

    monkeypatch.setattr(storage, "find_upload", find_upload)
    monkeypatch.setenv("PROCESSED_BUCKET", "processed")


def attempt(upload: Upload) -> dict[str, Any]:
    if upload.key == "letter.txt":
        return {"outcome": "rejected", "code": "not-an-image", "reason": "not an image", "record": "x.json"}
    if upload.key == "hidden.jpg":
        return {"outcome": "deleted", "deleted": []}
    if upload.key == "cursed.png":
        raise TimeoutError("no answer " + "x" * 2000)
    return {"outcome": "variants", "variants": [{"key": f"{upload.bucket}/{upload.key}@{upload.version}"}]}


def codes(answer: dict[str, Any]) -> list[str]:
    return [result["resultCode"] for result in answer["results"]]


@pytest.mark.parametrize("schema", ["1.0", "2.0"])
def test_each_task_has_a_result(schema: str) -> None:
    event = task_event("uploads", ["a+b.jpg", "empty", "letter.txt", "cursed.png", "missing.png"], schema)

    answer = batch.answer(event, attempt)

    assert codes(answer) == ["Succeeded", "Succeeded", "PermanentFailure", "TemporaryFailure", "PermanentFailure"]
    assert [result["taskId"] for result in answer["results"]] == [task["taskId"] for task in event["tasks"]]
    assert (answer["invocationSchemaVersion"], answer["invocationId"]) == (schema, event["invocationId"])
    assert "uploads/a b.jpg@latest" in answer["results"][0]["resultString"]
    assert answer["results"][2]["resultString"] == "rejected: not an image"
    assert "there is no such object in uploads" in answer["results"][4]["resultString"]


def test_a_task_processes_its_version() -> None:
    event = task_event("uploads", ["a%20b.jpg"], version="v7")
    assert "a b.jpg@v7" in batch.answer(event, attempt)["results"][0]["resultString"]


def test_a_result_fits_into_the_report() -> None:
    (result,) = batch.answer(task_event("uploads", ["cursed.png"]), attempt)["results"]
    assert len(result["resultString"]) == batch.MAX_RESULT


def test_a_task_for_a_deleted_upload_succeeds() -> None:
    (result,) = batch.answer(task_event("uploads", ["hidden.jpg"]), attempt)["results"]
    assert (result["resultCode"], result["resultString"]) == ("Succeeded", "deleted, and so are its variants")


def test_variants_are_not_processed_again() -> None:
    (result,) = batch.answer(task_event("processed", ["a b.jpg"]), attempt)["results"]
    assert (result["resultCode"], result["resultString"]) == (
        "PermanentFailure",
        "the object is in the processed bucket",
    )


@pytest.mark.parametrize("change", [{"s3Key": 5}, {"s3Key": "%ff"}, {"s3BucketArn": None}])
def test_a_malformed_task_does_not_affect_the_others(change: dict[str, Any]) -> None:
    event = task_event("uploads", ["a+b.jpg", "a+b.jpg"])
    event["tasks"][0] |= change
    assert codes(batch.answer(event, attempt)) == ["PermanentFailure", "Succeeded"]


@pytest.mark.parametrize("tasks", [None, "many", [5], [{"s3Key": "a"}]])
def test_an_event_without_tasks_is_refused(tasks: Any) -> None:
    with pytest.raises(EventError, match="expected a list of tasks"):
        batch.answer({"invocationSchemaVersion": "1.0", "tasks": tasks}, attempt)


def test_other_events_are_not_batches() -> None:
    assert batch.is_batch(task_event("uploads", []))
    assert not batch.is_batch({"Records": []})
    assert not batch.is_batch(None)
