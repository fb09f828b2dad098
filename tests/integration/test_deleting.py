"""`pipeline delete`: an upload goes with everything that was made from it."""

import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS
from pipeline.deployed.versions import list_versions
from pipeline.lib.errors import PipelineError
from tests.integration.commands import Command
from tests.integration.images import encoded, quarters
from tests.integration.objects import Process, objects_below

PNG = encoded(quarters(16, 12), "PNG")
OTHER = encoded(quarters(32, 12), "PNG")


def left(deployment: Deployment, folder: str) -> tuple[set[str], set[str]]:
    """Return the keys that either bucket still has a version of."""
    return tuple(  # type: ignore[return-value]
        {version.key.removeprefix(f"{folder}/") for version in list_versions(deployment, bucket, f"{folder}/")}
        for bucket in (deployment.upload_bucket, deployment.processed_bucket)
    )


def test_an_upload_is_deleted_with_its_variants_and_nothing_else(
    process: Process, command: Command, deployment: Deployment, folder: str
) -> None:
    process("photo.png", PNG)
    process("photo.jpg", PNG)  # shares the beginning of its variants' names
    process("letter.jpg", b"Dear Sir or Madam")

    (printed,) = command("delete", f"{folder}/photo.png", "--yes", "--json").lines
    assert len(printed["objects"]) == len(VARIANTS)
    assert len(printed["versions"]) == 1
    assert command("delete", f"{folder}/letter.jpg", "--yes").status == 0

    uploads, made = left(deployment, folder)
    assert uploads == {"photo.jpg"}
    assert len(made) == len(VARIANTS)
    counted = command("status", folder, "--json").lines[0]
    assert (counted["complete"], counted["uploads"]) == (1, 1)


def test_a_dry_run_deletes_nothing(process: Process, command: Command, deployment: Deployment, folder: str) -> None:
    process("photo.png", PNG)
    before = left(deployment, folder)

    (printed,) = command("delete", f"{folder}/photo.png", "--dry-run", "--json").lines

    assert printed["key"] == f"{folder}/photo.png"
    assert left(deployment, folder) == before


def test_the_previous_version_becomes_current_unless_all_are_deleted(
    process: Process, command: Command, deployment: Deployment, folder: str
) -> None:
    first = process("photo.png", PNG)
    process("photo.png", OTHER)

    command("delete", f"{folder}/photo.png", "--yes")
    assert set(objects_below(folder, deployment)) == set(first.keys.values())

    process("photo.png", OTHER)
    deployment.s3.delete_object(Bucket=deployment.upload_bucket, Key=f"{folder}/photo.png")
    command("delete", f"{folder}/photo.png", "--all-versions", "--yes")
    assert left(deployment, folder) == (set(), set())


def test_variants_are_kept_while_another_version_has_the_same_bytes(
    process: Process, command: Command, deployment: Deployment, folder: str
) -> None:
    process("photo.png", PNG)
    again = process("photo.png", PNG)

    command("delete", f"{folder}/photo.png", "--yes")

    assert set(objects_below(folder, deployment)) == set(again.keys.values())


def test_a_prefix_deletes_every_upload_below_it(
    process: Process, command: Command, deployment: Deployment, folder: str
) -> None:
    process("a/one.png", PNG)
    process("a/two.png", OTHER)
    process("b/three.png", PNG)

    command("delete", "--prefix", f"{folder}/a/", "--yes")

    uploads, made = left(deployment, folder)
    assert uploads == {"b/three.png"}
    assert {key.split("/")[0] for key in made} == {"b"}


def test_orphans_are_listed_and_deleted(
    process: Process, command: Command, deployment: Deployment, folder: str
) -> None:
    gone = process("gone.png", PNG)
    replaced = process("replaced.png", PNG)
    current = process("replaced.png", OTHER)
    deployment.s3.delete_object(Bucket=deployment.upload_bucket, Key=f"{folder}/gone.png")
    foreign = f"{folder}/foreign_webp_0123456789ab.webp"  # only looks like a variant
    deployment.s3.put_object(Bucket=deployment.processed_bucket, Key=foreign, Body=b"not the pipeline's")

    listed = {line["key"] for line in command("status", folder, "--orphans", "--json").lines}
    assert listed == {*gone.keys.values(), *replaced.keys.values()}

    command("delete", "--orphans", "--prefix", folder, "--yes")
    assert set(objects_below(folder, deployment)) == {*current.keys.values(), foreign}


def test_a_key_without_an_upload_is_named_and_an_empty_prefix_is_fine(command: Command, folder: str) -> None:
    with pytest.raises(PipelineError, match=r"there is no upload .*/missing\.png"):
        command("delete", f"{folder}/missing.png", "--yes")
    assert command("delete", "--prefix", f"{folder}/", "--yes").status == 0
