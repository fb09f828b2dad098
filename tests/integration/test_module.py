"""The example of terraform/ as a module: several pipelines in one account, applied to LocalStack."""

import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload
from pipeline.deployed.outcomes import wait_for_outcome
from pipeline.lib.paths import ROOT
from pipeline.lib.shell import run
from pipeline.lib.waiting import poll
from pipeline.stacks import Stack
from pipeline.stacks.localstack import LocalStack
from pipeline.stacks.tflocal import CHANGES, NO_CHANGES, TFLOCAL, environment
from scripts import package
from tests.integration.images import encoded, quarters
from tests.integration.objects import upload_to
from tests.integration.schema import check


class Example:
    """A copy of examples/module with the unpacked package, as somebody has it in their own repository."""

    def __init__(self, directory: Path, endpoint_url: str) -> None:
        self.directory = directory
        self._environment = environment(endpoint_url)
        shutil.copytree(ROOT / "examples" / "module", directory)
        package.write(directory / "image-pipeline.zip")
        with zipfile.ZipFile(directory / "image-pipeline.zip") as archive:
            archive.extractall(directory)

    def terraform(self, command: str, *options: str, accept: tuple[int, ...] = (0,)) -> int:
        return run(
            *(*TFLOCAL, command, "-input=false", "-no-color", *options),
            cwd=self.directory,
            environment=self._environment,
            accept=accept,
        ).returncode

    def outputs(self) -> dict[str, Any]:
        printed = run("terraform", "output", "-json", cwd=self.directory, environment=self._environment).stdout
        return {name: output["value"] for name, output in json.loads(printed).items()}


@pytest.fixture
def example(stack: Stack, deployment: Deployment, tmp_path: Path) -> Iterator[Example]:
    if not isinstance(stack, LocalStack):
        pytest.skip("the example is applied to LocalStack only")
    assert deployment.endpoint_url
    example = Example(tmp_path / "application", deployment.endpoint_url)
    try:
        yield example
    finally:
        example.terraform("destroy", "-auto-approve")


def check_messages(deployment: Deployment, picture: Upload, queue: str, seconds: float) -> None:
    """Check that the outcomes of `picture`, and of an upload that is no picture, arrive in `queue`."""
    letter = upload_to(deployment, "a letter.txt", b"Dear Sir or Madam")
    messages: dict[str, dict[str, Any]] = {}

    def receive_both() -> bool | None:
        messages.update(receive(deployment, queue))
        return len(messages) == 2 or None

    assert poll(receive_both, seconds), f"after {seconds} s, there are only {messages.keys()}"
    made = messages[picture.key]
    assert (made["id"], made["version"], made["outcome"]) == (picture.id, picture.version, "variants")
    for variant in made["variants"]:
        body = deployment.s3.get_object(Bucket=deployment.processed_bucket, Key=variant["key"])["Body"].read()
        with Image.open(BytesIO(body)) as image:
            described = (image.format, *image.size, len(body))
        assert described == (variant["format"], variant["width"], variant["height"], variant["bytes"])
    assert (messages[letter.key]["id"], messages[letter.key]["code"]) == (letter.id, "not-an-image")
    deployment.s3.head_object(Bucket=deployment.processed_bucket, Key=messages[letter.key]["record"])
    deployment.s3.delete_object(Bucket=letter.bucket, Key=letter.key, VersionId=letter.version or "")


def receive(deployment: Deployment, queue: str) -> dict[str, dict[str, Any]]:
    """Return the outcomes that wait in `queue`, by key, as an application reads them."""
    answer = deployment.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
    bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
    for body in bodies:
        assert body["requestContext"]["condition"] == "Success"
        check(body["responsePayload"])
    return {outcome["key"]: outcome for body in bodies for outcome in body["responsePayload"]["outcomes"]}


@pytest.mark.timeout(600)
def test_three_pipelines_from_one_module_work_side_by_side(
    example: Example, deployment: Deployment, seconds: float
) -> None:
    example.terraform("init")
    example.terraform("apply", "-auto-approve")
    outputs = example.outputs()
    assert outputs["upload_buckets"].keys() == {"avatars", "staging", "prod"}
    rules = deployment.s3.get_bucket_cors(Bucket=outputs["upload_buckets"]["avatars"])["CORSRules"]
    assert [rule["AllowedOrigins"] for rule in rules] == [["https://www.example.com"]]
    for name, bucket in outputs["upload_buckets"].items():
        theirs = replace(deployment, upload_bucket=bucket, processed_bucket=outputs["processed_buckets"][name])
        upload = upload_to(theirs, "a.png", encoded(quarters(16, 12), "PNG"))
        assert wait_for_outcome(theirs, upload, seconds).state == "complete"
        if name == "avatars":
            check_messages(theirs, upload, outputs["outcome_queue_url"], seconds)
        theirs.s3.delete_object(Bucket=bucket, Key=upload.key, VersionId=upload.version or "")
        for version in theirs.s3.list_object_versions(Bucket=theirs.processed_bucket)["Versions"]:
            theirs.s3.delete_object(Bucket=theirs.processed_bucket, Key=version["Key"], VersionId=version["VersionId"])
    assert example.terraform("plan", "-detailed-exitcode", accept=(NO_CHANGES, CHANGES)) == NO_CHANGES
    example.terraform("destroy", "-auto-approve")
    left = {bucket["Name"] for bucket in deployment.s3.list_buckets()["Buckets"]}
    assert not left & {*outputs["upload_buckets"].values(), *outputs["processed_buckets"].values()}
