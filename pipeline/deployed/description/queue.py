"""The settings of the failure queue."""

from collections.abc import Mapping
from typing import Any

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.description.answers import statements


def describe_queue(deployment: Deployment) -> dict[str, Any]:
    """Return the settings of the failure queue."""
    answer = deployment.sqs.get_queue_attributes(QueueUrl=deployment.failure_queue_url, AttributeNames=["All"])
    attributes: Mapping[Any, str] = answer["Attributes"]
    return {
        "retention": int(attributes["MessageRetentionPeriod"]),
        "visibility_timeout": int(attributes["VisibilityTimeout"]),
        "delay": int(attributes["DelaySeconds"]),
        "encryption": attributes.get("SqsManagedSseEnabled") == "true",
        "kms_key": attributes.get("KmsMasterKeyId"),
        "policy": statements(attributes.get("Policy")),
    }
