"""The settings of the EventBridge rule that invokes the function, if `trigger` is eventbridge."""

import json
from typing import Any

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.description.answers import by_name, canonical


def describe_rule(deployment: Deployment) -> dict[str, Any] | None:
    """Return the settings of the rule and of its targets, or None if it doesn't exist."""
    rules, name = deployment.rules, f"{deployment.function_name}-uploads"  # as in terraform/trigger.tf
    try:
        rule = rules.describe_rule(Name=name)
    except rules.exceptions.ResourceNotFoundException:
        return None
    return {
        "description": rule.get("Description"),
        "state": rule["State"],
        "pattern": canonical(json.loads(rule["EventPattern"])),
        "targets": by_name(rules.list_targets_by_rule(Rule=name)["Targets"], "Id"),
    }
