"""Events of S3 Batch Operations.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
"""

from collections.abc import Iterable
from typing import Any


def task_event(bucket: str, keys: Iterable[str], schema: str = "1.0", version: str | None = None) -> dict[str, Any]:
    """Return the event for `keys`, which are URL-encoded as in a manifest."""
    where = {"s3BucketArn": f"arn:aws:s3:::{bucket}"} if schema == "1.0" else {"s3Bucket": bucket}
    job: dict[str, Any] = {"id": "f3cc4f60-61f6-4a2b-8a21-d07600c373ce"}
    if schema == "2.0":
        job["userArguments"] = {}
    tasks = [{"taskId": f"task-{n}", "s3Key": key, "s3VersionId": version, **where} for n, key in enumerate(keys)]
    return {"invocationSchemaVersion": schema, "invocationId": "YXNkbGZqYWRmaiBhc2RmdW9h", "job": job, "tasks": tasks}
