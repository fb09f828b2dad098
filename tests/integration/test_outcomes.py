"""Every upload has one outcome: what is no image, what comes twice, what fails for good."""

import json

import pytest
from integration.conftest import Process
from integration.images import encoded, quarters

from pipeline.deployment import Deployment
from pipeline.failures import Failure, failures
from pipeline.function import COMPRESSION_LEVELS, Upload
from pipeline.outcomes import Outcome
from pipeline.waiting import poll

JPEG = encoded(quarters(640, 480), "JPEG", quality=95)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("half.jpg", JPEG[: len(JPEG) // 2], "cut-short"),
        ("letter.jpg", b"Dear Sir or Madam,\n", "not-an-image"),
        ("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "unsupported-format"),
    ],
)
def test_what_is_no_image_gets_one_rejection(
    name: str, content: bytes, code: str, process: Process, deployment: Deployment
) -> None:
    outcome = process(name, content)
    assert outcome.state == "rejected"
    assert list(keys_beside(outcome, deployment)) == [outcome.keys["rejected"]]
    stored = deployment.s3.get_object(Bucket=deployment.processed_bucket, Key=outcome.keys["rejected"])
    assert stored["ContentType"] == "application/json"
    record = json.loads(stored["Body"].read())
    assert record["code"] == code
    assert record["reason"] == outcome.reason
    assert record["source"] == {
        "key": outcome.upload.key,
        "etag": outcome.upload.etag,
        "version": outcome.upload.version,
        "bytes": len(content),
    }


def test_an_event_that_comes_twice_writes_the_same_objects(process: Process, deployment: Deployment) -> None:
    outcome = process("twice.jpg", JPEG)
    before = keys_beside(outcome, deployment)
    answer = deployment.functions.invoke(FunctionName=deployment.function_name, Payload=event_of(outcome.upload))
    assert "FunctionError" not in answer, answer["Payload"].read()
    after = keys_beside(outcome, deployment)
    assert after.keys() == before.keys() == set(outcome.keys.values())
    assert etags(after) == etags(before)
    assert all(after[key]["LastModified"] >= before[key]["LastModified"] for key in after)


def test_several_uploads_in_one_event_are_all_processed(process: Process, deployment: Deployment) -> None:
    first, second = process("one.jpg", JPEG).upload, process("two.jpg", JPEG).upload
    both = json.dumps({"Records": [record_of(first), record_of(second)]})
    answer = deployment.functions.invoke(FunctionName=deployment.function_name, Payload=both)
    outcomes = json.loads(answer["Payload"].read())["outcomes"]
    assert [outcome["key"] for outcome in outcomes] == [first.key, second.key]
    assert all(len(outcome["keys"]) == len(COMPRESSION_LEVELS) for outcome in outcomes)


def test_an_event_that_keeps_failing_ends_in_the_failure_queue(
    deployment: Deployment, folder: str, seconds: float
) -> None:
    upload = Upload(f"{deployment.upload_bucket}-elsewhere", f"{folder}/a.jpg", "0" * 32, None, 1)
    deployment.functions.invoke(
        FunctionName=deployment.function_name, InvocationType="Event", Payload=event_of(upload)
    )
    failure = poll(lambda: failure_of(upload, deployment), seconds)
    assert failure is not None, f"nothing in the failure queue after {seconds} s"
    assert failure.event == json.loads(event_of(upload))
    assert "NoSuchBucket" in failure.error or "AccessDenied" in failure.error


def test_an_empty_object_is_no_upload(process: Process, deployment: Deployment, folder: str) -> None:
    deployment.s3.put_object(Bucket=deployment.upload_bucket, Key=f"{folder}/marker/", Body=b"")
    later = process("marker/later.jpg", JPEG)
    assert set(keys_below(f"{folder}/", deployment)) == set(later.keys.values())


def failure_of(upload: Upload, deployment: Deployment) -> Failure | None:
    return next((failure for failure in failures(deployment) if upload in failure.uploads), None)


def event_of(upload: Upload) -> bytes:
    return json.dumps({"Records": [record_of(upload)]}).encode()


def record_of(upload: Upload) -> dict[str, object]:
    described = {"key": upload.key, "eTag": upload.etag, "size": upload.size, "versionId": upload.version}
    return {"eventSource": "aws:s3", "s3": {"bucket": {"name": upload.bucket}, "object": described}}


def keys_beside(outcome: Outcome, deployment: Deployment) -> dict[str, dict[str, object]]:
    """What the processed bucket holds for the upload, whatever it is called."""
    return keys_below(outcome.upload.key.rpartition(".")[0], deployment)


def keys_below(prefix: str, deployment: Deployment) -> dict[str, dict[str, object]]:
    listed = deployment.s3.list_objects_v2(Bucket=deployment.processed_bucket, Prefix=prefix)
    return {item["Key"]: dict(item) for item in listed.get("Contents", [])}


def etags(objects: dict[str, dict[str, object]]) -> dict[str, object]:
    return {key: item["ETag"] for key, item in objects.items()}
