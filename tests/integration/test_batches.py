"""The function answers S3 Batch Operations, whose tasks become the same objects as uploads."""

import json
from typing import Any
from urllib.parse import quote_plus

import pytest

from pipeline.deployed.deployment import Deployment
from tests.integration.batches import task_event
from tests.integration.commands import Command
from tests.integration.faults import without_notification
from tests.integration.images import encoded, quarters
from tests.integration.objects import Process, objects_below, upload_to

PNG = encoded(quarters(16, 12), "PNG")


def invoke(deployment: Deployment, event: dict[str, Any]) -> dict[str, Any]:
    answer = deployment.functions.invoke(FunctionName=deployment.function_name, Payload=json.dumps(event))
    parsed: dict[str, Any] = json.loads(answer["Payload"].read())
    return parsed


def test_a_task_makes_the_same_objects_again(process: Process, deployment: Deployment, folder: str) -> None:
    made = process("photo 1.png", PNG)
    before = objects_below(folder, deployment)
    for key in made.keys.values():
        deployment.s3.delete_object(Bucket=deployment.processed_bucket, Key=key)

    event = task_event(deployment.upload_bucket, [quote_plus(f"{folder}/photo 1.png")], "2.0", made.upload.version)
    (result,) = invoke(deployment, event)["results"]

    assert result["resultCode"] == "Succeeded"
    after = objects_below(folder, deployment)
    assert {key: item["ETag"] for key, item in after.items()} == {key: item["ETag"] for key, item in before.items()}


@pytest.mark.meddles
def test_uploads_from_before_the_pipeline_are_processed_or_rejected(
    deployment: Deployment, command: Command, folder: str
) -> None:
    with without_notification(deployment):
        upload_to(deployment, f"{folder}/old.png", PNG)
        upload_to(deployment, f"{folder}/letter.jpg", b"Dear Sir or Madam")

    keys = [f"{folder}/old.png", f"{folder}/letter.jpg", f"{folder}/gone.png"]
    results = invoke(deployment, task_event(deployment.upload_bucket, map(quote_plus, keys)))["results"]

    assert [result["resultCode"] for result in results] == ["Succeeded", "PermanentFailure", "PermanentFailure"]
    assert "rejected: not an image" in results[1]["resultString"]
    (counts,) = command("status", folder, "--json").lines
    assert (counts["complete"], counts["rejected"], counts["uploads"]) == (1, 1, 2)
