"""Write the permissions to deploy and to operate to docs/policies: `python -m pipeline.stacks.account.policies`.

They follow from what the code calls, and from the types of resources in terraform/.
"""

import ast
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import hcl2

from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import ROOT, TERRAFORM
from pipeline.stacks.variables import PLAIN, Variables

POLICIES = ROOT / "docs" / "policies"
MAX_CHARACTERS = 6144  # of a managed policy, without white space

OPERATING = ("pipeline/deployed", "pipeline/commands", "pipeline/contact_sheet")
DEPLOYING = ("pipeline/stacks/account",)

# Clients that have another name than their service.
SERVICES = {"functions": "lambda", "listings": "s3", "rules": "events"}
CLIENTS = {"s3", "listings", "s3control", "sqs", "functions", "lambda", "logs", "iam", "sts", "cloudwatch", "rules"}

# Requests that need permissions of other names.
REQUESTS: Mapping[str, tuple[str, ...]] = {
    "s3:GetObject": ("s3:GetObject", "s3:GetObjectVersion"),
    "s3:HeadObject": ("s3:GetObject", "s3:GetObjectVersion"),
    "s3:DeleteObject": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    "s3:DeleteObjects": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:GetBucketCors": ("s3:GetBucketCORS",),
    "s3:GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3:GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "s3:GetBucketNotificationConfiguration": ("s3:GetBucketNotification",),
    "s3:GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "s3:PutPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "s3:PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3control:CreateJob": ("s3:CreateJob", "iam:PassRole"),
    "s3control:DescribeJob": ("s3:DescribeJob",),
    "s3control:UpdateJobStatus": ("s3:UpdateJobStatus",),
    "sqs:ChangeMessageVisibilityBatch": ("sqs:ChangeMessageVisibility",),
    "lambda:GetLayerVersionByArn": ("lambda:GetLayerVersion",),
    "lambda:Invoke": ("lambda:InvokeFunction",),
    "sts:GetCallerIdentity": (),  # needs no permission
}

# The requests of Terraform's provider to create, read, update, and delete a resource of each type.
TYPES: Mapping[str, str] = {
    "aws_cloudwatch_dashboard": "cloudwatch: PutDashboard GetDashboard DeleteDashboards",
    "aws_cloudwatch_event_rule": "events: PutRule DescribeRule DeleteRule ListTagsForResource TagResource"
    " UntagResource",
    "aws_cloudwatch_event_target": "events: PutTargets ListTargetsByRule RemoveTargets",
    "aws_cloudwatch_log_group": "logs: CreateLogGroup DeleteLogGroup DescribeLogGroups PutRetentionPolicy"
    " DeleteRetentionPolicy ListTagsForResource TagResource UntagResource AssociateKmsKey DisassociateKmsKey",
    "aws_cloudwatch_metric_alarm": "cloudwatch: PutMetricAlarm DeleteAlarms DescribeAlarms ListTagsForResource"
    " TagResource UntagResource",
    "aws_iam_role": "iam: CreateRole DeleteRole GetRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy"
    " PassRole ListRolePolicies ListAttachedRolePolicies ListInstanceProfilesForRole TagRole UntagRole"
    " PutRolePermissionsBoundary DeleteRolePermissionsBoundary",
    "aws_iam_role_policy": "iam: GetRolePolicy PutRolePolicy DeleteRolePolicy",
    "aws_lambda_function": "lambda: CreateFunction DeleteFunction GetFunction GetFunctionConfiguration"
    " GetFunctionCodeSigningConfig GetFunctionConcurrency PutFunctionConcurrency DeleteFunctionConcurrency"
    " ListVersionsByFunction UpdateFunctionCode UpdateFunctionConfiguration GetLayerVersion ListTags TagResource"
    " UntagResource",
    "aws_lambda_function_event_invoke_config": "lambda: PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig"
    " GetFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig",
    "aws_lambda_layer_version": "lambda: PublishLayerVersion GetLayerVersion DeleteLayerVersion",
    "aws_lambda_permission": "lambda: AddPermission RemovePermission GetPolicy",
    "aws_s3_bucket": "s3: CreateBucket DeleteBucket ListBucket ListBucketVersions DeleteObject DeleteObjectVersion"
    " GetBucketLocation GetBucketPolicy GetBucketAcl GetBucketCORS GetBucketWebsite GetBucketVersioning"
    " GetBucketLogging GetAccelerateConfiguration GetBucketRequestPayment GetLifecycleConfiguration"
    " GetReplicationConfiguration GetEncryptionConfiguration GetBucketObjectLockConfiguration GetBucketTagging"
    " PutBucketTagging ListTagsForResource TagResource UntagResource",
    "aws_s3_bucket_cors_configuration": "s3: GetBucketCORS PutBucketCORS",
    "aws_s3_bucket_lifecycle_configuration": "s3: GetLifecycleConfiguration PutLifecycleConfiguration",
    "aws_s3_bucket_notification": "s3: GetBucketNotification PutBucketNotification",
    "aws_s3_bucket_ownership_controls": "s3: GetBucketOwnershipControls PutBucketOwnershipControls",
    "aws_s3_bucket_policy": "s3: GetBucketPolicy PutBucketPolicy DeleteBucketPolicy",
    "aws_s3_bucket_public_access_block": "s3: GetBucketPublicAccessBlock PutBucketPublicAccessBlock",
    "aws_s3_bucket_server_side_encryption_configuration": "s3: GetEncryptionConfiguration PutEncryptionConfiguration",
    "aws_s3_bucket_versioning": "s3: GetBucketVersioning PutBucketVersioning",
    "aws_sqs_queue": "sqs: CreateQueue DeleteQueue GetQueueAttributes SetQueueAttributes ListQueueTags"
    " TagQueue UntagQueue",
    "aws_sqs_queue_policy": "sqs: GetQueueAttributes SetQueueAttributes",
}
MONITORING = (  # the commands in docs/aws.md
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricStatistics",
    "logs:GetQueryResults",
    "logs:PutQueryDefinition",
    "logs:StartQuery",
)
STATE = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")  # the state in a bucket, and its lock

