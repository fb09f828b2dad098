"""Each alarm rings when it should, and not before, where a stack evaluates alarms."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.deployed.deployment import Deployment, client
from pipeline.deployed.failures import delete, failures
from pipeline.deployed.function import NAMESPACE
from pipeline.lib.waiting import poll
from pipeline.stacks import Stack

# What AWS publishes for each alarm: the metric and its dimension; then values of the last minutes, the latest first,
# that are no reason to ring, and others that are. A duration is a percentage of the function's timeout.
METRICS = {
    "failures": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", [0], [1]),
    "lost": ("AWS/Lambda", "DestinationDeliveryFailures", "FunctionName", [0], [1]),
    "errors": ("AWS/Lambda", "Errors", "FunctionName", [9, 9, 0, 0, 0], [1, 1, 1, 0, 0]),
    "throttles": ("AWS/Lambda", "Throttles", "FunctionName", [0], [1]),
    "duration": ("AWS/Lambda", "Duration", "FunctionName", [75], [85]),
}
# The fields of an alarm that are set when it is put; the others are its state.
SETTINGS = {
    "AlarmName",
    "AlarmDescription",
    "AlarmActions",
    "OKActions",
    "Namespace",
    "MetricName",
    "Dimensions",
    "Statistic",
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "ComparisonOperator",
    "Threshold",
    "TreatMissingData",
}


@pytest.fixture
def cloudwatch(stack: Stack, deployment: Deployment) -> Any:
    if not stack.has_alarms:
        pytest.skip("this stack evaluates no alarms")
    return client("cloudwatch", deployment.region, deployment.endpoint_url)


def test_every_alarm_says_where_to_read_on(cloudwatch: Any, deployment: Deployment) -> None:
    found = cloudwatch.describe_alarms(AlarmNamePrefix=f"{deployment.function_name}-")["MetricAlarms"]
    pages = {alarm["AlarmName"].removeprefix(f"{deployment.function_name}-"): alarm for alarm in found}
    assert pages.keys() == METRICS.keys() | {"rejections"}
    for name, alarm in pages.items():
        assert alarm["AlarmDescription"].endswith(f"docs/operations.md#{name}")


@pytest.mark.meddles
@pytest.mark.parametrize("name", METRICS)
def test_an_alarm_rings_when_its_metric_says_so(name: str, cloudwatch: Any, deployment: Deployment) -> None:
    quiet, loud = METRICS[name][3:]
    publish(cloudwatch, deployment, name, quiet)
    assert evaluated(cloudwatch, deployment, name) == "OK"
    publish(cloudwatch, deployment, name, loud)
    assert evaluated(cloudwatch, deployment, name) == "ALARM"


def publish(cloudwatch: Any, deployment: Deployment, name: str, values: Sequence[float]) -> None:
    """Publishes VALUES of the last minutes as AWS does for the alarm NAME."""
    namespace, metric, dimension, *_ = METRICS[name]
    queue = deployment.failure_queue_url.rpartition("/")[2]
    of = {"QueueName": queue, "FunctionName": deployment.function_name}[dimension]
    configuration = deployment.functions.get_function_configuration(FunctionName=deployment.function_name)
    unit = configuration["Timeout"] * 10 if name == "duration" else 1
    data = [
        {
            "MetricName": metric,
            "Dimensions": [{"Name": dimension, "Value": of}],
            "Timestamp": datetime.fromtimestamp(time.time() - 60 * minutes - 5, UTC),
            "Value": value * unit,
        }
        for minutes, value in enumerate(values)
    ]
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)


def evaluated(cloudwatch: Any, deployment: Deployment, name: str) -> str:
    """The state of the alarm NAME. LocalStack looks at once when an alarm is put, and then when its time is over."""
    full_name = f"{deployment.function_name}-{name}"
    alarm = described(cloudwatch, full_name)
    cloudwatch.put_metric_alarm(**{setting: value for setting, value in alarm.items() if setting in SETTINGS})
    state = poll(lambda: known(described(cloudwatch, full_name)["StateValue"]), 30)
    assert state, "the alarm was not evaluated"
    return state


def known(state: str) -> str | None:
    return None if state == "INSUFFICIENT_DATA" else state


def described(cloudwatch: Any, name: str) -> dict[str, Any]:
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return dict(alarm)


def test_the_alarm_of_rejections_reckons_with_what_the_function_publishes(
    cloudwatch: Any, deployment: Deployment
) -> None:
    """LocalStack evaluates no metric math, so that this alarm cannot ring there: its formula is evaluated here."""
    alarm = described(cloudwatch, f"{deployment.function_name}-rejections")
    queries = {query["Id"]: query for query in alarm["Metrics"]}
    formula = queries.pop("total")["Expression"]
    for name, query in queries.items():
        assert query["MetricStat"]["Stat"] == "Sum"
        assert query["MetricStat"]["Metric"] == {
            "Namespace": NAMESPACE,
            "MetricName": name.capitalize(),
            "Dimensions": [{"Name": "FunctionName", "Value": deployment.function_name}],
        }

    def rings(rejected: int, processed: int) -> bool:
        names = {"IF": lambda condition, one, other: one if condition else other}
        percent = eval(formula, names, {"rejected": rejected, "processed": processed})  # noqa: S307 - our own
        return bool(percent > alarm["Threshold"])

    assert rings(3, 7)
    assert not rings(2, 8)
    assert not rings(9, 0), "fewer than ten uploads say nothing"


@pytest.mark.meddles
def test_a_message_in_the_failure_queue_rings(cloudwatch: Any, deployment: Deployment, seconds: float) -> None:
    name = f"{deployment.function_name}-failures"
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="so that it is the message that rings")
    deployment.sqs.send_message(QueueUrl=deployment.failure_queue_url, MessageBody="of the alarm's test")
    try:
        rings = poll(lambda: described(cloudwatch, name)["StateValue"] == "ALARM" or None, 2 * seconds)
        assert rings, "the alarm has not rung"
    finally:
        for failure in failures(deployment):
            if not failure.uploads:
                delete(deployment, failure)
