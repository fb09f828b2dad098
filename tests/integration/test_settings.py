"""Variants that were made with other settings are found, and made again."""

from typing import Any

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS
from pipeline.deployed.settings import object_versions
from tests.integration.commands import Command
from tests.integration.images import encoded, quarters
from tests.integration.objects import Process, objects_below

PNG = encoded(quarters(16, 12), "PNG")


def age(deployment: Deployment, key: str) -> None:
    """Make the variant at `key` look like one that was made with other settings."""
    where: Any = {"Bucket": deployment.processed_bucket, "Key": key}
    metadata = deployment.s3.head_object(**where)["Metadata"] | {"settings": "00000000"}
    deployment.s3.copy_object(CopySource=where, Metadata=metadata, MetadataDirective="REPLACE", **where)


def test_outdated_variants_are_found_and_made_again(
    process: Process, command: Command, deployment: Deployment, folder: str
) -> None:
    process("current.png", PNG)
    old = process("old.png", PNG)
    age(deployment, old.keys["webp"])

    found = command("status", folder, "--outdated", "--json")
    assert (found.status, found.lines[0]["outdated"], found.lines[0]["complete"]) == (1, 1, 1)

    (made,) = command("backfill", folder, "--outdated", "--json").lines
    assert (made["key"], made["state"]) == (f"{folder}/old.png", "complete")
    again = command("status", folder, "--outdated", "--json")
    assert (again.status, again.lines[0]["complete"]) == (0, 2)


def test_everything_is_made_again_after_a_confirmation(
    process: Process, command: Command, deployment: Deployment, folder: str
) -> None:
    upload = process("photo.png", PNG).upload
    process("letter.jpg", b"Dear Sir or Madam")
    before = object_versions(deployment, upload)

    assert command("backfill", folder, "--all", "--dry-run").status == 0
    assert object_versions(deployment, upload) == before

    made = command("backfill", folder, "--all", "--yes", "--json")
    assert {line["key"]: line["state"] for line in made.lines} == {
        f"{folder}/photo.png": "complete",
        f"{folder}/letter.jpg": "rejected",
    }
    after = object_versions(deployment, upload)
    assert len(after) == len(VARIANTS)
    assert after.keys() == before.keys()
    assert not set(after.values()) & set(before.values())
    assert len(objects_below(folder, deployment)) == len(VARIANTS) + 1
