"""Alarms ring where a stack evaluates them."""

from typing import Any

import pytest

from pipeline.deployment import Deployment, client
from pipeline.failures import delete, failures
from pipeline.waiting import poll


@pytest.fixture
def cloudwatch(request: pytest.FixtureRequest, deployment: Deployment) -> Any:
    if request.config.getoption("--stack") == "embedded":
        pytest.skip("the embedded stack has no alarms")
    return client("cloudwatch", deployment.region, deployment.endpoint_url)


def test_every_alarm_says_where_to_read_on(cloudwatch: Any, deployment: Deployment) -> None:
    found = cloudwatch.describe_alarms(AlarmNamePrefix=f"{deployment.function_name}-")["MetricAlarms"]
    pages = {alarm["AlarmName"].removeprefix(f"{deployment.function_name}-"): alarm for alarm in found}
    assert pages.keys() == {"failures", "lost", "errors", "throttles", "duration", "rejections"}
    for name, alarm in pages.items():
        assert alarm["AlarmDescription"].endswith(f"docs/operations.md#{name}")


@pytest.mark.meddles
def test_a_message_in_the_failure_queue_rings(cloudwatch: Any, deployment: Deployment, seconds: float) -> None:
    name = f"{deployment.function_name}-failures"
    deployment.sqs.send_message(QueueUrl=deployment.failure_queue_url, MessageBody="of the alarm's test")

    def rings() -> bool | None:
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return alarm["StateValue"] == "ALARM" or None

    assert poll(rings, 2 * seconds), "the alarm has not rung"
    for failure in failures(deployment):
        if not failure.uploads:
            delete(deployment, failure)
