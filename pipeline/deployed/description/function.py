"""The settings of the function: its configuration, its code, its layers, and what happens to its events."""

import io
import urllib.request
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.description.answers import canonical, optional, statements
from pipeline.lib.local_http import open_local

MAX_SECONDS = 60  # to download the code


def describe_function(deployment: Deployment) -> dict[str, Any]:
    """Return the settings of the function."""
    answer = deployment.functions.get_function(FunctionName=deployment.function_name)
    configuration: Mapping[str, Any] = answer["Configuration"]
    return {
        **_describe_configuration(configuration),
        "code": {"sha256": configuration["CodeSha256"], "modules": _digest_modules(deployment, answer["Code"])},
        "layers": [_describe_layer(deployment, layer["Arn"]) for layer in configuration.get("Layers", [])],
        "permissions": _describe_permissions(deployment),
        **_describe_invocations(deployment),
    }


def _describe_configuration(configuration: Mapping[str, Any]) -> dict[str, Any]:
    vpc = configuration.get("VpcConfig", {})
    return {
        "description": configuration["Description"],
        "runtime": configuration["Runtime"],
        "handler": configuration["Handler"],
        "architectures": configuration["Architectures"],
        "memory": configuration["MemorySize"],
        "timeout": configuration["Timeout"],
        "temporary_storage": configuration["EphemeralStorage"]["Size"],
        "tracing": configuration["TracingConfig"]["Mode"],
        "environment": sorted(configuration.get("Environment", {}).get("Variables", {})),
        "vpc": canonical({"subnets": vpc.get("SubnetIds"), "security_groups": vpc.get("SecurityGroupIds")}),
        "kms_key": configuration.get("KMSKeyArn") or None,
        "logging": _describe_logging(configuration["LoggingConfig"]),
    }


def _describe_logging(logging: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "format": logging.get("LogFormat"),
        "level": logging.get("ApplicationLogLevel"),
        "log_group": logging.get("LogGroup"),
    }


def _describe_layer(deployment: Deployment, arn: str) -> dict[str, Any]:
    layer = deployment.functions.get_layer_version_by_arn(Arn=arn)
    return {
        "sha256": layer["Content"]["CodeSha256"],
        "runtimes": sorted(layer["CompatibleRuntimes"]),
        "architectures": sorted(layer["CompatibleArchitectures"]),
    }


def _describe_permissions(deployment: Deployment) -> dict[str, Any]:
    """Return who may invoke the function."""
    answer = optional(lambda: deployment.functions.get_policy(FunctionName=deployment.function_name))
    return statements(answer.get("Policy"))


def _describe_invocations(deployment: Deployment) -> dict[str, Any]:
    """Return how many invocations run at once, how often events are retried, and where they go after that."""
    name = deployment.function_name
    concurrency = optional(lambda: deployment.functions.get_function_concurrency(FunctionName=name))
    events = optional(lambda: deployment.functions.get_function_event_invoke_config(FunctionName=name))
    return {
        "reserved_concurrency": concurrency.get("ReservedConcurrentExecutions"),
        "retries": events.get("MaximumRetryAttempts"),
        "event_age": events.get("MaximumEventAgeInSeconds"),
        "destinations": canonical(events.get("DestinationConfig", {})),
    }


def _digest_modules(deployment: Deployment, code: Mapping[str, Any]) -> str | None:
    """Return a digest of the function's Python modules, and of nothing else in their archive.

    It is None if the code can't be downloaded, for example while LocalStack runs the code in a folder.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(_download(deployment, code["Location"])))
    except (OSError, zipfile.BadZipFile):
        return None
    digest = sha256()
    for name in sorted(name for name in archive.namelist() if name.endswith(".py")):
        digest.update(f"{name}\0{sha256(archive.read(name)).hexdigest()}\n".encode())
    return digest.hexdigest()


def _download(deployment: Deployment, location: str) -> bytes:
    """Return the content of the URL `location`. An emulator's may name a host that only exists in its container."""
    if deployment.endpoint_url:
        location = urlsplit(location)._replace(netloc=urlsplit(deployment.endpoint_url).netloc).geturl()
        answer = open_local(location, seconds=MAX_SECONDS)
    else:
        answer = urllib.request.urlopen(location, timeout=MAX_SECONDS)  # noqa: S310 - AWS's own https URL
    with answer:
        content: bytes = answer.read()
    return content
