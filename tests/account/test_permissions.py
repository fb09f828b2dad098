"""The function's role allows what the function does, and nothing else.

An emulator that enforces IAM runs the function with the role that Terraform makes. The emulator itself writes its logs
and messages in the failure queue, so a second function with the same role makes these requests.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from pipeline.deployed.function import VARIANTS
from tests.account.emulator import Account
from tests.account.role import DENIED, PNG, Deployed, actions_of


@pytest.fixture(scope="module")
def deployed(account: Account, outputs: dict[str, str]) -> Iterator[Deployed]:
    """The function, which isn't notified: the tests invoke it themselves."""
    deployed = Deployed(account, outputs)
    bucket = deployed.upload_bucket
    before = deployed.s3.get_bucket_notification_configuration(Bucket=bucket)
    before.pop("ResponseMetadata")
    deployed.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    yield deployed
    deployed.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=before)


def process_a_version(deployed: Deployed) -> str:
    return deployed.process(deployed.upload("a.png"))


def process_an_upload_without_a_version(deployed: Deployed) -> str:
    """Events from before versioning took effect name no version."""
    return deployed.process(replace(deployed.upload("b.png"), version=None))


def reject_a_deleted_version(deployed: Deployed) -> str:
    return deployed.process(deployed.deleted("c.png"))


def reject_a_deleted_upload_without_a_version(deployed: Deployed) -> str:
    return deployed.process(replace(deployed.deleted("d.png"), version=None))


