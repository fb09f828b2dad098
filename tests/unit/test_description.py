"""Descriptions: answers of AWS's API in one form, without the names of a deployment's parts."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.description import fields
from pipeline.deployed.description.answers import by_name, canonical, optional, statements
from pipeline.deployed.description.names import replace_names

ROLE = "arn:aws:iam::123456789012:role/path/app-2026"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:app"


class Functions:
    """A Lambda API with one function."""

    def get_function_configuration(self, **_: Any) -> dict[str, str]:
        return {"Role": ROLE, "FunctionArn": FUNCTION}


@pytest.fixture
def deployment() -> Deployment:
    made = Deployment("app-upload-1", "app-processed-1", "app", "http://sqs/123456789012/app-failures", "eu-west-1")
    made.__dict__["functions"] = Functions()
    return made


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        (FUNCTION, "arn:aws:lambda:<region>:<account>:function:<function>"),
        (ROLE, "arn:aws:iam::<account>:role/path/<role>"),
        ("arn:aws:s3:::app-upload-1/*", "arn:aws:s3:::<upload bucket>/*"),
        ("arn:aws:sqs:eu-west-1:123456789012:app-failures", "arn:aws:sqs:<region>:<account>:<failure queue>"),
        ("/aws/lambda/app", "/aws/lambda/<function>"),
    ],
)
def test_names_are_replaced_by_placeholders(text: str, replaced: str, deployment: Deployment) -> None:
    assert replace_names(deployment, {"a": [{text: [text]}], "b": 5}) == {"a": [{replaced: [replaced]}], "b": 5}


def test_order_and_empty_members_make_no_difference() -> None:
    one = {"Rules": [{"b": 1, "a": []}, {"c": None, "d": [2, 1]}], "Filter": {"Prefix": ""}}
    other = {"Rules": [{"d": [1, 2]}, {"b": 1}]}
    assert canonical(one) == canonical(other)


def test_false_and_zero_are_values() -> None:
    assert canonical({"Enabled": False, "Days": 0}) == {"Enabled": False, "Days": 0}


def test_a_single_string_in_a_policy_equals_a_list_of_one() -> None:
    one = {"Statement": [{"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Principal": {"Service": "s3"}}]}
    other = {"Statement": [{"Sid": "A", "Effect": "Allow", "Action": ["s3:*"], "Principal": {"Service": ["s3"]}}]}
    assert statements(json.dumps(one)) == statements(other)


def test_statements_without_a_sid_are_numbered() -> None:
    policy = {"Statement": [{"Effect": "Allow", "Action": "a"}, {"Effect": "Deny", "Action": "b"}]}
    assert {name: statement["Effect"] for name, statement in statements(policy).items()} == {"1": "Allow", "2": "Deny"}


def test_items_are_found_by_their_name() -> None:
    assert by_name([{"ID": "b", "Days": 7, "Made": "today"}], "ID", "Made") == {"b": {"Days": 7}}


def test_each_setting_has_a_path() -> None:
    description = {"function": {"timeout": 60, "layers": [{"sha256": "x"}], "environment": ["A", "B"]}, "role": None}
    assert dict(fields(description)) == {
        "function.timeout": 60,
        "function.layers.1.sha256": "x",
        "function.environment": ["A", "B"],
        "role": None,
    }


def refuse(status: int) -> Any:
    raise ClientError({"Error": {"Code": "x"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetBucketCors")  # type: ignore[typeddict-item]


def test_a_setting_that_does_not_exist_is_empty() -> None:
    assert optional(lambda: refuse(404)) == {}


def test_a_setting_that_may_not_be_read_is_an_error() -> None:
    with pytest.raises(ClientError):
        optional(lambda: refuse(403))
