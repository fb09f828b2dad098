"""The scenarios that every stack runs with the same assertions, and those that no other module has.

Tests that change the deployment need a disposable stack, so they skip AWS.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS, Upload
from pipeline.deployed.outcomes import wait_for_outcome
from pipeline.lib.waiting import poll
from pipeline.stacks import Stack
from pipeline.stacks.embedded import Embedded
from tests.integration import schema
from tests.integration.images import encoded, quarters
from tests.integration.objects import Process, content_of, event_of, objects_below, upload_to

PNG = encoded(quarters(16, 12), "PNG")
PART = 5 * 1024 * 1024  # S3's minimum for all parts but the last

# Scenario -> the test that runs it.
SCENARIOS = {
    "upload": "test_variants.py::test_an_image_gets_all_of_its_variants",
    "odd keys": "test_keys.py::test_an_odd_key_gets_its_variants",
    "duplicate": "test_outcomes.py::test_an_event_delivered_twice_writes_the_same_objects",
    "new version": "test_faults.py::test_versions_in_quick_succession_do_not_mix",
    "multipart": "test_same_behavior.py::test_an_upload_in_parts_gets_its_variants",
    "copy": "test_same_behavior.py::test_a_copy_in_the_bucket_gets_its_variants",
    "rejection": "test_outcomes.py::test_a_file_that_is_not_an_image_gets_one_rejection",
    "retry cycle": "test_updating.py::test_code_with_the_layer_of_another_architecture_fails_and_is_retried",
    "redrive": "test_operations.py::test_failed_uploads_become_variants_when_the_cause_is_fixed",
    "deletion before processing": "test_faults.py::test_an_upload_deleted_before_its_event_is_rejected",
    "outcome event": "test_same_behavior.py::test_an_outcome_event_says_what_was_made_of_the_upload",
    "prefix filter": "test_triggers.py::test_only_keys_with_the_prefix_and_a_suffix_are_uploads",
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_has_its_test(scenario: str) -> None:
    module, _, name = SCENARIOS[scenario].partition("::")
    assert f"def {name}(" in (Path(__file__).parent / module).read_text()


def test_an_upload_in_parts_gets_its_variants(deployment: Deployment, folder: str, seconds: float) -> None:
    picture = PNG + bytes(PART)  # what follows the end of a PNG isn't part of the picture
    key, bucket = f"{folder}/parts.png", deployment.upload_bucket
    upload_id = deployment.s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    parts = [
        {
            "PartNumber": number,
            "ETag": deployment.s3.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body)[
                "ETag"
            ],
        }
        for number, body in enumerate((picture[:PART], picture[PART:]), 1)
    ]
    stored = deployment.s3.complete_multipart_upload(
        Bucket=bucket,
        Key=key,
        UploadId=upload_id,
        MultipartUpload={"Parts": parts},  # type: ignore[typeddict-item]
    )
    etag = stored["ETag"].strip('"')
    assert etag.endswith("-2"), "this ETag isn't the MD5 of the content"
    outcome = wait_for_outcome(deployment, Upload(bucket, key, etag, stored.get("VersionId"), len(picture)), seconds)
    assert (outcome.state, len(outcome.keys)) == ("complete", len(VARIANTS)), outcome.reason


def test_a_copy_in_the_bucket_gets_its_variants(
    process: Process, deployment: Deployment, folder: str, seconds: float
) -> None:
    original = process("original.png", PNG)
    bucket, key = deployment.upload_bucket, f"{folder}/copied.png"
    stored = deployment.s3.copy_object(
        Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": original.upload.key}
    )
    etag = stored["CopyObjectResult"]["ETag"].strip('"')
    copied = wait_for_outcome(deployment, Upload(bucket, key, etag, stored.get("VersionId"), len(PNG)), seconds)
    assert copied.state == "complete", copied.reason
    for name, made in copied.keys.items():
        assert content_of(made, deployment) == content_of(original.keys[name], deployment)
    assert set(objects_below(f"{folder}/copied_", deployment)) == set(copied.keys.values())


@pytest.mark.meddles
def test_an_outcome_event_says_what_was_made_of_the_upload(
    stack: Stack, deployment: Deployment, folder: str, seconds: float
) -> None:
    with destination(deployment) as queue:
        upload = upload_to(deployment, f"{folder}/a.png", PNG)
        made = wait_for_outcome(deployment, upload, seconds)
        sent = answered(deployment, upload) if isinstance(stack, Embedded) else received(deployment, queue, seconds)
    schema.check(sent)
    (outcome,) = sent["outcomes"]
    assert (outcome["key"], outcome["version"], outcome["outcome"]) == (upload.key, upload.version, "variants")
    assert {variant["name"]: variant["key"] for variant in outcome["variants"]} == dict(made.keys)


@contextmanager
def destination(deployment: Deployment) -> Iterator[str]:
    """Send outcomes to a new queue, and give its URL."""
    name, functions, sqs = deployment.function_name, deployment.functions, deployment.sqs
    queue = sqs.create_queue(QueueName=f"outcomes-{secrets.token_hex(4)}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    got: Any = functions.get_function_event_invoke_config(FunctionName=name)
    before = {each: got[each] for each in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")}
    both = before["DestinationConfig"] | {"OnSuccess": {"Destination": arn}}
    functions.put_function_event_invoke_config(FunctionName=name, **before | {"DestinationConfig": both})
    try:
        yield queue
    finally:
        functions.put_function_event_invoke_config(FunctionName=name, **before)
        sqs.delete_queue(QueueUrl=queue)


def received(deployment: Deployment, queue: str, seconds: float) -> Any:
    """Return the outcome event in `queue`."""
    messages = poll(lambda: deployment.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"), seconds)
    assert messages, f"no outcome event within {seconds} s"
    return json.loads(messages[0]["Body"])["responsePayload"]


def answered(deployment: Deployment, upload: Upload) -> Any:
    """Return what the function answers, because MiniStack sends it to no destination."""
    answer = deployment.functions.invoke(FunctionName=deployment.function_name, Payload=event_of(upload))
    return json.loads(answer["Payload"].read())
