"""A deployment as it is: the settings of each part, read through AWS's API.

Two deployments that were set up alike have equal descriptions, because names, accounts, and regions are replaced.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.description.access import describe_role
from pipeline.deployed.description.buckets import describe_bucket
from pipeline.deployed.description.function import describe_function
from pipeline.deployed.description.monitoring import describe_alarms, describe_dashboard, describe_log_group
from pipeline.deployed.description.names import replace_names
from pipeline.deployed.description.queue import describe_queue
from pipeline.deployed.description.rule import describe_rule

Description = Mapping[str, Any]  # part -> its settings, or None for a part that doesn't exist

PARTS: Mapping[str, Callable[[Deployment], Any]] = {
    "upload_bucket": lambda deployment: describe_bucket(deployment, deployment.upload_bucket),
    "processed_bucket": lambda deployment: describe_bucket(deployment, deployment.processed_bucket),
    "function": describe_function,
    "failure_queue": describe_queue,
    "rule": describe_rule,
    "role": describe_role,
    "log_group": describe_log_group,
    "alarms": describe_alarms,
    "dashboard": describe_dashboard,
}


def describe(deployment: Deployment) -> Description:
    """Return the settings of each part of `deployment`, as AWS's API reports them.

    Raises:
        ClientError: a bucket, the function, or the queue doesn't exist, or the caller lacks the rights to read it.
    """
    description: Description = replace_names(deployment, {part: read(deployment) for part, read in PARTS.items()})
    return description


def fields(description: Description) -> Iterator[tuple[str, Any]]:
    """Yield each setting as a pair of its path, such as "function.timeout", and its value.

    A member of a list of mappings has its position in the path, from 1, as in "function.layers.1.sha256".
    """
    for name, value in description.items():
        inner = _members(value)
        if inner:
            yield from ((f"{name}.{path}", setting) for path, setting in fields(inner))
        else:
            yield name, value


def _members(value: Any) -> Mapping[str, Any]:
    if isinstance(value, list) and any(isinstance(member, Mapping) for member in value):
        return {str(position): member for position, member in enumerate(value, 1)}
    return value if isinstance(value, Mapping) else {}
