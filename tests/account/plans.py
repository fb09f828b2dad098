"""What Terraform would create, compared with the embedded stack."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.description import describe, fields
from pipeline.deployed.description.names import replace_names
from pipeline.lib.shell import run
from pipeline.stacks.tflocal import environment
from tests.integration.differences import is_listed

TERRAFORM = ("terraform",)
BUCKET = r"(upload|processed)"
ANY_BUCKET = r'this\["(upload|processed)"\]'

# The attributes in terraform/, as patterns, and the settings in a description that they become. \1 is a group of the
# pattern. A name in braces becomes one of AWS's API: {block_public_acls} is BlockPublicAcls.
SETTINGS: Mapping[str, str] = {
    rf"aws_s3_bucket_versioning\.{BUCKET}\.versioning_configuration\.1\.status": r"\1_bucket.versioning",
    rf"aws_s3_bucket_server_side_encryption_configuration\.{ANY_BUCKET}\.rule\.1\..*\.sse_algorithm": (
        r"\1_bucket.encryption.1.ApplyServerSideEncryptionByDefault.SSEAlgorithm"
    ),
    rf"aws_s3_bucket_public_access_block\.{ANY_BUCKET}\.(\w+)": r"\1_bucket.public_access_block.{\2}",
    rf"aws_s3_bucket_ownership_controls\.{ANY_BUCKET}\.rule\.1\.(\w+)": r"\1_bucket.ownership.1.{\2}",
    rf"aws_s3_bucket_lifecycle_configuration\.{BUCKET}\.rule\.([\w-]+)\.status": r"\1_bucket.lifecycle.\2.Status",
    rf"aws_s3_bucket_lifecycle_configuration\.{BUCKET}\.rule\.([\w-]+)\.(\w+)\.1\.(\w+)": (
        r"\1_bucket.lifecycle.\2.{\3}.{\4}"
    ),
    r"aws_s3_bucket_notification\.upload\.lambda_function\.1\.events": (
        r"upload_bucket.notification.LambdaFunctionConfigurations.1.Events"
    ),
    r"aws_s3_bucket_notification\.upload\.eventbridge": "upload_bucket.notification.EventBridgeConfiguration",
    r"aws_lambda_function\.processor\.memory_size": "function.memory",
    r"aws_lambda_function\.processor\.ephemeral_storage\.1\.size": "function.temporary_storage",
    r"aws_lambda_function\.processor\.tracing_config\.1\.mode": "function.tracing",
    r"aws_lambda_function\.processor\.reserved_concurrent_executions": "function.reserved_concurrency",
    r"aws_lambda_function\.processor\.environment\.1\.variables\.(\w+)": r"environment.\1",
    r"aws_lambda_function\.processor\.logging_config\.1\.log_format": "function.logging.format",
    r"aws_lambda_function\.processor\.logging_config\.1\.application_log_level": "function.logging.level",
    r"aws_lambda_function\.processor\.logging_config\.1\.log_group": "function.logging.log_group",
    r"aws_lambda_function\.processor\.(description|runtime|handler|timeout|architectures)": r"function.\1",
    r"aws_lambda_function_event_invoke_config\.processor\.maximum_retry_attempts": "function.retries",
    r"aws_lambda_function_event_invoke_config\.processor\.maximum_event_age_in_seconds": "function.event_age",
    r"aws_lambda_permission\.upload_bucket\.source_account": (
        "function.permissions.AllowUploadBucket.Condition.StringEquals.AWS:SourceAccount"
    ),
    r"aws_lambda_permission\.upload_bucket\.action": "function.permissions.AllowUploadBucket.Action",
    r"aws_lambda_permission\.upload_bucket\.principal": ("function.permissions.AllowUploadBucket.Principal.Service"),
    r"aws_sqs_queue\.failures\.message_retention_seconds": "failure_queue.retention",
    r"aws_sqs_queue\.failures\.visibility_timeout_seconds": "failure_queue.visibility_timeout",
    r"aws_sqs_queue\.failures\.delay_seconds": "failure_queue.delay",
    r"aws_sqs_queue\.failures\.sqs_managed_sse_enabled": "failure_queue.encryption",
    r"aws_cloudwatch_log_group\.processor\.retention_in_days": "log_group.retention",
    r"aws_cloudwatch_log_group\.processor\.log_group_class": "log_group.class",
    r"aws_cloudwatch_metric_alarm\..*": "alarms",
    r"aws_cloudwatch_dashboard\..*": "dashboard",
    r"aws_iam_role(?:_policy)?\..*": "role",
    r"aws_lambda_layer_version\..*": "function.layers",
}

UNSET = (-1, False)  # values that mean that there is no such setting; -1 is no limit

# Attributes that become no setting.
NO_SETTINGS: Mapping[str, str] = {
    r".*\.tags\.\w+": "for bills",
    r".*\.(?:name|function_name|bucket_prefix|statement_id)": "they name a part",
    r".*\.force_destroy": "Terraform's own",
    r"aws_lambda_function\.processor\.(?:filename|source_code_hash)": "function.code.modules is compared",
}


@dataclass(frozen=True)
class Facts:
    """What the embedded stack is: its deployment, and its settings by path."""

    deployment: Deployment
    settings: Mapping[str, Any]


def facts(deployment: Deployment) -> Facts:
    """Return the settings of `deployment`, with the values in the function's environment."""
    configuration = deployment.functions.get_function_configuration(FunctionName=deployment.function_name)
    values = configuration["Environment"]["Variables"]
    return Facts(
        deployment,
        dict(fields(describe(deployment))) | {f"environment.{name}": value for name, value in values.items()},
    )


