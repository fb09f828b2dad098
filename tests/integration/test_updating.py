"""No upload is lost while a deployment is updated."""

import importlib.util
import io
import json
import zipfile
from pathlib import Path

import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload
from pipeline.deployed.outcomes import outcome_of, wait_for_outcome
from pipeline.lib.waiting import poll
from pipeline.stacks.function_code import function_zip
from tests.integration.commands import Command
from tests.integration.faults import code
from tests.integration.images import encoded, quarters
from tests.integration.objects import upload_to

FOREIGN = "_imaging.cpython-312-sparc64-linux-gnu.so"  # what the layer of another architecture has


@pytest.mark.meddles
def test_code_with_the_layer_of_another_architecture_fails_and_is_retried(
    deployment: Deployment, command: Command, folder: str, seconds: float
) -> None:
    with code(deployment, with_foreign_pillow()):
        upload = upload_to(deployment, f"{folder}/a.png", encoded(quarters(16, 12), "PNG"))
        outcome = wait_for_outcome(deployment, upload, seconds)
        assert outcome.state == "failed"
        assert "_imaging" in outcome.reason
        assert poll(lambda: attempts(deployment, upload), seconds) == 3
    errors = [line["error"] for line in command("redrive", "--json").lines if upload.key in line["keys"]]
    assert errors == [None]  # other tests may have left other messages
    assert outcome_of(deployment, upload).state == "complete"


def with_foreign_pillow() -> bytes:
    """Return the function's code with a Pillow whose modules are for another architecture."""
    spec = importlib.util.find_spec("PIL")
    assert spec
    assert spec.origin
    content = io.BytesIO(function_zip())
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        for module in sorted(Path(spec.origin).parent.glob("*.py")):
            archive.write(module, f"PIL/{module.name}")
        archive.writestr(f"PIL/{FOREIGN}", b"\x7fELF")
    return content.getvalue()


def attempts(deployment: Deployment, upload: Upload) -> int | None:
    """Return how often Lambda invoked the function for `upload`, as its message in the failure queue says."""
    answer = deployment.sqs.receive_message(
        QueueUrl=deployment.failure_queue_url, MaxNumberOfMessages=10, VisibilityTimeout=1, WaitTimeSeconds=1
    )
    bodies = [message["Body"] for message in answer.get("Messages", []) if str(upload.version) in message["Body"]]
    return int(json.loads(bodies[0])["requestContext"]["approximateInvokeCount"]) if bodies else None
