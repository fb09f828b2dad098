"""What the operator does about what went wrong: redrive and backfill."""

import json
import signal
from collections.abc import Iterable, Iterator

import pytest

from pipeline.commands.redrive import redrive_messages
from pipeline.deployed import invocations, metadata
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.failures import count_held, list_failures
from pipeline.deployed.function import VARIANTS, Upload
from pipeline.deployed.outcomes import outcome_of, wait_for_outcome
from pipeline.deployed.uploads import MAX_IN_FLIGHT
from pipeline.lib.waiting import poll
from tests.integration.commands import Command
from tests.integration.faults import no_room, settings, without_notification, without_retries
from tests.integration.images import encoded, quarters
from tests.integration.load import ended, operator
from tests.integration.objects import Process, objects_below, upload_to

PNG = encoded(quarters(16, 12), "PNG")
SLACK = 15  # seconds that messages are held for longer than an invocation may take; half of what is usual


@pytest.fixture
def empty_queue(deployment: Deployment) -> Iterator[None]:
    """The failure queue without what other tests left in it."""
    empty(deployment)
    yield
    empty(deployment)


@pytest.fixture
def failed(deployment: Deployment, folder: str, seconds: float, empty_queue: None) -> list[Upload]:  # noqa: ARG001
    """Three uploads whose messages are in the failure queue."""
    return fail(deployment, [f"{folder}/{name}.png" for name in "abc"], seconds)


def fail(deployment: Deployment, keys: Iterable[str], seconds: float) -> list[Upload]:
    """Uploads a picture under each of KEYS while there is nowhere to write its variants to."""
    with without_retries(deployment), settings(deployment, no_room(deployment)):
        uploads = [upload_to(deployment, key, PNG) for key in keys]
        for upload in uploads:
            assert wait_for_outcome(deployment, upload, seconds).state == "failed"
    return uploads


@pytest.mark.meddles
def test_failed_uploads_become_variants_when_the_cause_is_fixed(
    failed: list[Upload], command: Command, deployment: Deployment, folder: str
) -> None:
    keys = {upload.key for upload in failed}
    planned = command("redrive", "--dry-run", "--json")
    assert {key for line in planned.lines for key in line["keys"]} == keys
    with settings(deployment, no_room(deployment)):
        again = command("redrive", "--json")
    assert again.status == 1
    assert all("NoSuchBucket" in line["error"] or "AccessDenied" in line["error"] for line in again.lines)
    assert queued(deployment) == keys, "what fails again stays"
    assert command("redrive", "--limit", "1", "--json").status == 0
    assert len(queued(deployment)) == len(failed) - 1
    rest = command("redrive", "--json")
    assert rest.status == 0, rest.output
    assert [upload["state"] for line in rest.lines for upload in line["uploads"]] == ["complete"] * 2
    assert queued(deployment) == set()
    assert len(objects_below(f"{folder}/", deployment)) == len(failed) * len(VARIANTS)
    assert command("status", folder, "--json").lines[0]["complete"] == len(failed)


@pytest.mark.meddles
def test_an_interrupted_redrive_deletes_no_message_too_early(failed: list[Upload], deployment: Deployment) -> None:
    running = redrive_messages(deployment)
    next(running)
    running.close()
    done = complete(deployment, failed)
    assert done
    assert queued(deployment) | done == {upload.key for upload in failed}
    assert all(not result.error for result in redrive_messages(deployment))
    assert complete(deployment, failed) == {upload.key for upload in failed}


@pytest.mark.meddles
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL], ids=lambda by: by.name)
def test_a_redrive_that_is_killed_loses_nothing(
    by: signal.Signals,
    command: Command,
    deployment: Deployment,
    folder: str,
    seconds: float,
    empty_queue: None,  # noqa: ARG001
) -> None:
    keys = {f"{folder}/{number}.png" for number in range(4 * MAX_IN_FLIGHT)}
    failed = fail(deployment, keys, seconds)
    with settings(deployment, Timeout=5):  # soon the messages that a killed process held are visible
        running = operator(deployment, "redrive", "--json", SLACK=str(SLACK))
        assert running.stdout
        assert json.loads(running.stdout.readline())["error"] is None
        assert ended(running, by) != 0
        assert complete(deployment, failed) < keys, "it was not half-way"
        if by is signal.SIGKILL:
            assert "messages of the failure queue are held" in command("redrive", "--dry-run").told
        patience = {signal.SIGINT: 5, signal.SIGKILL: 5 + SLACK + 10}[by]
        assert poll(lambda: count_held(deployment) == 0 or None, patience), "messages are held by nobody"
        assert queued(deployment) | complete(deployment, failed) == keys
    assert command("redrive", "--json").status == 0
    assert complete(deployment, failed) == keys
    assert queued(deployment) == set()


