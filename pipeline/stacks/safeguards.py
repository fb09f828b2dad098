"""Apply the settings of terraform/ that protect a deployment. Emulators store them, but don't enforce them.

The embedded stack has them too, so that `pipeline describe` shows the same settings on every stack.
"""

import json
from collections.abc import Mapping
from typing import Any

from pipeline.stacks.variables import Variables

SECONDS_PER_DAY = 86400
STATEMENT = "AllowUploadBucket"  # as in terraform/
PUBLIC_ACCESS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
EVERYTHING: Mapping[str, Any] = {"Status": "Enabled", "Filter": {"Prefix": ""}}  # a lifecycle rule for all objects
ABORT_INCOMPLETE = {"ID": "abort-incomplete-uploads", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}


def protect_bucket(s3: Any, bucket: str, *lifecycle: Mapping[str, Any]) -> None:
    """Block public access and plain HTTP to `bucket`, and set its rules `lifecycle`. `s3` is a client."""
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(PUBLIC_ACCESS, True))
    arn = f"arn:aws:s3:::{bucket}"
    s3.put_bucket_policy(Bucket=bucket, Policy=_tls_only("s3:*", [arn, f"{arn}/*"]))
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={"Rules": [{**EVERYTHING, **rule} for rule in (ABORT_INCOMPLETE, *lifecycle)]},
    )


def allow_browsers(s3: Any, bucket: str, methods: list[str], origins: list[str]) -> None:
    """Let pages of `origins`, if there are any, use `methods` on `bucket`. `s3` is a client."""
    if not origins:
        s3.delete_bucket_cors(Bucket=bucket)
        return
    rule = {
        "AllowedOrigins": origins,
        "AllowedMethods": methods,
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag", "x-amz-version-id"],
        "MaxAgeSeconds": 3600,
    }
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})


def expire_replaced_uploads(variables: Variables) -> list[dict[str, Any]]:
    """Return the lifecycle rule of the upload bucket, if there is one."""
    if variables.optional("replaced_upload_retention_days") is None:
        return []
    days = {"NoncurrentDays": variables.number("replaced_upload_retention_days")}
    markers = {"ExpiredObjectDeleteMarker": True}
    return [{"ID": "expire-replaced-uploads", "NoncurrentVersionExpiration": days, "Expiration": markers}]


def expire_replaced_variants(variables: Variables) -> list[dict[str, Any]]:
    """Return the lifecycle rule of the processed bucket."""
    days = {"NoncurrentDays": variables.number("replaced_variant_retention_days")}
    return [{"ID": "expire-replaced-variants", "NoncurrentVersionExpiration": days}]


def queue_attributes(variables: Variables, arn: str) -> dict[str, str]:
    """Return the attributes of the failure queue with the ARN `arn`."""
    return {
        "MessageRetentionPeriod": str(variables.number("failure_retention_days") * SECONDS_PER_DAY),
        "VisibilityTimeout": "300",
        "SqsManagedSseEnabled": "true",
        "Policy": _tls_only("sqs:*", [arn]),
    }


def allow_uploads(functions: Any, function: str, bucket: str, account: str) -> None:
    """Let `bucket` in `account` invoke `function`, and no other bucket. `functions` is a client."""
    if STATEMENT in _statements(functions, function):
        functions.remove_permission(FunctionName=function, StatementId=STATEMENT)
    functions.add_permission(
        FunctionName=function,
        StatementId=STATEMENT,
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{bucket}",
        SourceAccount=account,
    )


def _statements(functions: Any, function: str) -> set[str]:
    policy: Mapping[str, Any] = json.loads(functions.get_policy(FunctionName=function)["Policy"])
    return {statement["Sid"] for statement in policy["Statement"]}


def _tls_only(actions: str, resources: list[str]) -> str:
    statement = {
        "Sid": "DenyWithoutTLS",
        "Effect": "Deny",
        "Action": actions,
        "Resource": resources,
        "Principal": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
