"""The settings of a bucket."""

from typing import Any

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.description.answers import by_name, canonical, optional, statements


def describe_bucket(deployment: Deployment, bucket: str) -> dict[str, Any]:
    """Return the settings of `bucket`. What was never set is None or empty."""
    s3 = deployment.s3
    versioning = s3.get_bucket_versioning(Bucket=bucket)  # without the bucket, this one fails
    encryption = optional(lambda: s3.get_bucket_encryption(Bucket=bucket))
    access = optional(lambda: s3.get_public_access_block(Bucket=bucket))
    ownership = optional(lambda: s3.get_bucket_ownership_controls(Bucket=bucket))
    policy = optional(lambda: s3.get_bucket_policy(Bucket=bucket))
    lifecycle = optional(lambda: s3.get_bucket_lifecycle_configuration(Bucket=bucket))
    cors = optional(lambda: s3.get_bucket_cors(Bucket=bucket))
    return {
        "versioning": versioning.get("Status"),
        "encryption": canonical(encryption.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])),
        "public_access_block": canonical(access.get("PublicAccessBlockConfiguration", {})),
        "ownership": canonical(ownership.get("OwnershipControls", {}).get("Rules", [])),
        "policy": statements(policy.get("Policy")),
        "lifecycle": by_name(lifecycle.get("Rules", []), "ID"),
        "cors": canonical(cors.get("CORSRules", [])),
        "notification": _describe_notification(deployment, bucket),
    }


def _describe_notification(deployment: Deployment, bucket: str) -> dict[str, Any]:
    """Return what the bucket notifies, without the IDs that S3 makes up."""
    answer = deployment.s3.get_bucket_notification_configuration(Bucket=bucket)
    kinds = {kind: value for kind, value in answer.items() if kind != "ResponseMetadata"}
    return {
        kind: canonical([{name: rule[name] for name in rule if name != "Id"} for rule in value])
        if isinstance(value, list)
        else True  # EventBridgeConfiguration, which has no members
        for kind, value in kinds.items()
    }