@pytest.mark.meddles
def test_messages_stay_in_the_queue_while_the_function_is_throttled(
    failed: list[Upload], command: Command, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invocations, "MAX_SECONDS_WITHOUT_SUCCESS", 0.1)
    monkeypatch.setattr(invocations, "MIN_PAUSE", 0.01)
    name = deployment.function_name
    deployment.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        refused = command("redrive", "--limit", "1", "--json")
    finally:
        deployment.functions.delete_function_concurrency(FunctionName=name)
    assert refused.status == 1
    assert "invocations were throttled" in refused.told
    assert [line["error"].startswith("throttled: ") for line in refused.lines] == [True]
    assert queued(deployment) == {upload.key for upload in failed}
    assert command("redrive", "--json").status == 0
    assert queued(deployment) == set()


@pytest.mark.meddles
def test_an_upload_that_was_deleted_while_it_was_queued_is_rejected(
    failed: list[Upload], command: Command, deployment: Deployment
) -> None:
    first = failed[0]
    deployment.s3.delete_object(Bucket=first.bucket, Key=first.key, VersionId=first.version or "")
    assert command("redrive", "--json").status == 0
    assert [outcome_of(deployment, upload).state for upload in failed] == ["rejected", "complete", "complete"]
    assert outcome_of(deployment, first).code == "gone"
    assert queued(deployment) == set()


@pytest.mark.meddles
def test_a_foreign_message_is_kept_and_named(
    command: Command,
    deployment: Deployment,
    empty_queue: None,  # noqa: ARG001
) -> None:
    for body in ("hello", json.dumps({"Records": []}), json.dumps([1])):
        deployment.sqs.send_message(QueueUrl=deployment.failure_queue_url, MessageBody=body)
    done = command("redrive", "--json")
    assert done.status == 1
    assert len(done.lines) == 3
    assert all(line["message"] and "not a failed event" in line["error"] for line in done.lines)
    assert len(list(list_failures(deployment))) == 3


@pytest.mark.meddles
def test_uploads_from_before_the_pipeline_are_processed(
    process: Process, command: Command, deployment: Deployment, folder: str
) -> None:
    process("done.png", PNG)
    with without_notification(deployment):
        for name in ("one", "two words", "drei+ü"):
            upload_to(deployment, f"{folder}/{name}.png", PNG)
        upload_to(deployment, f"{folder}/letter.txt", b"Dear Sir or Madam")
    planned = command("backfill", folder, "--dry-run", "--json")
    assert [line["state"] for line in planned.lines] == ["pending"] * 4
    first = command("backfill", folder, "--limit", "1", "--json")
    assert len(first.lines) == 1
    rest = command("backfill", folder, "--rate", "100", "--json")
    assert len(rest.lines) == 3, "what was done is skipped"
    assert rest.status == 0
    assert command("backfill", folder, "--json").lines == []
    counts = command("status", folder, "--json").lines[0]
    assert (counts["complete"], counts["rejected"], counts["uploads"]) == (4, 1, 5)


def test_deleted_variants_are_made_again(process: Process, command: Command, deployment: Deployment) -> None:
    outcome = process("a.png", PNG)
    deployment.s3.delete_object(Bucket=deployment.processed_bucket, Key=outcome.keys["webp"])
    assert command("backfill", outcome.upload.key, "--json").lines[0]["state"] == "complete"