# Permissions that can't be limited to a resource, or only to resources without a name.
ANYWHERE = {
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricStatistics",
    "cloudwatch:ListDashboards",
    "iam:ListAccountAliases",
    "lambda:GetAccountSettings",
    "logs:DescribeLogGroups",
    "logs:GetQueryResults",
    "logs:PutQueryDefinition",
    "s3:CreateJob",
    "s3:DescribeJob",
    "s3:UpdateJobStatus",
}


def policies() -> dict[str, dict[str, Any]]:
    """Return the policies by name.

    Raises:
        PipelineError: a request or a type of resource is in none of the tables.
    """
    operating = {*_rights_of_code(OPERATING), *MONITORING}
    deploying = {*_rights_of_code(DEPLOYING), *_rights_of_terraform(), *STATE}
    return {"deploy": _policy(deploying), "operate": _policy(operating)}


def write() -> None:
    """Write the policies to docs/policies."""
    POLICIES.mkdir(exist_ok=True)
    for name, policy in policies().items():
        (POLICIES / f"{name}.json").write_text(text_of(policy))


def text_of(policy: Mapping[str, Any]) -> str:
    """Return the content of the file of `policy`."""
    return json.dumps(policy, indent=2) + "\n"


def _policy(rights: Iterable[str]) -> dict[str, Any]:
    """Return a policy with a statement for each service, and one for permissions that can't be limited."""
    project = f"{Variables().text('project_name')}-*"
    wide = sorted(set(rights) & ANYWHERE)
    narrow = sorted(set(rights) - ANYWHERE)
    statements = [
        {"Sid": service.capitalize(), "Effect": "Allow", "Action": actions, "Resource": _resources(service, project)}
        for service in sorted({right.partition(":")[0] for right in narrow})
        if (actions := [right for right in narrow if right.startswith(f"{service}:")])
    ]
    anywhere = {"Sid": "Anywhere", "Effect": "Allow", "Action": wide, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [*statements, *([anywhere] if wide else [])]}


def _resources(service: str, project: str) -> list[str]:
    """Return ARN patterns of the resources of `service` that have the name `project`."""
    return {
        "cloudwatch": [f"arn:aws:cloudwatch:*:*:alarm:{project}", f"arn:aws:cloudwatch::*:dashboard/{project}"],
        "events": [f"arn:aws:events:*:*:rule/{project}"],
        "iam": [f"arn:aws:iam::*:role/{project}", f"arn:aws:iam::*:role/*/{project}"],
        "lambda": [f"arn:aws:lambda:*:*:function:{project}", f"arn:aws:lambda:*:*:layer:{project}"],
        "logs": [f"arn:aws:logs:*:*:log-group:/aws/lambda/{project}"],
        "s3": [f"arn:aws:s3:::{project}"],
        "sqs": [f"arn:aws:sqs:*:*:{project}"],
    }[service]


def _rights_of_terraform() -> Iterator[str]:
    files = [hcl2.loads(path.read_text(), serialization_options=PLAIN) for path in sorted(TERRAFORM.glob("*.tf"))]
    for kind in {kind for file in files for block in file.get("resource", []) for kind in block}:
        if kind not in TYPES:
            raise PipelineError(f"the permissions that {kind} needs are unknown", f"add them to TYPES in {__file__}")
        service, _, requests = TYPES[kind].partition(": ")
        yield from (f"{service}:{request}" for request in requests.split())


def _rights_of_code(folders: Iterable[str]) -> Iterator[str]:
    for request in {each for folder in folders for path in (ROOT / folder).rglob("*.py") for each in _requests(path)}:
        yield from REQUESTS.get(request, (request,))


def _requests(path: Path) -> Iterator[str]:
    """Yield the requests that a module makes, such as s3:GetObject."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            service, operation = _service(node.func.value), node.func.attr
            if operation == "get_paginator" and isinstance(node.args[0], ast.Constant):
                operation = str(node.args[0].value)
            if service and ("_" in operation or operation == "invoke"):
                yield f"{service}:{''.join(part.capitalize() for part in operation.split('_'))}"


def _service(value: ast.expr) -> str | None:
    """Return the service that a client such as `deployment.s3`, `sqs`, or `client("iam", region)` makes requests to."""
    name = {ast.Attribute: "attr", ast.Name: "id"}.get(type(value), "")
    found = getattr(value, name, None)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "client":
        found = getattr(value.args[0], "value", None)
    return SERVICES.get(str(found), str(found)) if found in CLIENTS else None


if __name__ == "__main__":
    write()
