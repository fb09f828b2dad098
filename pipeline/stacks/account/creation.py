"""Describe what a plan creates and costs."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from pipeline.lib.errors import PipelineError
from pipeline.lib.prices import prices, regional_prices
from pipeline.stacks.account.terraform import Plan

# Names of resource types for a person.
KINDS = {
    "aws_s3_bucket": "bucket",
    "aws_lambda_function": "function",
    "aws_sqs_queue": "queue",
    "aws_iam_role": "role",
    "aws_cloudwatch_event_rule": "rule",
    "aws_cloudwatch_log_group": "log group",
    "aws_cloudwatch_metric_alarm": "alarm",
    "aws_cloudwatch_dashboard": "dashboard",
}


def describe_creation(plan: Plan) -> str:
    """Return what `plan` creates, for a person."""
    created = Counter(change.type for change in plan.changes if change.creates)
    parts = [_count(created.pop(type_, 0), kind) for type_, kind in KINDS.items()]
    settings = _count(created.total(), "setting")
    return ", ".join(filter(None, [*parts, settings])) or "nothing"


def _count(number: int, kind: str) -> str:
    """Return a text such as "2 buckets", or "" for none."""
    return f"{number} {kind}{'s' * (number > 1)}" if number else ""


def describe_standing_cost(plan: Plan, region: str) -> str:
    """Return what the deployment costs a month without a single upload, for a person."""
    alarms = sum(_alarm_metrics(values) for kind, values in plan.resources if kind == "aws_cloudwatch_metric_alarm")
    dashboards = sum(kind == "aws_cloudwatch_dashboard" for kind, _ in plan.resources)
    try:
        price = regional_prices(region)
    except PipelineError as error:
        return f"the cost without uploads is unknown: {error.problem}"
    dollars = alarms * price["alarm"] + dashboards * price["dashboard"]
    free = prices()["free"]
    return (
        f"without uploads it costs about ${dollars:.2f} a month: {alarms} alarm metrics, {dashboards} dashboard"
        f" (the first {free['alarms']} and {free['dashboards']} of an account are free)"
    )


def _alarm_metrics(alarm: Mapping[str, Any]) -> int:
    """Return how many metrics CloudWatch bills for `alarm`."""
    return sum(bool(query["metric"]) for query in alarm.get("metric_query") or []) or 1
