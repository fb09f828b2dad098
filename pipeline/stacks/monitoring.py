"""Read the alarms that terraform/monitoring.tf declares."""

from pathlib import Path
from typing import Any

from pipeline.lib.paths import TERRAFORM
from pipeline.stacks.variables import parse


def count_alarm_metrics(directory: Path = TERRAFORM) -> int:
    """Return the number of metrics that the alarms watch, which is what CloudWatch bills."""
    alarms: dict[str, Any] = {}
    for block in parse(directory / "monitoring.tf")["locals"]:
        alarms |= block.get("alarms", {})
    return sum(len(alarm.get("metrics", ("",))) for alarm in alarms.values())
