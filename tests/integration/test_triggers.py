"""What invokes the function, and for which keys: deployments with other variables beside the tests' own."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.description import Description, describe
from pipeline.deployed.description.buckets import describe_bucket
from pipeline.deployed.failures import list_failures
from pipeline.deployed.outcomes import wait_for_outcome
from pipeline.lib.errors import PipelineError
from pipeline.lib.ports import free_port
from pipeline.lib.shell import run
from pipeline.lib.waiting import poll
from pipeline.stacks import Stack
from pipeline.stacks.embedded import Embedded
from pipeline.stacks.localstack import LocalStack
from pipeline.stacks.tflocal import TFLOCAL, WorkingCopy, environment
from tests.integration.commands import Existing, commands
from tests.integration.faults import no_room, settings
from tests.integration.images import encoded, quarters
from tests.integration.objects import objects_below, upload_to

PNG = encoded(quarters(16, 12), "PNG")
Deploy = Callable[..., Deployment]


@pytest.fixture
def deploy(stack: Stack, deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deploy]:
    """Deploy with other variables: beside the tests' own deployment on LocalStack, and on a new embedded stack."""
    with ExitStack() as undo:

        def deploy(**variables: str) -> Deployment:
            for name, value in variables.items():
                monkeypatch.setenv(f"TF_VAR_{name}", value)
            if isinstance(stack, Embedded):
                another = stack.for_tests(tmp_path / "stack", free_port())
                undo.callback(another.stop, print)
                return another.start(print)
            monkeypatch.setenv("TF_VAR_environment", "other")
            monkeypatch.setenv("TF_VAR_force_destroy", "true")
            copy = WorkingCopy(tmp_path / "copy", str(deployment.endpoint_url))
            undo.callback(destroy, tmp_path / "copy" / "terraform", str(deployment.endpoint_url))
            return Deployment.from_outputs(copy.apply(print), deployment.endpoint_url)

        if not isinstance(stack, Embedded | LocalStack):
            pytest.skip("this test deploys, which is for local stacks")
        yield deploy


def destroy(directory: Path, endpoint_url: str) -> None:
    run(*TFLOCAL, "destroy", "-auto-approve", "-no-color", cwd=directory, environment=environment(endpoint_url))


def test_only_keys_with_the_prefix_and_a_suffix_are_uploads(deploy: Deploy, seconds: float, tmp_path: Path) -> None:
    ours = deploy(upload_prefix="photos/", upload_suffixes='[".png", ".PNG"]')
    for key in ("a.png", "photos/a.jpg", "photos"):
        upload_to(ours, key, PNG)
    for key in ("photos/a.png", "photos/a.PNG"):
        assert wait_for_outcome(ours, upload_to(ours, key, PNG), seconds).state == "complete"
    assert only_photos(ours)
    command = commands(Existing(ours))
    assert command("status", "--json").lines[0]["uploads"] == 2
    sample = tmp_path / "b.png"
    sample.write_bytes(PNG)
    assert [line["key"] for line in command("upload", str(sample), "--json").lines] == ["photos/b.png"]
    with pytest.raises(PipelineError, match="no upload starts with private/"):
        command("status", "private/")


def only_photos(ours: Deployment) -> bool:
    """Return whether everything in the processed bucket was made from the two uploads."""
    return all(key.startswith("photos/a_") for key in objects_below("", ours))


@pytest.mark.timeout(600)
def test_an_existing_bucket_sends_its_events_through_eventbridge(theirs: str, deploy: Deploy, seconds: float) -> None:
    ours = deploy(upload_bucket=theirs, trigger="eventbridge", upload_prefix="photos/", upload_suffixes='[".png"]')
    assert ours.upload_bucket == theirs
    check_rule(describe(ours))
    for key in ("a.png", "photos/a.jpg"):
        upload_to(ours, key, PNG)
    assert wait_for_outcome(ours, upload_to(ours, "photos/a.png", PNG), seconds).state == "complete"
    assert only_photos(ours)
    encoded_key = upload_to(ours, "photos/a b.png", PNG)  # LocalStack encodes keys, which AWS does not
    misread = replace(encoded_key, key="photos/a%20b.png")
    assert wait_for_outcome(ours, misread, seconds).code == "gone"
    ours.s3.delete_object(Bucket=theirs, Key="photos/a b.png")
    with settings(ours, no_room(ours)):
        upload = upload_to(ours, "photos/b.png", PNG)
        failed = poll(lambda: [failure for failure in list_failures(ours) if failure.uploads] or None, seconds)
    assert failed
    assert [(found.key, found.etag) for found in failed[0].uploads] == [(upload.key, upload.etag)]
    assert failed[0].event["detail-type"] == "Object Created"
    command = commands(Existing(ours))
    assert command("redrive").status == 0
    assert command("status", "--json").lines[0] | {"complete": 2, "uploads": 2} == command("status", "--json").lines[0]


def check_rule(description: Description) -> None:
    """Check that the rule, its target, and its alarm are described as they are."""
    rule = description["rule"]
    assert rule["state"] == "ENABLED"
    assert rule["pattern"]["detail"] == {
        "bucket": {"name": ["<upload bucket>"]},
        "object": {"key": [{"wildcard": "photos/*.png"}]},
    }
    target = rule["targets"]["function"]
    assert target["Arn"].endswith(":function:<function>")
    assert target["DeadLetterConfig"]["Arn"].endswith(":<failure queue>")
    assert description["alarms"]["undelivered"]["Dimensions"] == [{"Name": "RuleName", "Value": "<function>-uploads"}]


def test_the_embedded_stack_makes_the_bucket_and_notifies_the_function_itself(
    deploy: Deploy, stack: Stack, seconds: float, capsys: pytest.CaptureFixture[str]
) -> None:
    if not isinstance(stack, Embedded):
        pytest.skip("this is what the embedded stack does without EventBridge")
    ours = deploy(upload_bucket="theirs", trigger="eventbridge")
    assert "MiniStack drops an event of EventBridge" in capsys.readouterr().out
    assert wait_for_outcome(ours, upload_to(ours, "a.png", PNG), seconds).state == "complete"
    assert ours.upload_bucket == "theirs"


@pytest.fixture
def theirs(stack: Stack, deployment: Deployment) -> Iterator[str]:
    """A bucket that the pipeline doesn't make, which sends its events to EventBridge, and must stay as it is."""
    if not isinstance(stack, LocalStack):
        pytest.skip("the embedded stack starts without a bucket of somebody else, and without EventBridge")
    s3, bucket = deployment.s3, f"theirs-{secrets.token_hex(4)}"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    before = describe_bucket(deployment, bucket)
    yield bucket
    assert describe_bucket(deployment, bucket) == before
    for key in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        s3.delete_object(Bucket=bucket, Key=key["Key"])
    s3.delete_bucket(Bucket=bucket)
