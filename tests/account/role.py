"""A deployment in the emulated account, and requests with the rights of its function's role."""

import copy
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pipeline.deployed.function import Upload
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

    def __init__(self, account: Account, outputs: dict[str, str], probe: str = "probe") -> None:
        self._probe_name = probe
        self.s3, self.iam, self.functions = (account.client(name) for name in ("s3", "iam", "lambda"))
        self.sqs, self.logs = account.client("sqs"), account.client("logs")
        self.upload_bucket, self.processed_bucket = outputs["upload_bucket_name"], outputs["processed_bucket_name"]
        self.queue, self.log_group = outputs["failure_queue_url"], outputs["log_group_name"]
        self.function = outputs["lambda_function_name"]
        configuration = self.functions.get_function_configuration(FunctionName=self.function)
        self.role = configuration["Role"].rpartition("/")[2]
        self.functions.create_function(
            FunctionName=probe,
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
        return self._invoke(event_record(upload))

    def remove(self, upload: Upload) -> str:
        """Delete `upload` for good, report that to the function, and return the outcome, or the error."""
        self.s3.delete_object(Bucket=self.upload_bucket, Key=upload.key, VersionId=upload.version)
        return self._invoke(event_record(upload) | {"eventName": "ObjectRemoved:Delete"})

    def _invoke(self, record: dict[str, Any]) -> str:
        event = {"Records": [record]}
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
        answer = self.functions.invoke(FunctionName=self._probe_name, Payload=json.dumps(request))
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