def plan(terraform: Path, endpoint_url: str, *program: str) -> Any:
    """Return the plan for an empty account at `endpoint_url`, as JSON. `program` is terraform, or tflocal."""
    settings = environment(endpoint_url)
    program = program or TERRAFORM
    run(*program, "plan", "-input=false", "-no-color", "-out=plan", cwd=terraform, environment=settings)
    return json.loads(run("terraform", "show", "-json", "plan", cwd=terraform, environment=settings).stdout)


def attributes(planned: Any) -> Iterator[tuple[str, Any]]:
    """Yield each attribute that terraform/ sets, by its address, with the value that is known before it is applied."""
    written = {
        resource["address"]: set(resource["expressions"])
        for resource in planned["configuration"]["root_module"]["resources"]
        if resource["mode"] == "managed"
    }
    for resource in planned["planned_values"]["root_module"]["resources"]:
        if resource["mode"] == "managed":
            names = written[resource["address"].partition("[")[0]]
            # Dynamic blocks aren't among the expressions.
            chosen = {name: value for name, value in resource["values"].items() if name in names or _is_block(value)}
            address = resource["address"].removesuffix("[0]")
            yield from ((f"{address}.{path}", value) for path, value in _leaves(chosen))


def unfollowed(planned: Any, embedded: Facts) -> list[str]:
    """Return a sentence for each attribute that the embedded stack doesn't follow."""
    return [problem for path, value in attributes(planned) if (problem := _problem(path, value, embedded))]


def _problem(path: str, value: Any, embedded: Facts) -> str:
    if any(re.fullmatch(pattern, path) for pattern in NO_SETTINGS):
        return ""
    setting = _setting_of(path)
    if setting is None:
        return f"{path}: it is neither in SETTINGS nor in NO_SETTINGS"
    if is_listed(setting):
        return ""
    found, expected = embedded.settings.get(setting), replace_names(embedded.deployment, value)
    if found in (expected, [expected]) or (found is None and expected in UNSET):
        return ""
    return f"{path}: Terraform plans {expected!r}, and {setting} of the embedded stack is {found!r}"


def _setting_of(path: str) -> str | None:
    for pattern, setting in SETTINGS.items():
        if found := re.fullmatch(pattern, path):
            return re.sub(r"\{(\w+)\}", lambda name: _camel(name[1]), found.expand(setting))
    return None


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _is_block(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, Mapping) for each in value)


def _leaves(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what `value` contains, by path. Members of lists have their ID or position, from 1."""
    for name, member in value.items():
        inner = (
            {str(each.get("id") or position): each for position, each in enumerate(member, 1)}
            if _is_block(member)
            else member
        )
        if isinstance(inner, Mapping):
            yield from ((f"{name}.{path}", leaf) for path, leaf in _leaves(inner))
        elif inner not in (None, "", [], [None]) and name != "id":
            yield name, inner
