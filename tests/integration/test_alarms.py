"""Each alarm goes off when it should, and not before, where a stack evaluates alarms."""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.deployed.deployment import Deployment, client
from pipeline.deployed.function import NAMESPACE
from pipeline.lib.waiting import poll
from pipeline.stacks import Stack

EVALUATION_SECONDS = 120

# For each alarm on a metric of Lambda: values of the last minutes, the latest first, that don't set it off, and others
# that do. A duration is a percentage of the function's timeout.
METRICS = {
    "lost": ("DestinationDeliveryFailures", [0], [1]),
    "dropped": ("AsyncEventsDropped", [0], [1]),
    "errors": ("Errors", [9, 9, 0, 0, 0], [1, 1, 1, 0, 0]),
    "throttles": ("Throttles", [0], [1]),
    "duration": ("Duration", [75], [85]),
}
# The alarms on an expression over several metrics: the namespace, and the metrics by their names in the expression.
EXPRESSIONS = {
    "failures": (
        "AWS/SQS",
        {"visible": "ApproximateNumberOfMessagesVisible", "hidden": "ApproximateNumberOfMessagesNotVisible"},
    ),
    "rejections": (NAMESPACE, {"rejected": "Rejected", "processed": "Processed"}),
}
# The fields that a copy of an alarm has in common with it. The others are its name, its dimensions, and its state.
SETTINGS = {
    "AlarmDescription",
    "AlarmActions",
    "OKActions",
    "Namespace",
    "MetricName",
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


def test_every_alarm_links_to_its_section(cloudwatch: Any, deployment: Deployment) -> None:
    found = cloudwatch.describe_alarms(AlarmNamePrefix=f"{deployment.function_name}-")["MetricAlarms"]
    pages = {alarm["AlarmName"].removeprefix(f"{deployment.function_name}-"): alarm for alarm in found}
    assert pages.keys() == METRICS.keys() | EXPRESSIONS.keys()
    for name, alarm in pages.items():
        assert alarm["AlarmDescription"].endswith(f"docs/operations.md#{name}")


@pytest.mark.parametrize("name", METRICS)
def test_an_alarm_goes_off_when_its_metric_says_so(name: str, cloudwatch: Any, deployment: Deployment) -> None:
    metric, quiet, loud = METRICS[name]
    alarm = described(cloudwatch, f"{deployment.function_name}-{name}")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", metric)
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": deployment.function_name}]
    configuration = deployment.functions.get_function_configuration(FunctionName=deployment.function_name)
    unit = configuration["Timeout"] * 10 if name == "duration" else 1
    assert evaluated(cloudwatch, alarm, [value * unit for value in quiet]) == "OK"
    assert evaluated(cloudwatch, alarm, [value * unit for value in loud]) == "ALARM"


def evaluated(cloudwatch: Any, alarm: dict[str, Any], values: Sequence[float]) -> str:
    """Return the state of a copy of `alarm` at `values` of the last minutes, the latest first.

    The copy is for a function that doesn't exist, because other tests let the real one fail. LocalStack evaluates an
    alarm when it is put.
    """
    name = f"{alarm['AlarmName']}-{secrets.token_hex(4)}"
    dimensions = [{"Name": "FunctionName", "Value": name}]
    data = [
        {
            "MetricName": alarm["MetricName"],
            "Dimensions": dimensions,
            "Timestamp": datetime.fromtimestamp(time.time() - 60 * minutes - 5, UTC),
            "Value": value,
        }
        for minutes, value in enumerate(values)
    ]
    cloudwatch.put_metric_data(Namespace=alarm["Namespace"], MetricData=data)
    settings = {setting: value for setting, value in alarm.items() if setting in SETTINGS}
    cloudwatch.put_metric_alarm(**settings | {"AlarmName": name, "Dimensions": dimensions})
    try:
        state = poll(lambda: known(described(cloudwatch, name)["StateValue"]), EVALUATION_SECONDS)
    finally:
        cloudwatch.delete_alarms(AlarmNames=[name])
    assert state, "the alarm was not evaluated"
    return state


def known(state: str) -> str | None:
    return None if state == "INSUFFICIENT_DATA" else state


def described(cloudwatch: Any, name: str) -> dict[str, Any]:
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return dict(alarm)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_alarm_on_an_expression_reads_published_metrics(name: str, cloudwatch: Any, deployment: Deployment) -> None:
    namespace, metrics = EXPRESSIONS[name]
    dimension = {
        "failures": {"Name": "QueueName", "Value": deployment.failure_queue_url.rpartition("/")[2]},
        "rejections": {"Name": "FunctionName", "Value": deployment.function_name},
    }[name]
    queries = metric_queries(described(cloudwatch, f"{deployment.function_name}-{name}"))
    assert {query["Id"]: query["MetricStat"]["Metric"] for query in queries} == {
        id_: {"Namespace": namespace, "MetricName": metric, "Dimensions": [dimension]}
        for id_, metric in metrics.items()
    }
    assert {query["MetricStat"]["Stat"] for query in queries} == {"Maximum" if name == "failures" else "Sum"}


def test_many_rejections_set_off_their_alarm(cloudwatch: Any, deployment: Deployment) -> None:
    alarm = described(cloudwatch, f"{deployment.function_name}-rejections")
    assert goes_off(alarm, rejected=3, processed=7)
    assert not goes_off(alarm, rejected=2, processed=8)
    assert not goes_off(alarm, rejected=9, processed=0), "fewer than ten uploads say nothing"


@pytest.mark.meddles
def test_visible_and_hidden_messages_in_the_failure_queue_set_off_the_alarm(
    cloudwatch: Any, deployment: Deployment, seconds: float
) -> None:
    alarm = described(cloudwatch, f"{deployment.function_name}-failures")
    with messages(deployment, 2) as receive:
        receive(1)
        both = {"visible": 1.0, "hidden": 1.0}
        values = poll(lambda: latest if (latest := published(cloudwatch, alarm)) == both else None, 2 * seconds)
    assert values, f"{published(cloudwatch, alarm)} is published instead"
    assert goes_off(alarm, **values)
    assert goes_off(alarm, visible=1, hidden=0)
    assert goes_off(alarm, visible=0, hidden=1)
    assert not goes_off(alarm, visible=0, hidden=0)


@contextmanager
def messages(deployment: Deployment, count: int) -> Iterator[Callable[[int], None]]:
    """Put `count` messages into the failure queue, and yield what hides some of them. Delete them at the end."""
    queue = deployment.failure_queue_url
    received: list[str] = []

    def receive(number: int) -> None:
        while number > 0:
            answer = deployment.sqs.receive_message(
                QueueUrl=queue, MaxNumberOfMessages=number, VisibilityTimeout=600, WaitTimeSeconds=1
            )
            received.extend(message["ReceiptHandle"] for message in answer.get("Messages", []))
            number -= len(answer.get("Messages", []))

    for _ in range(count):
        deployment.sqs.send_message(QueueUrl=queue, MessageBody="of the alarm's test")
    try:
        yield receive
    finally:
        receive(count - len(received))
        for handle in received:
            deployment.sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)


def published(cloudwatch: Any, alarm: dict[str, Any]) -> dict[str, float]:
    """Return the latest value of each metric of `alarm`, by its name in the expression."""
    now = datetime.now(UTC)
    queries = [query | {"ReturnData": True} for query in metric_queries(alarm)]
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=queries, StartTime=now - timedelta(minutes=5), EndTime=now, ScanBy="TimestampDescending"
    )
    return {result["Id"]: result["Values"][0] for result in answer["MetricDataResults"] if result["Values"]}


def metric_queries(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    return [query for query in alarm["Metrics"] if "MetricStat" in query]


def goes_off(alarm: dict[str, Any], **values: float) -> bool:
    """Return whether `alarm` goes off at these values. LocalStack doesn't evaluate expressions, so Python does."""
    (expression,) = [query["Expression"] for query in alarm["Metrics"] if query.get("Expression")]
    names = {"IF": lambda condition, one, other: one if condition else other}
    return bool(eval(expression, names, values) > alarm["Threshold"])  # noqa: S307 - our own
