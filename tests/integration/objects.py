"""Read and write objects and events for the tests."""

import json
from collections.abc import Callable
from typing import Any

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload
from pipeline.deployed.invocations import event_record
from pipeline.deployed.outcomes import Outcome
from pipeline.deployed.versions import list_versions

FOLDER = "tests/"  # every key of the tests starts with it
Process = Callable[[str, bytes], Outcome]  # uploads content under a name and waits for its outcome


def content_of(key: str, deployment: Deployment) -> bytes:
    """Return the bytes of an object in the processed bucket."""
    return deployment.s3.get_object(Bucket=deployment.processed_bucket, Key=key)["Body"].read()


def objects_below(prefix: str, deployment: Deployment) -> dict[str, Any]:
    """Return the objects below `prefix` in the processed bucket, by key."""
    pages = deployment.s3.get_paginator("list_objects_v2").paginate(Bucket=deployment.processed_bucket, Prefix=prefix)
    return {item["Key"]: item for page in pages for item in page.get("Contents", [])}


def event_of(*uploads: Upload) -> bytes:
    """Return the S3 event that names `uploads`."""
    return json.dumps({"Records": [event_record(upload) for upload in uploads]}).encode()


def upload_to(deployment: Deployment, key: str, content: bytes) -> Upload:
    """Put `content` into the upload bucket."""
    stored = deployment.s3.put_object(Bucket=deployment.upload_bucket, Key=key, Body=content)
    return Upload(deployment.upload_bucket, key, stored["ETag"].strip('"'), stored.get("VersionId"), len(content))


def delete_versions(prefix: str, deployment: Deployment) -> None:
    """Delete all versions and delete markers under `prefix` in both buckets, so nothing is left that costs money."""
    for bucket in (deployment.upload_bucket, deployment.processed_bucket):
        for version in list_versions(deployment, bucket, prefix):
            deployment.s3.delete_object(Bucket=bucket, Key=version.key, VersionId=version.id)