def tell_missing_uploads_from_forbidden_ones(deployed: Deployed) -> str:
    """Without this right, AWS answers 403 instead of 404 for an upload that doesn't exist. The emulator doesn't.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    return deployed.probe("s3", "list_objects_v2", Bucket=deployed.upload_bucket)


def create_a_log_stream(deployed: Deployed) -> str:
    group, stream = deployed.log_group, f"stream-{time.time_ns()}"
    return deployed.probe("logs", "create_log_stream", logGroupName=group, logStreamName=stream)


def write_a_log_line(deployed: Deployed) -> str:
    names = {"logGroupName": deployed.log_group, "logStreamName": f"line-{time.time_ns()}"}
    deployed.logs.create_log_stream(**names)
    events = [{"timestamp": int(time.time() * 1000), "message": "a line"}]
    return deployed.probe("logs", "put_log_events", **names, logEvents=events)


def send_a_message_to_the_failure_queue(deployed: Deployed) -> str:
    return deployed.probe("sqs", "send_message", QueueUrl=deployed.queue, MessageBody="a failure")


Purpose = Callable[[Deployed], str]  # returns what came of it

# What each action of the policy is for.
PURPOSES: dict[tuple[str, str], Purpose] = {
    ("ReadUploads", "s3:GetObject"): process_an_upload_without_a_version,
    ("ReadUploads", "s3:GetObjectVersion"): process_a_version,
    ("DetectDeletedUploads", "s3:ListBucket"): tell_missing_uploads_from_forbidden_ones,
    ("DetectDeletedUploads", "s3:ListBucketVersions"): reject_a_deleted_version,
    ("DetectVariants", "s3:ListBucket"): reject_a_deleted_version,
    ("WriteVariants", "s3:PutObject"): process_a_version,
    ("WriteLogs", "logs:CreateLogStream"): create_a_log_stream,
    ("WriteLogs", "logs:PutLogEvents"): write_a_log_line,
    ("ReportFailures", "sqs:SendMessage"): send_a_message_to_the_failure_queue,
}
ACHIEVED: dict[Purpose, str] = {
    process_a_version: "variants",
    process_an_upload_without_a_version: "variants",
    reject_a_deleted_version: "rejected",
    reject_a_deleted_upload_without_a_version: "rejected",
    tell_missing_uploads_from_forbidden_ones: "",
    create_a_log_stream: "",
    write_a_log_line: "",
    send_a_message_to_the_failure_queue: "",
}


def test_each_action_of_the_role_has_a_purpose(deployed: Deployed) -> None:
    actions = {(each["Sid"], action) for each in deployed.policy["Statement"] for action in actions_of(each)}
    assert actions == PURPOSES.keys()


@pytest.mark.parametrize("purpose", ACHIEVED, ids=lambda purpose: purpose.__name__)
def test_the_role_lets_the_function(purpose: Purpose, deployed: Deployed) -> None:
    assert purpose(deployed) == ACHIEVED[purpose]


@pytest.mark.parametrize(("sid", "action"), PURPOSES)
def test_without_an_action_the_function_fails(sid: str, action: str, deployed: Deployed) -> None:
    with deployed.without(sid, action):
        assert "AccessDenied" in PURPOSES[sid, action](deployed)


@pytest.fixture(scope="module")
def others(deployed: Deployed) -> dict[str, str]:
    """Provide a bucket, a queue, and a log group of another application in the account."""
    deployed.s3.create_bucket(Bucket="somebody-elses")
    deployed.s3.put_object(Bucket="somebody-elses", Key="a.png", Body=PNG)
    deployed.logs.create_log_group(logGroupName="/aws/lambda/somebody-elses")
    return {
        "Bucket": "somebody-elses",
        "QueueUrl": deployed.sqs.create_queue(QueueName="somebody-elses")["QueueUrl"],
        "logGroupName": "/aws/lambda/somebody-elses",
    }


S3_CALLS: list[tuple[str, dict[str, Any]]] = [
    ("get_object", {"Key": "a.png"}),
    ("put_object", {"Key": "a.png"}),
    ("delete_object", {"Key": "a.png"}),
    ("list_object_versions", {}),
    ("get_bucket_policy", {}),
    ("delete_bucket_policy", {}),
    ("delete_bucket", {}),
]
ALLOWED = {
    ("upload_bucket", "get_object"),
    ("upload_bucket", "list_object_versions"),
    ("processed_bucket", "put_object"),
}


@pytest.mark.parametrize(
    ("operation", "parameters"), S3_CALLS, ids=lambda value: value if isinstance(value, str) else ""
)
@pytest.mark.parametrize("bucket", ["upload_bucket", "processed_bucket", "another_bucket"])
def test_in_the_buckets_the_function_only_reads_uploads_and_writes_variants(
    bucket: str, operation: str, parameters: dict[str, Any], deployed: Deployed, others: dict[str, str]
) -> None:
    name = getattr(deployed, bucket, others["Bucket"])
    allowed = (bucket, operation) in ALLOWED
    deployed.upload("a.png")
    assert (deployed.probe("s3", operation, Bucket=name, **parameters) in DENIED) is not allowed


def test_the_function_cannot_delete_a_version(deployed: Deployed) -> None:
    upload = deployed.upload("a.png")
    place = {"Bucket": upload.bucket, "Key": upload.key, "VersionId": upload.version}
    assert deployed.probe("s3", "delete_object", **place) in DENIED


def test_the_function_cannot_read_its_own_variants(deployed: Deployed) -> None:
    assert deployed.process(deployed.upload("f.png")) == "variants"
    listed = deployed.s3.list_objects_v2(Bucket=deployed.processed_bucket, Prefix="f_")["Contents"]
    assert len(listed) == len(VARIANTS)
    for item in listed:
        assert deployed.probe("s3", "get_object", Bucket=deployed.processed_bucket, Key=item["Key"]) in DENIED


@pytest.mark.parametrize("operation", ["receive_message", "purge_queue", "delete_queue"])
def test_the_function_cannot_read_or_empty_the_failure_queue(operation: str, deployed: Deployed) -> None:
    assert deployed.probe("sqs", operation, QueueUrl=deployed.queue) in DENIED


def test_the_function_cannot_use_another_queue_or_log_group(deployed: Deployed, others: dict[str, str]) -> None:
    group = {"logGroupName": others["logGroupName"]}
    assert deployed.probe("sqs", "send_message", QueueUrl=others["QueueUrl"], MessageBody="no") in DENIED
    assert deployed.probe("logs", "create_log_stream", **group, logStreamName="no") in DENIED
    assert deployed.probe("logs", "filter_log_events", **group) in DENIED
    assert deployed.probe("logs", "create_log_group", logGroupName="no") in DENIED


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("s3", "list_buckets", {}),
        ("sqs", "list_queues", {}),
        ("lambda", "invoke", {"FunctionName": "probe"}),
        ("lambda", "list_functions", {}),
        ("iam", "list_roles", {}),
        ("iam", "create_user", {"UserName": "somebody"}),
    ],
)
def test_the_function_cannot_list_other_resources(
    service: str, operation: str, parameters: dict[str, Any], deployed: Deployed
) -> None:
    assert deployed.probe(service, operation, **parameters) in DENIED


def test_plain_http_is_refused(deployed: Deployed) -> None:
    upload = deployed.upload("a.png")
    place = {"Bucket": upload.bucket, "Key": upload.key}
    assert deployed.probe("s3", "get_object", **place) == ""
    assert deployed.probe_without_tls("s3", "get_object", **place) in DENIED


@pytest.mark.parametrize("bucket", ["upload_bucket", "processed_bucket"])
def test_anonymous_requests_are_refused(bucket: str, deployed: Deployed, account: Account) -> None:
    anonymous = account.client("s3", config=Config(signature_version=UNSIGNED))
    name = getattr(deployed, bucket)
    deployed.s3.put_object(Bucket=name, Key="a.png", Body=PNG)
    for operation, parameters in S3_CALLS:
        with pytest.raises(ClientError, match="AccessDenied"):
            getattr(anonymous, operation)(Bucket=name, **parameters)


def test_nobody_can_make_a_bucket_public(deployed: Deployed) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    for bucket in (deployed.upload_bucket, deployed.processed_bucket):
        policy = {"Version": "2012-10-17", "Statement": [statement | {"Resource": f"arn:aws:s3:::{bucket}/*"}]}
        with pytest.raises(ClientError, match="AccessDenied"):
            deployed.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
