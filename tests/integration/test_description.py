"""A deployment is described as it is, and the stacks differ only where docs/differences.md says so."""

from typing import Any

import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.description import describe
from pipeline.stacks import Stack
from pipeline.stacks.embedded import Embedded
from tests.integration.commands import Command
from tests.integration.differences import differences, is_listed, outdated
from tests.integration.faults import settings


@pytest.fixture(scope="module")
def description(deployment: Deployment) -> Any:
    return describe(deployment)


def test_the_command_prints_the_description(command: Command, description: Any) -> None:
    done = command("describe", "--json")
    assert done.lines == [description]
    assert "function.timeout" in command("describe").output


def test_no_name_is_left(command: Command, deployment: Deployment) -> None:
    printed = command("describe", "--json").output
    for name in (deployment.upload_bucket, deployment.processed_bucket, deployment.function_name, deployment.region):
        assert name not in printed


def test_uploads_are_versioned_encrypted_and_reach_the_function(description: Any) -> None:
    bucket = description["upload_bucket"]
    assert bucket["versioning"] == "Enabled"
    assert bucket["encryption"] == [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    (rule,) = bucket["notification"]["LambdaFunctionConfigurations"]
    assert rule["LambdaFunctionArn"].endswith(":function:<function>")


@pytest.mark.meddles
def test_a_change_by_hand_is_described(deployment: Deployment, description: Any) -> None:
    with settings(deployment, {"NEW": "secret"}, Timeout=33):
        changed = describe(deployment)
    assert changed["function"]["timeout"] == 33
    assert set(changed["function"]["environment"]) - set(description["function"]["environment"]) == {"NEW"}
    assert "secret" not in str(changed)


def test_the_stacks_differ_only_where_the_page_says_so(stack: Stack, embedded: Deployment, description: Any) -> None:
    found = differences(describe(embedded), description)
    assert {path: found[path] for path in found if not is_listed(path)} == {}
    if not isinstance(stack, Embedded):
        assert outdated(found) == set(), "these rows of docs/differences.md are no longer true"
