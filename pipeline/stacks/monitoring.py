"""Read the alarms that terraform/monitoring.tf declares."""

from pathlib import Path
from typing import Any

from pipeline.lib.paths import TERRAFORM
from pipeline.stacks.variables import Variables, parse


def read_alarms(directory: Path = TERRAFORM) -> dict[str, dict[str, Any]]:
    """Return the alarms that Terraform creates with the current variables: name -> its entry in `local.alarms`."""
    trigger = Variables(directory).text("trigger")
    alarms: dict[str, dict[str, Any]] = {}
    for block in parse(directory / "monitoring.tf")["locals"]:
        alarms |= block.get("alarms", {})
    return {name: alarm for name, alarm in alarms.items() if alarm.get("trigger", trigger) == trigger}


def count_alarm_metrics() -> int:
    """Return the number of metrics that the alarms watch, which is what CloudWatch bills."""
    return sum(len(alarm.get("metrics", ("",))) for alarm in read_alarms().values())
