"""Jobs of S3 Batch Operations, against botocore's model of the service."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import ANY, Mock

import boto3
import pytest
import typer
from botocore.stub import Stubber
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.commands.common.batches import run_job
from pipeline.deployed import batch_jobs
from pipeline.deployed.batch_jobs import Job, cancel_job, create_job, describe_job, follow_job, start_job
from pipeline.deployed.deployment import Deployment
from pipeline.lib.errors import DeadlineError, PipelineError

ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:image-processor"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/image-processor-batch"
ARGUMENTS = {
    "AccountId": ACCOUNT,
    "ClientRequestToken": ANY,
    "ConfirmationRequired": True,
    "Description": ANY,
    "Operation": {"LambdaInvoke": {"FunctionArn": FUNCTION, "InvocationSchemaVersion": "2.0"}},
    "Priority": 10,
    "Report": {
        "Bucket": "arn:aws:s3:::processed",
        "Enabled": True,
        "Format": "Report_CSV_20180820",
        "Prefix": "batch-reports",
        "ReportScope": "FailedTasksOnly",
    },
    "RoleArn": ROLE,
}


def a_client(service: str) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service, region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test"
    )


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Deployment:
    made = Deployment("uploads", "processed", "image-processor", "queue", "eu-central-1", batch_role_arn=ROLE)
    monkeypatch.setattr(batch_jobs, "function_arn", lambda _: FUNCTION)
    monkeypatch.setattr(batch_jobs, "POLL_SECONDS", 0.0)
    vars(made).update(s3control=a_client("s3control"), s3=a_client("s3"))  # instead of the cached properties
    return made


@pytest.fixture
def control(deployment: Deployment) -> Iterator[Stubber]:
    with Stubber(deployment.s3control) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def described(status: str, **progress: int) -> dict[str, Any]:
    return {"Job": {"JobId": "job-1", "Status": status, "ProgressSummary": progress}}


def test_a_job_lists_the_bucket_below_a_prefix(deployment: Deployment, control: Stubber) -> None:
    generator = {
        "ExpectedBucketOwner": ACCOUNT,
        "SourceBucket": "arn:aws:s3:::uploads",
        "EnableManifestOutput": False,
        "Filter": {"KeyNameConstraint": {"MatchAnyPrefix": ["2026/"]}},
    }
    expected = ARGUMENTS | {"ManifestGenerator": {"S3JobManifestGenerator": generator}}
    control.add_response("create_job", {"JobId": "job-1"}, expected)

    assert create_job(deployment, "2026/") == "job-1"


@pytest.mark.parametrize(("prefix", "start"), [("", "photos/"), ("photos/2026/", "photos/2026/")])
def test_a_job_lists_uploads_only(prefix: str, start: str, deployment: Deployment, control: Stubber) -> None:
    filtered = replace(deployment, upload_prefix="photos/", upload_suffixes=(".jpg", ".png"))
    vars(filtered).update(s3control=deployment.s3control)
    generator = {
        "ExpectedBucketOwner": ACCOUNT,
        "SourceBucket": "arn:aws:s3:::uploads",
        "EnableManifestOutput": False,
        "Filter": {"KeyNameConstraint": {"MatchAnyPrefix": [start], "MatchAnySuffix": [".jpg", ".png"]}},
    }
    expected = ARGUMENTS | {"ManifestGenerator": {"S3JobManifestGenerator": generator}}
    control.add_response("create_job", {"JobId": "job-1"}, expected)

    assert create_job(filtered, prefix) == "job-1"


def test_a_job_can_read_the_inventory_of_the_bucket(deployment: Deployment, control: Stubber) -> None:
    location = {"ObjectArn": "arn:aws:s3:::lists/uploads/manifest.json", "ETag": "abc"}
    manifest = {"Spec": {"Format": "S3InventoryReport_CSV_20161130"}, "Location": location}
    control.add_response("create_job", {"JobId": "job-2"}, ARGUMENTS | {"Priority": 5, "Manifest": manifest})

    with Stubber(deployment.s3) as s3:
        wanted = {"Bucket": "lists", "Key": "uploads/manifest.json"}
        s3.add_response("head_object", {"ETag": '"abc"'}, wanted)
        assert create_job(deployment, priority=5, inventory="s3://lists/uploads/manifest.json") == "job-2"


def test_an_inventory_needs_an_address(deployment: Deployment) -> None:
    with pytest.raises(PipelineError, match="the address of an inventory"):
        create_job(deployment, inventory="lists/manifest.json")


def test_a_missing_role_has_a_remedy() -> None:
    with pytest.raises(PipelineError, match="no role for S3 Batch Operations") as raised:
        create_job(Deployment("uploads", "processed", "image-processor", "queue", "eu-central-1"))
    assert "batch_operations = true" in (raised.value.remedy or "")


@pytest.mark.parametrize(("change", "status"), [(start_job, "Ready"), (cancel_job, "Cancelled")])
def test_a_job_starts_and_is_cancelled(deployment: Deployment, control: Stubber, change: Any, status: str) -> None:
    wanted = {"AccountId": ACCOUNT, "JobId": "job-1", "RequestedJobStatus": status}
    control.add_response("update_job_status", {"JobId": "job-1", "Status": status}, wanted)
    change(deployment, "job-1")


def test_a_failed_job_says_why(deployment: Deployment, control: Stubber) -> None:
    answer = described("Failed", TotalNumberOfTasks=9, NumberOfTasksSucceeded=4, NumberOfTasksFailed=5)
    answer["Job"]["FailureReasons"] = [{"FailureCode": "x", "FailureReason": "too many failures"}]
    control.add_response("describe_job", answer)
    assert describe_job(deployment, "job-1") == Job("job-1", "Failed", 9, 4, 5, "too many failures")


def test_a_job_is_followed_until_it_waits_or_has_ended(deployment: Deployment, control: Stubber) -> None:
    for status in ("New", "Preparing", "Suspended"):
        control.add_response("describe_job", described(status, TotalNumberOfTasks=7))
    seen = list(follow_job(deployment, "job-1", 60, until=(batch_jobs.WAITING,)))
    assert [job.status for job in seen] == ["New", "Preparing", "Suspended"]
    assert seen[-1].tasks == 7

    control.add_response("describe_job", described("Cancelled"))
    assert [job.status for job in follow_job(deployment, "job-1", 60)] == ["Cancelled"]


def test_a_job_keeps_running_after_the_deadline(deployment: Deployment, control: Stubber) -> None:
    control.add_response("describe_job", described("Active", TotalNumberOfTasks=9, NumberOfTasksSucceeded=4))
    with pytest.raises(DeadlineError, match="4 of 9 done"):
        list(follow_job(deployment, "job-1", -1))


def prepared_job(deployment: Deployment, control: Stubber) -> None:
    settings = {"MemorySize": 1024, "Architectures": ["x86_64"]}
    vars(deployment).update(functions=Mock(**{"get_function_configuration.return_value": settings}))
    control.add_response("describe_job", described("Preparing"))
    control.add_response("describe_job", described("Suspended", TotalNumberOfTasks=1_000_000))


def test_a_confirmed_job_runs_to_its_end(
    deployment: Deployment, control: Stubber, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.commands.common.costs.VARIANTS", range(5))  # as many as the project comes with
    prepared_job(deployment, control)
    control.add_response(
        "update_job_status", {}, {"AccountId": ACCOUNT, "JobId": "job-1", "RequestedJobStatus": "Ready"}
    )
    control.add_response("describe_job", described("Active", TotalNumberOfTasks=1_000_000))
    done = described("Complete", TotalNumberOfTasks=1_000_000, NumberOfTasksSucceeded=1_000_000)
    control.add_response("describe_job", done)

    run_job(deployment, "job-1", 60, dry_run=False, yes=True, json=True)

    printed = capsys.readouterr()
    # $0.25 for the job, $1 for its objects, $23.81 for Lambda, $27.86 for S3's requests
    assert "1,000,000 objects: about $52.92" in printed.err
    assert "makes their variants again, even if they are complete" in printed.err
    assert json.loads(printed.out) == {
        "job": "job-1",
        "status": "Complete",
        "tasks": 1_000_000,
        "succeeded": 1_000_000,
        "failed": 0,
        "report": "s3://processed/batch-reports/job-job-1/",
    }


def test_a_dry_run_cancels_the_job_before_it_starts(deployment: Deployment, control: Stubber) -> None:
    prepared_job(deployment, control)
    wanted = {"AccountId": ACCOUNT, "JobId": "job-1", "RequestedJobStatus": "Cancelled"}
    control.add_response("update_job_status", {}, wanted)
    run_job(deployment, "job-1", 60, dry_run=True, yes=False, json=False)


def test_a_job_with_failed_objects_ends_with_1(deployment: Deployment, control: Stubber) -> None:
    prepared_job(deployment, control)
    control.add_response("update_job_status", {})
    control.add_response("describe_job", described("Complete", TotalNumberOfTasks=2, NumberOfTasksFailed=1))
    with pytest.raises(typer.Exit) as ended:
        run_job(deployment, "job-1", 60, dry_run=False, yes=True, json=False)
    assert ended.value.exit_code == 1


def test_a_job_that_cannot_be_prepared_says_why(deployment: Deployment, control: Stubber) -> None:
    answer = described("Failed")
    answer["Job"]["FailureReasons"] = [{"FailureCode": "x", "FailureReason": "the role may not list the bucket"}]
    control.add_response("describe_job", answer)
    with pytest.raises(PipelineError, match="the role may not list the bucket"):
        run_job(deployment, "job-1", 60, dry_run=False, yes=True, json=False)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["2026/", "--batch", "--inventory", "s3://lists/manifest.json"], "every object in it"),
        (["--inventory", "s3://lists/manifest.json"], "needs --batch"),
        (["--batch", "--limit", "9"], "leave out --limit and --all"),
        (["--batch", "--all"], "leave out --limit and --all"),
    ],
)
def test_options_that_would_not_limit_a_job_are_usage_errors(arguments: list[str], problem: str) -> None:
    done = CliRunner().invoke(app, ["backfill", *arguments])
    assert done.exit_code == 2
    assert problem in " ".join(done.stderr.split())
