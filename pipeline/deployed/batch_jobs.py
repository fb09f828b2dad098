"""Jobs of S3 Batch Operations that invoke the function for each object in the upload bucket.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

from pipeline.deployed.deployment import Deployment
from pipeline.lib.errors import DeadlineError, PipelineError

REPORTS = "batch-reports"  # the prefix of completion reports in the processed bucket
WAITING, READY, CANCELLED, COMPLETE = "Suspended", "Ready", "Cancelled", "Complete"
ENDED = (CANCELLED, COMPLETE, "Failed")
POLL_SECONDS = 5.0


@dataclass(frozen=True)
class Job:
    """The state of a job. `tasks` is the number of objects that S3 has counted so far."""

    id: str
    status: str
    tasks: int = 0
    succeeded: int = 0
    failed: int = 0
    problem: str = ""


def create_job(deployment: Deployment, prefix: str = "", priority: int = 10, inventory: str = "") -> str:
    """Create a job that waits for `start_job`, and return its ID.

    It is for the uploads whose keys start with `prefix`, which S3 lists itself, or for every object in the bucket's
    `inventory`, the address of a manifest.json.

    Raises:
        PipelineError: the deployment has no role for jobs, or `inventory` isn't an address.
    """
    _check_role(deployment)
    created = deployment.s3control.create_job(
        AccountId=account(deployment),
        ClientRequestToken=str(uuid4()),
        ConfirmationRequired=True,  # S3 counts the objects first
        Description=f"make variants of {inventory or prefix or 'all uploads'}"[:256],
        Operation={"LambdaInvoke": {"FunctionArn": function_arn(deployment), "InvocationSchemaVersion": "2.0"}},
        Priority=priority,
        Report=_report(deployment),
        RoleArn=deployment.batch_role_arn,
        **(_inventory(deployment, inventory) if inventory else _listing(deployment, prefix)),
    )
    return str(created["JobId"])


def _check_role(deployment: Deployment) -> None:
    if not deployment.batch_role_arn:
        raise PipelineError(
            "this deployment has no role for S3 Batch Operations",
            "set batch_operations = true in terraform/terraform.tfvars, and deploy",
        )


def _report(deployment: Deployment) -> dict[str, Any]:
    return {
        "Bucket": f"arn:{partition(deployment)}:s3:::{deployment.processed_bucket}",
        "Enabled": True,
        "Format": "Report_CSV_20180820",
        "Prefix": REPORTS,
        "ReportScope": "FailedTasksOnly",
    }


def start_job(deployment: Deployment, job: str) -> None:
    """Start a job that waits for confirmation."""
    deployment.s3control.update_job_status(AccountId=account(deployment), JobId=job, RequestedJobStatus=READY)


def cancel_job(deployment: Deployment, job: str) -> None:
    """Cancel a job. The variants that it has made stay."""
    deployment.s3control.update_job_status(AccountId=account(deployment), JobId=job, RequestedJobStatus=CANCELLED)


def describe_job(deployment: Deployment, job: str) -> Job:
    """Return the state of `job`."""
    found = deployment.s3control.describe_job(AccountId=account(deployment), JobId=job)["Job"]
    progress = found.get("ProgressSummary", {})
    return Job(
        job,
        found["Status"],
        progress.get("TotalNumberOfTasks", 0),
        progress.get("NumberOfTasksSucceeded", 0),
        progress.get("NumberOfTasksFailed", 0),
        "; ".join(reason["FailureReason"] for reason in found.get("FailureReasons", [])),
    )


def follow_job(deployment: Deployment, job: str, seconds: float, until: tuple[str, ...] = ENDED) -> Iterator[Job]:
    """Yield `job` every few seconds until its status is in `until`, or it has ended.

    Raises:
        DeadlineError: neither has happened after `seconds`. The job keeps running.
    """
    deadline = monotonic() + seconds
    while True:
        now = describe_job(deployment, job)
        yield now
        if now.status in (*until, *ENDED):
            return
        if monotonic() > deadline:
            raise DeadlineError(
                f"job {job} is {now.status} after {seconds:g} s: {now.succeeded + now.failed:,} of {now.tasks:,} done",
                "the job keeps running: see `aws s3control describe-job`, or end it with --cancel",
            )
        sleep(POLL_SECONDS)


def function_arn(deployment: Deployment) -> str:
    """Return the ARN of the function."""
    return deployment.functions.get_function_configuration(FunctionName=deployment.function_name)["FunctionArn"]


def account(deployment: Deployment) -> str:
    """Return the account's number."""
    return function_arn(deployment).split(":")[4]


def partition(deployment: Deployment) -> str:
    """Return the partition of AWS, such as "aws"."""
    return function_arn(deployment).split(":")[1]


def _listing(deployment: Deployment, prefix: str) -> dict[str, Any]:
    """Return the arguments for a job whose manifest S3 generates."""
    generator: dict[str, Any] = {
        "ExpectedBucketOwner": account(deployment),
        "SourceBucket": f"arn:{partition(deployment)}:s3:::{deployment.upload_bucket}",
        "EnableManifestOutput": False,
    }
    constraint: dict[str, list[str]] = {}
    if start := deployment.narrow(prefix):
        constraint["MatchAnyPrefix"] = [start]
    if deployment.upload_suffixes:
        constraint["MatchAnySuffix"] = [*deployment.upload_suffixes]
    if constraint:
        generator["Filter"] = {"KeyNameConstraint": constraint}
    return {"ManifestGenerator": {"S3JobManifestGenerator": generator}}


def _inventory(deployment: Deployment, address: str) -> dict[str, Any]:
    """Return the arguments for a job with the manifest of an S3 inventory at `address`, "s3://bucket/key"."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    if not address.startswith("s3://") or not key:
        raise PipelineError(f"{address} isn't the address of an inventory", "give s3://bucket/.../manifest.json")
    etag = deployment.s3.head_object(Bucket=bucket, Key=key)["ETag"].strip('"')
    location = {"ObjectArn": f"arn:{partition(deployment)}:s3:::{bucket}/{key}", "ETag": etag}
    return {"Manifest": {"Spec": {"Format": "S3InventoryReport_CSV_20161130"}, "Location": location}}
