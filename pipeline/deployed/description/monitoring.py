"""The settings of what watches the function: its log group, its alarms, and its dashboard."""

import json
from typing import Any

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.description.answers import by_name, optional

# Members that change while an alarm exists, or that only identify it.
STATE_OF_ALARMS = (
    "AlarmArn",
    "AlarmConfigurationUpdatedTimestamp",
    "StateValue",
    "StateReason",
    "StateReasonData",
    "StateUpdatedTimestamp",
    "StateTransitionedTimestamp",
)


def describe_log_group(deployment: Deployment) -> dict[str, Any] | None:
    """Return the settings of the function's log group, or None if it doesn't exist."""
    pages = deployment.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=deployment.log_group)
    for group in (group for page in pages for group in page["logGroups"]):
        if group["logGroupName"] == deployment.log_group:
            return {"retention": group.get("retentionInDays"), "kms_key": group.get("kmsKeyId")}
    return None


def describe_alarms(deployment: Deployment) -> dict[str, Any]:
    """Return the settings of each alarm, by the part of its name after the function's."""
    prefix = f"{deployment.function_name}-"
    pages = deployment.cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
    alarms = [
        alarm | {"AlarmName": alarm["AlarmName"].removeprefix(prefix)}
        for page in pages
        for alarm in page["MetricAlarms"]
    ]
    return dict(sorted(by_name(alarms, "AlarmName", *STATE_OF_ALARMS).items()))


def describe_dashboard(deployment: Deployment) -> dict[str, Any] | None:
    """Return the widgets of the dashboard by their titles, or None if it doesn't exist."""
    name = f"{deployment.function_name}-{deployment.region}"  # as in terraform/monitoring.tf
    answer = optional(lambda: deployment.cloudwatch.get_dashboard(DashboardName=name))
    if not answer:
        return None
    widgets = json.loads(answer["DashboardBody"])["widgets"]
    return {widget["properties"]["title"]: _describe_widget(widget["properties"]) for widget in widgets}


def _describe_widget(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sorted(properties.items()) if name != "title"}
