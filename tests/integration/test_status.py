"""`pipeline status`: each object version counts once, as what it became."""

import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.outcomes import wait_for_outcome
from tests.integration.commands import Command
from tests.integration.faults import no_room, settings, without_notification, without_retries
from tests.integration.images import encoded, quarters
from tests.integration.objects import Process, upload_to

PNG = encoded(quarters(16, 12), "PNG")


def test_every_version_has_its_own_outcome(
    process: Process, command: Command, deployment: Deployment, folder: str
) -> None:
    process("a.png", PNG)
    process("a.png", encoded(quarters(32, 12), "PNG"))
    process("a.png", PNG)  # the same bytes again: the same variants
    process("letter.jpg", b"Dear Sir or Madam")
    deployment.s3.put_object(Bucket=deployment.upload_bucket, Key=f"{folder}/marker/", Body=b"")
    deployment.s3.delete_object(Bucket=deployment.upload_bucket, Key=f"{folder}/letter.jpg")
    counted = command("status", folder, "--json")
    states = dict.fromkeys(("failed", "outdated", "partial", "pending"), 0)
    assert counted.lines == [{"complete": 3, "rejected": 1, **states, "uploads": 4}]
    assert counted.status == 0


@pytest.mark.meddles
def test_missing_variants_are_listed_with_their_reason(
    process: Process, command: Command, deployment: Deployment, folder: str, seconds: float
) -> None:
    process("complete.png", PNG)
    process("rejected.jpg", b"Dear Sir or Madam")
    partial = process("partial.png", PNG)
    deployment.s3.delete_object(Bucket=deployment.processed_bucket, Key=partial.keys["png"])
    with without_retries(deployment), settings(deployment, no_room(deployment)):
        wait_for_outcome(deployment, upload_to(deployment, f"{folder}/failed.png", PNG), seconds)
    with without_notification(deployment):
        pending = upload_to(deployment, f"{folder}/pending.png", PNG)
    listed = command("status", folder, "--missing", "--json")
    by_name = {line["key"].removeprefix(f"{folder}/"): line for line in listed.lines}
    assert {name: line["state"] for name, line in by_name.items()} == {
        "failed.png": "failed",
        "partial.png": "partial",
        "pending.png": "pending",
        "rejected.jpg": "rejected",
    }
    assert by_name["rejected.jpg"]["code"] == "not-an-image"
    assert "NoSuchBucket" in by_name["failed.png"]["reason"] or "AccessDenied" in by_name["failed.png"]["reason"]
    assert by_name["pending.png"]["version"] == pending.version
    assert by_name["pending.png"]["since"]
    assert listed.status == 1


def test_the_counts_are_a_table_for_people(process: Process, command: Command, folder: str) -> None:
    process("a.png", PNG)
    shown = command("status", folder)
    assert "complete" in shown.output
    assert shown.status == 0


def test_keys_with_control_characters_are_listed_and_escaped(process: Process, command: Command, folder: str) -> None:
    names = ["esc\x1b[31m.png", "new\nline.png", "return\r.png", "c1\x9b.png", "bidi\u202e.png", "plain & simple.png"]
    for name in names:
        assert process(name, PNG).state == "complete"
    listed = command("status", folder, "--all", "--json")
    assert {line["key"]: line["state"] for line in listed.lines} == {f"{folder}/{name}": "complete" for name in names}
    shown = command("status", folder, "--all").output
    for output in (listed.output, shown):
        assert all(line.isprintable() for line in output.splitlines())
    assert r"esc\x1b[31m.png" in shown
