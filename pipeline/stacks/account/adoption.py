"""Refuse to deploy if a resource with the same name exists, but isn't in the Terraform state."""

from collections.abc import Callable, Iterator

from pipeline.deployed.deployment import client
from pipeline.lib.errors import PipelineError
from pipeline.stacks.account.creation import KINDS
from pipeline.stacks.account.terraform import Plan


def check_nothing_is_adopted(plan: Plan, region: str) -> None:
    """Check that the resources that `plan` creates don't exist yet.

    AWS and the provider silently take over an existing queue, rule, alarm, or dashboard.

    Raises:
        PipelineError: something exists, so another checkout deployed it.
    """
    if existing := list(_existing(plan, region)):
        raise PipelineError(
            f"region {region} already has {', '.join(existing)}, but the Terraform state of this checkout doesn't",
            "fetch the state of that deployment: run `make remote-state` if it keeps its state in a bucket, or copy"
            " terraform/terraform.tfstate from the checkout that deployed it. For a second deployment next to it,"
            " choose another name: TF_VAR_environment=...",
        )


def _existing(plan: Plan, region: str) -> Iterator[str]:
    for change in plan.changes:
        if change.creates and change.type in FINDERS:
            argument, exists = FINDERS[change.type]
            if exists(region, change.after[argument]):
                yield f"the {KINDS[change.type]} {change.after[argument]}"


def _has_function(region: str, name: str) -> bool:
    functions = client("lambda", region)
    try:
        return bool(functions.get_function_configuration(FunctionName=name))
    except functions.exceptions.ResourceNotFoundException:
        return False


def _has_queue(region: str, name: str) -> bool:
    sqs = client("sqs", region)
    try:
        return bool(sqs.get_queue_url(QueueName=name))
    except sqs.exceptions.QueueDoesNotExist:
        return False


def _has_rule(region: str, name: str) -> bool:
    rules = client("events", region)
    try:
        return bool(rules.describe_rule(Name=name))
    except rules.exceptions.ResourceNotFoundException:
        return False


def _has_alarm(region: str, name: str) -> bool:
    return bool(client("cloudwatch", region).describe_alarms(AlarmNames=[name])["MetricAlarms"])


def _has_dashboard(region: str, name: str) -> bool:
    listed = client("cloudwatch", region).list_dashboards(DashboardNamePrefix=name)["DashboardEntries"]
    return any(dashboard["DashboardName"] == name for dashboard in listed)


# By type: the argument that names it, and how to find it.
FINDERS: dict[str, tuple[str, Callable[[str, str], bool]]] = {
    "aws_lambda_function": ("function_name", _has_function),
    "aws_sqs_queue": ("name", _has_queue),
    "aws_cloudwatch_event_rule": ("name", _has_rule),
    "aws_cloudwatch_metric_alarm": ("alarm_name", _has_alarm),
    "aws_cloudwatch_dashboard": ("dashboard_name", _has_dashboard),
}
