"""Every upload has exactly one outcome, also other files, repeated events, and permanent failures."""

import json
from typing import Any

import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.failures import Failure, list_failures
from pipeline.deployed.function import VARIANTS, Upload
from pipeline.deployed.logs import recent_logs
from pipeline.deployed.outcomes import Outcome
from pipeline.lib.waiting import poll
from tests.integration.images import encoded, quarters
from tests.integration.objects import Process, content_of, event_of, objects_below
from tests.integration.schema import check

JPEG = encoded(quarters(640, 480), "JPEG", quality=95)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("half.jpg", JPEG[: len(JPEG) // 2], "truncated"),
        ("letter.jpg", b"Dear Sir or Madam,\n", "not-an-image"),
        ("scan.tif", b"II*\0\x08\0\0\0", "unsupported-format"),
    ],
)
def test_a_file_that_is_not_an_image_gets_one_rejection(
    name: str, content: bytes, code: str, process: Process, deployment: Deployment
) -> None:
    outcome = process(name, content)
    assert outcome.state == "rejected"
    assert list(objects_of(outcome, deployment)) == [outcome.keys["rejected"]]
    key = outcome.keys["rejected"]
    head = deployment.s3.head_object(Bucket=deployment.processed_bucket, Key=key)
    assert head["ContentType"] == "application/json"
    record = json.loads(content_of(key, deployment))
    assert record["code"] == code
    assert record["reason"] == outcome.reason
    assert record["source"] == {
        "key": outcome.upload.key,
        "etag": outcome.upload.etag,
        "version": outcome.upload.version,
        "bytes": len(content),
    }


def test_an_event_delivered_twice_writes_the_same_objects(process: Process, deployment: Deployment) -> None:
    outcome = process("twice.jpg", JPEG)
    before = objects_of(outcome, deployment)
    answer = deployment.functions.invoke(FunctionName=deployment.function_name, Payload=event_of(outcome.upload))
    assert "FunctionError" not in answer, answer["Payload"].read()
    after = objects_of(outcome, deployment)
    assert after.keys() == before.keys() == set(outcome.keys.values())
    assert etags(after) == etags(before)
    assert all(after[key]["LastModified"] >= before[key]["LastModified"] for key in after)


def test_several_uploads_in_one_event_are_all_processed(process: Process, deployment: Deployment) -> None:
    first, second = process("one.jpg", JPEG).upload, process("two.jpg", JPEG).upload
    answer = deployment.functions.invoke(FunctionName=deployment.function_name, Payload=event_of(first, second))
    payload = json.loads(answer["Payload"].read())
    check(payload)
    assert [outcome["key"] for outcome in payload["outcomes"]] == [first.key, second.key]
    assert all(len(outcome["variants"]) == len(VARIANTS) for outcome in payload["outcomes"])


def test_an_event_that_keeps_failing_ends_in_the_failure_queue(
    deployment: Deployment, folder: str, seconds: float
) -> None:
    upload = Upload(f"{deployment.upload_bucket}-elsewhere", f"{folder}/a.jpg", "0" * 32, None, 1)
    deployment.functions.invoke(FunctionName=deployment.function_name, InvocationType="Event", Payload=event_of(upload))
    failure = poll(lambda: failure_of(upload, deployment), seconds)
    assert failure is not None, f"nothing in the failure queue after {seconds} s"
    assert failure.event == json.loads(event_of(upload))
    assert "NoSuchBucket" in failure.error or "AccessDenied" in failure.error


def test_an_empty_object_gets_no_outcome(process: Process, deployment: Deployment, folder: str, seconds: float) -> None:
    key = f"{folder}/marker/"
    deployment.s3.put_object(Bucket=deployment.upload_bucket, Key=key, Body=b"")
    later = process("marker/later.jpg", JPEG)
    assert poll(lambda: f'"{key}"' in recent_logs(deployment) or None, seconds), (
        "the event of the empty object has not come"
    )
    assert set(objects_below(f"{folder}/", deployment)) == set(later.keys.values())


def failure_of(upload: Upload, deployment: Deployment) -> Failure | None:
    return next((failure for failure in list_failures(deployment) if upload in failure.uploads), None)


def objects_of(outcome: Outcome, deployment: Deployment) -> dict[str, Any]:
    """Return everything that the processed bucket holds for the upload."""
    return objects_below(outcome.upload.key.rpartition(".")[0], deployment)


def etags(objects: dict[str, Any]) -> dict[str, str]:
    return {key: item["ETag"] for key, item in objects.items()}
