"""The function's role allows what the function does, and nothing else.

An emulator that enforces IAM runs the function with the role that Terraform makes. The emulator itself writes its logs
and messages in the failure queue, so a second function with the same role makes these requests.
"""

import copy
import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from pipeline.deployed.function import VARIANTS, Upload
from pipeline.deployed.invocations import event_record
from tests.account.emulator import Account
from tests.integration.images import encoded, quarters

PNG = encoded(quarters(16, 12), "PNG")
DENIED = {"AccessDenied", "AccessDeniedException"}

# Makes a request with the role's credentials, and returns the code of the error, or None.
PROBE = """
import boto3
from botocore.exceptions import ClientError


def handler(event, context):
    client = boto3.client(event["service"])
    for name, value in event["headers"].items():
        client.meta.events.register("before-sign", lambda request, **_: request.headers.add_header(name, value))
    try:
        getattr(client, event["operation"])(**event["parameters"])
    except ClientError as error:
        return error.response["Error"]["Code"]
"""


class Deployed:
    """The function, its role, and a probe with the same role."""

    def __init__(self, account: Account, outputs: dict[str, str]) -> None:
        self.s3, self.iam, self.functions = (account.client(name) for name in ("s3", "iam", "lambda"))
        self.sqs, self.logs = account.client("sqs"), account.client("logs")
        self.upload_bucket, self.processed_bucket = outputs["upload_bucket_name"], outputs["processed_bucket_name"]
        self.queue, self.log_group = outputs["failure_queue_url"], outputs["log_group_name"]
        self.function = outputs["lambda_function_name"]
        configuration = self.functions.get_function_configuration(FunctionName=self.function)
        self.role = configuration["Role"].rpartition("/")[2]
        self.functions.create_function(
            FunctionName="probe",
            Role=configuration["Role"],
            Runtime="python3.12",
            Handler="probe.handler",
            Code={"ZipFile": zipped("probe.py", PROBE)},
            Timeout=30,
        )
        # The emulator looks for a log group's ARN without the ":*" that AWS's own policies end in.
        self.policy = json.loads(json.dumps(self._policy()).replace(f"{self.log_group}:*", self.log_group))
        self._put(self.policy)

    def upload(self, name: str) -> Upload:
        """Upload a picture under `name`; the function isn't notified."""
        stored = self.s3.put_object(Bucket=self.upload_bucket, Key=name, Body=PNG)
        return Upload(self.upload_bucket, name, stored["ETag"].strip('"'), stored["VersionId"], len(PNG))

    def deleted(self, name: str) -> Upload:
        """Upload a picture under `name` and delete that version."""
        upload = self.upload(name)
        self.s3.delete_object(Bucket=self.upload_bucket, Key=name, VersionId=upload.version)
        return upload

    def process(self, upload: Upload) -> str:
        """Give `upload` to the function, and return its outcome, or the error."""
        event = {"Records": [event_record(upload)]}
        answer = self.functions.invoke(FunctionName=self.function, Payload=json.dumps(event))
        payload = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            return str(payload["errorMessage"])
        (outcome,) = payload["outcomes"]
        return str(outcome["outcome"])

    def probe(self, service: str, operation: str, /, **parameters: Any) -> str:
        """Make a request with the role's credentials, and return the code of the error, or ""."""
        return self._probe(service, operation, parameters, {})

    def probe_without_tls(self, service: str, operation: str, /, **parameters: Any) -> str:
        """Make the request as if a proxy in front had received it over plain HTTP."""
        return self._probe(service, operation, parameters, {"X-Forwarded-Proto": "http"})

    def _probe(self, service: str, operation: str, parameters: dict[str, Any], headers: dict[str, str]) -> str:
        request = {"service": service, "operation": operation, "headers": headers, "parameters": parameters}
        answer = self.functions.invoke(FunctionName="probe", Payload=json.dumps(request))
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return str(payload or "")

    @contextmanager
    def without(self, sid: str, action: str) -> Iterator[None]:
        """Take `action` away from the statement `sid` of the role's policy."""
        fewer = copy.deepcopy(self.policy)
        (statement,) = (each for each in fewer["Statement"] if each["Sid"] == sid)
        statement["Action"] = [each for each in actions_of(statement) if each != action]
        fewer["Statement"] = [each for each in fewer["Statement"] if each["Action"]]
        self._put(fewer)
        try:
            yield
        finally:
            self._put(self.policy)

    def _policy(self) -> dict[str, Any]:
        (name,) = self.iam.list_role_policies(RoleName=self.role)["PolicyNames"]
        assert not self.iam.list_attached_role_policies(RoleName=self.role)["AttachedPolicies"]
        policy: dict[str, Any] = self.iam.get_role_policy(RoleName=self.role, PolicyName=name)["PolicyDocument"]
        return policy

    def _put(self, policy: dict[str, Any]) -> None:
        self.iam.put_role_policy(RoleName=self.role, PolicyName="processor", PolicyDocument=json.dumps(policy))


def zipped(name: str, text: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, text)
    return content.getvalue()


def actions_of(statement: dict[str, Any]) -> list[str]:
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else actions


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
def test_without_an_action_the_function_cannot(sid: str, action: str, deployed: Deployed) -> None:
    with deployed.without(sid, action):
        assert "AccessDenied" in PURPOSES[sid, action](deployed)


@pytest.fixture(scope="module")
def others(deployed: Deployed) -> dict[str, str]:
    """A bucket, a queue and a log group of somebody else in the account."""
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
def test_in_the_buckets_the_function_reads_uploads_and_writes_variants_only(
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
def test_the_function_cannot_look_around(
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