@pytest.mark.meddles
def test_variants_with_other_settings_are_outdated_and_made_again(
    process: Process, command: Command, deployment: Deployment, folder: str
) -> None:
    process("a.png", PNG)
    old = process("b.png", PNG)
    mark_outdated(deployment, old.keys["webp"])
    with settings(deployment):  # from now on, the function may have other settings
        pass
    (listed,) = command("status", folder, "--missing", "--json").lines
    assert (listed["key"], listed["state"]) == (old.upload.key, "outdated")
    assert listed["reason"] == "made with other settings: webp"
    counts = command("status", folder, "--json")
    assert (counts.lines[0]["complete"], counts.lines[0]["outdated"], counts.status) == (1, 1, 1)
    again = command("backfill", folder, "--json")
    assert [(line["key"], line["state"]) for line in again.lines] == [(old.upload.key, "complete")]
    assert command("status", folder, "--json").status == 0


@pytest.mark.meddles
def test_a_backfill_says_that_the_deployed_function_has_other_settings(
    process: Process, command: Command, deployment: Deployment, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    process("a.png", PNG)
    monkeypatch.setitem(metadata.DIGESTS, "low", "00000000")
    with settings(deployment):
        pass
    done = command("backfill", folder, "--json")
    assert [line["state"] for line in done.lines] == ["outdated"]
    assert "run `make up` first" in done.lines[0]["reason"]
    assert done.status == 1


def test_everything_is_made_again_on_request(
    process: Process, command: Command, deployment: Deployment, folder: str
) -> None:
    made = process("a.png", PNG)
    process("letter.jpg", b"Dear Sir or Madam")
    key = made.keys["png"]
    mark_outdated(deployment, key)  # so that a new object differs
    refused = command("backfill", folder, "--all")
    assert refused.status == 1
    assert "2 uploads in all: about 0 s at 10 a second" in refused.told
    assert settings_of(deployment, key) == "00000000", "nobody confirmed"
    done = command("backfill", folder, "--all", "--yes", "--json")
    assert sorted(line["state"] for line in done.lines) == ["complete", "rejected"]
    assert settings_of(deployment, key) == metadata.DIGESTS["png"]


@pytest.mark.meddles
def test_variants_that_cannot_be_made_again_are_kept_and_named(
    process: Process, command: Command, deployment: Deployment, folder: str
) -> None:
    made = process("a.png", PNG)
    with settings(deployment, no_room(deployment)):
        done = command("backfill", folder, "--all", "--yes", "--json")
    assert [line["state"] for line in done.lines] == ["outdated"]
    assert "not made again: " in done.lines[0]["reason"]
    assert done.status == 1
    assert objects_below(f"{folder}/", deployment).keys() == set(made.keys.values())


@pytest.mark.meddles
def test_each_version_is_backfilled(command: Command, deployment: Deployment, folder: str) -> None:
    with without_notification(deployment):
        for width in (16, 32, 48):
            upload_to(deployment, f"{folder}/a.png", encoded(quarters(width, 12), "PNG"))
    assert [line["state"] for line in command("backfill", folder, "--json").lines] == ["complete"] * 3


def mark_outdated(deployment: Deployment, key: str) -> None:
    """Replace the settings in the metadata of a variant."""
    bucket = deployment.processed_bucket
    head = deployment.s3.head_object(Bucket=bucket, Key=key)
    deployment.s3.copy_object(
        Bucket=bucket,
        Key=key,
        CopySource={"Bucket": bucket, "Key": key},
        ContentType=head["ContentType"],
        MetadataDirective="REPLACE",
        Metadata=head["Metadata"] | {"settings": "00000000"},
    )


def settings_of(deployment: Deployment, key: str) -> str:
    return deployment.s3.head_object(Bucket=deployment.processed_bucket, Key=key)["Metadata"]["settings"]


def complete(deployment: Deployment, uploads: Iterable[Upload]) -> set[str]:
    return {upload.key for upload in uploads if outcome_of(deployment, upload).state == "complete"}


def queued(deployment: Deployment) -> set[str]:
    return {upload.key for failure in list_failures(deployment) for upload in failure.uploads}


def empty(deployment: Deployment) -> None:
    """Deletes all messages; SQS allows a purge once a minute only."""
    while received := deployment.sqs.receive_message(
        QueueUrl=deployment.failure_queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1
    ).get("Messages"):
        for message in received:
            deployment.sqs.delete_message(QueueUrl=deployment.failure_queue_url, ReceiptHandle=message["ReceiptHandle"])
