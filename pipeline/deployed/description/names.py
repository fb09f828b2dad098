"""Replace the names in a description by what they name."""

import re
from collections.abc import Mapping
from typing import Any

from pipeline.deployed.deployment import Deployment


def queue_name(deployment: Deployment) -> str:
    """Return the name of the failure queue."""
    return deployment.failure_queue_url.rpartition("/")[2]


def role_name(deployment: Deployment) -> str:
    """Return the name of the function's role."""
    configuration = deployment.functions.get_function_configuration(FunctionName=deployment.function_name)
    return configuration["Role"].rpartition("/")[2]


def replace_names(deployment: Deployment, value: Any) -> Any:
    """Return `value` with, for example, `<function>` in place of the function's name, wherever a text contains it."""
    names = _names(deployment)
    pattern = re.compile("|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)))
    return _replace(value, lambda text: pattern.sub(lambda found: f"<{names[found[0]]}>", text))


def _names(deployment: Deployment) -> Mapping[str, str]:
    arn = deployment.functions.get_function_configuration(FunctionName=deployment.function_name)["FunctionArn"]
    return {
        arn.split(":")[4]: "account",
        deployment.region: "region",
        deployment.function_name: "function",
        queue_name(deployment): "failure queue",
        role_name(deployment): "role",
        deployment.upload_bucket: "upload bucket",
        deployment.processed_bucket: "processed bucket",
    }


def _replace(value: Any, replace: Any) -> Any:
    if isinstance(value, Mapping):
        return {replace(name): _replace(member, replace) for name, member in value.items()}
    if isinstance(value, list):
        return [_replace(member, replace) for member in value]
    return replace(value) if isinstance(value, str) else value
