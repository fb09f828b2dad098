"""What the tests leave in a deployment that isn't disposable: nothing."""

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.versions import list_versions
from tests.integration.images import encoded, quarters
from tests.integration.objects import Process, delete_versions

PNG = encoded(quarters(16, 12), "PNG")


def test_every_version_that_the_tests_wrote_is_removed(process: Process, deployment: Deployment, folder: str) -> None:
    process("run/a.png", PNG)
    process("run/a.png", encoded(quarters(32, 12), "PNG"))
    process("run/letter.txt", b"Dear Sir or Madam")
    process("other.png", PNG)
    deployment.s3.delete_object(Bucket=deployment.upload_bucket, Key=f"{folder}/run/a.png")
    delete_versions(f"{folder}/run/", deployment)
    uploads, made = (keys(deployment, each, folder) for each in (deployment.upload_bucket, deployment.processed_bucket))
    assert uploads == {f"{folder}/other.png"}
    assert made
    assert all(key.startswith(f"{folder}/other_") for key in made)


def keys(deployment: Deployment, bucket: str, folder: str) -> set[str]:
    return {version.key for version in list_versions(deployment, bucket, f"{folder}/")}
