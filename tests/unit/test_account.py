"""The checks and questions before an AWS account changes."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline.lib.errors import PipelineError
from pipeline.stacks.account import destroying, identity, preflight
from pipeline.stacks.account.creation import describe_creation, describe_standing_cost
from pipeline.stacks.account.terraform import Plan, parse_plan

REAL = "123456789012"


def answer(monkeypatch: pytest.MonkeyPatch, **operations: Any) -> None:
    """Answer every request from `operations`, with a value or an error."""

    def made(result: Any) -> Any:
        def operation(**_: Any) -> Any:
            if isinstance(result, Exception):
                raise result
            return result

        return operation

    fake = SimpleNamespace(**{name: made(result) for name, result in operations.items()})
    monkeypatch.setattr(identity, "client", lambda *_: fake)


@pytest.mark.parametrize("typed", ["", "yes", "image-processor-de"])
def test_only_the_name_confirms(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(preflight.APPROVED, raising=False)
    monkeypatch.setattr(preflight, "ask", lambda _: typed)
    with pytest.raises(PipelineError, match="nothing was changed"):
        preflight.confirm("Type the name:", answer="image-processor-dev")
    monkeypatch.setattr(preflight, "ask", lambda _: "image-processor-dev")
    preflight.confirm("Type the name:", answer="image-processor-dev")


@pytest.mark.parametrize(
    ("number", "rehearsal", "problem"),
    [
        (REAL, "", ""),
        (identity.EMULATOR, "1", ""),
        (identity.EMULATOR, "", "is an emulator's"),
        (REAL, "1", "isn't an emulator's"),
    ],
)
def test_a_rehearsal_and_an_account_exclude_each_other(
    number: str, rehearsal: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(identity.REHEARSAL, rehearsal)
    answer(monkeypatch, get_caller_identity={"Account": number, "Arn": f"arn:aws:iam::{number}:user/me"})
    if problem:
        with pytest.raises(PipelineError, match=problem):
            identity.find_account()
    else:
        assert identity.find_account().number == number


def test_a_new_account_is_referred_to_service_quotas(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, get_account_settings={"AccountLimit": {"ConcurrentExecutions": 10}})
    assert "Request a higher quota in Service Quotas" in identity.describe_concurrency("us-east-1")
    answer(monkeypatch, get_account_settings={"AccountLimit": {"ConcurrentExecutions": 1000}})
    assert identity.describe_concurrency("us-east-1") == "1,000 invocations at once in this account and region"


def test_settings_that_the_caller_may_not_read_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Any")
    answer(monkeypatch, get_account_settings=denied, list_account_aliases=denied)
    assert "unknown" in identity.describe_concurrency("us-east-1")
    assert identity.Account(REAL, "me").describe("us-east-1") == f"account {REAL}, region us-east-1, as me"


def test_the_alias_of_the_account_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, list_account_aliases={"AccountAliases": ["images"]})
    assert identity.Account(REAL, "me").describe("us-east-1") == f"account {REAL} (images), region us-east-1, as me"


def plan(*actions: str, output: str = "no-op") -> Plan:
    """Return a plan with two buckets, an alarm on two metrics, and one output."""
    alarm = {"metric_query": [{"metric": []}, {"metric": [{}]}, {"metric": [{}]}]}
    resources: list[dict[str, Any]] = [
        {"mode": "managed", "type": "aws_s3_bucket", "values": {}},
        {"mode": "managed", "type": "aws_s3_bucket", "values": {}},
        {"mode": "managed", "type": "aws_cloudwatch_metric_alarm", "values": alarm},
        {"mode": "managed", "type": "aws_s3_bucket_policy", "values": {}},
    ]
    change = {"actions": list(actions), "before": None, "after": None}
    content = {
        "resource_changes": [{"address": "", "change": change, **resource} for resource in resources],
        "output_changes": {"region": {"actions": [output]}},
        "planned_values": {"root_module": {"child_modules": [{"resources": resources}]}},
    }
    return parse_plan(Path("tfplan"), content)


@pytest.mark.parametrize(
    ("resources", "counted"),
    [
        (["aws_s3_bucket.processed", "aws_s3_bucket.upload[0]", "aws_sqs_queue.failures"], ["ours", "processed"]),
        (["aws_s3_bucket.processed", 'aws_s3_bucket_policy.this["processed"]'], ["processed"]),
    ],
)
def test_a_bucket_of_somebody_else_does_not_stop_destroying(
    resources: list[str], counted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = {"upload_bucket_name": "ours", "processed_bucket_name": "processed", "region": "us-east-1"}
    monkeypatch.setattr(destroying, "read_outputs", lambda: outputs)
    assert destroying._buckets(resources) == counted


def test_a_plan_without_changes_is_empty() -> None:
    assert plan("no-op").is_empty
    assert not plan("no-op", output="update").is_empty
    assert not plan("create").is_empty


def test_a_plan_is_described() -> None:
    assert describe_creation(plan("create")) == "2 buckets, 1 alarm, 1 setting"
    assert describe_creation(plan("update")) == "nothing"
    assert "about $0.20 a month: 2 alarm metrics, 0 dashboard" in describe_standing_cost(plan("create"), "us-east-1")
    assert "unknown: no prices" in describe_standing_cost(plan("create"), "mars-1")
