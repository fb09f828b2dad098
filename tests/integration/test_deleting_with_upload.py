"""With delete_variants_with_upload, what was made from an upload goes when the upload does, whatever S3's events do."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS, Upload
from pipeline.deployed.versions import list_versions
from pipeline.lib.waiting import poll
from pipeline.stacks.infrastructure import EVENTS, REMOVALS
from tests.integration.commands import Command
from tests.integration.faults import settings
from tests.integration.images import encoded, quarters
from tests.integration.objects import Process, upload_to

PNG, OTHER = encoded(quarters(16, 12), "PNG"), encoded(quarters(32, 12), "PNG")
Made = Callable[[], set[str]]

pytestmark = pytest.mark.meddles


@pytest.fixture(scope="module", autouse=True)
def deleting(deployment: Deployment) -> Iterator[None]:
    """The function hears of removals, as Terraform and the embedded stack configure it with the variable."""
    bucket = deployment.upload_bucket
    before: Any = deployment.s3.get_bucket_notification_configuration(Bucket=bucket)
    before.pop("ResponseMetadata")
    (rule,) = before["LambdaFunctionConfigurations"]
    wider: Any = {"LambdaFunctionConfigurations": [rule | {"Events": [*EVENTS, *REMOVALS]}]}
    with settings(deployment, {"DELETE_VARIANTS_WITH_UPLOAD": "true"}):
        deployment.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wider)
        try:
            yield
        finally:
            deployment.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=before)


@pytest.fixture
def made(deployment: Deployment, folder: str) -> Made:
    """Return the keys in the folder that have a version in the processed bucket."""
    return lambda: {version.key for version in list_versions(deployment, deployment.processed_bucket, f"{folder}/")}


def remove(deployment: Deployment, upload: Upload, **version: str) -> dict[str, Any]:
    return dict(deployment.s3.delete_object(Bucket=upload.bucket, Key=upload.key, **version))  # type: ignore[arg-type]


def test_variants_and_rejections_go_with_their_upload(
    process: Process, deployment: Deployment, made: Made, seconds: float
) -> None:
    hidden, deleted, letter = process("hidden é+1.png", PNG), process("deleted.png", PNG), process("a.txt", b"Dear Sir")
    kept = process("deleted.jpg", PNG)  # shares the beginning of its variants' names
    assert len(made()) == 3 * len(VARIANTS) + 1
    remove(deployment, hidden.upload)
    for outcome in (deleted, letter):
        remove(deployment, outcome.upload, VersionId=outcome.upload.version or "")
    assert poll(lambda: made() == set(kept.keys.values()) or None, seconds), made()


def test_a_version_takes_only_its_own_variants_and_a_marker_takes_all(
    process: Process, deployment: Deployment, made: Made, seconds: float
) -> None:
    first, second = process("a.png", PNG), process("a.png", OTHER)
    remove(deployment, first.upload, VersionId=first.upload.version or "")
    assert poll(lambda: made() == set(second.keys.values()) or None, seconds), made()
    remove(deployment, second.upload)
    assert poll(lambda: not made() or None, seconds), made()


def test_variants_come_back_by_backfill_when_the_marker_is_deleted(
    process: Process, deployment: Deployment, made: Made, folder: str, command: Command, seconds: float
) -> None:
    outcome = process("a.png", PNG)
    marker = remove(deployment, outcome.upload)["VersionId"]
    assert poll(lambda: not made() or None, seconds), made()
    assert command("backfill", f"{folder}/", "--yes").status == 0
    assert not made(), "a backfill makes nothing of an upload that is hidden"
    remove(deployment, outcome.upload, VersionId=marker)
    assert command("backfill", f"{folder}/", "--yes").status == 0
    assert made() == set(outcome.keys.values())


def test_a_picture_that_is_deleted_at_once_leaves_nothing(
    process: Process, deployment: Deployment, made: Made, folder: str, seconds: float
) -> None:
    for name in ("a.png", "b.png", "c.png"):
        remove(deployment, upload_to(deployment, f"{folder}/{name}", PNG))
    later = process("later.png", PNG)
    assert poll(lambda: made() == set(later.keys.values()) or None, seconds), made()
