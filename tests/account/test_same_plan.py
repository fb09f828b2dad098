"""Terraform plans the same for LocalStack as for AWS, and the embedded stack follows what it plans."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.lib.ports import free_port
from pipeline.lib.shell import run
from pipeline.stacks.embedded import Embedded
from pipeline.stacks.tflocal import TFLOCAL, environment
from tests.account.plans import Facts, attributes, facts, plan, unfollowed
from tests.terraform.copies import copy_terraform

# A change in terraform/: the file, what is replaced, and by what.
CHANGES = {
    "aws_sqs_queue.failures.visibility_timeout_seconds": ("failures.tf", "= 300 #", "= 600 #"),
    "aws_sqs_queue.failures.receive_wait_time_seconds": (
        "failures.tf",
        "  message_retention_seconds",
        "  receive_wait_time_seconds = 5\n  message_retention_seconds",
    ),
    "aws_lambda_function.processor.handler": ("lambda.tf", '"lambda_function.lambda_handler"', '"other.handler"'),
    "aws_lambda_function.processor.ephemeral_storage.1.size": (
        "lambda.tf",
        "  logging_config {",
        "  ephemeral_storage {\n    size = 1024\n  }\n\n  logging_config {",
    ),
    "aws_lambda_function.processor.environment.1.variables.MALLOC_MMAP_THRESHOLD_": (
        "lambda.tf",
        '"1048576"',
        '"2097152"',
    ),
    'aws_s3_bucket_public_access_block.this["upload"].block_public_policy': (
        "s3.tf",
        "block_public_policy     = true",
        'block_public_policy     = each.key != "upload"',
    ),
    "aws_cloudwatch_log_group.processor.retention_in_days": ("monitoring.tf", "= var.log_retention_days", "= 14"),
}


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facts]:
    """A new embedded stack. Terraform asks it for the account and the region."""
    stack = Embedded(tmp_path_factory.mktemp("embedded"), free_port())
    try:
        yield facts(stack.start(print))
    finally:
        stack.stop(print)


@pytest.fixture(scope="module")
def endpoint_url(embedded: Facts) -> str:
    return (embedded.deployment.endpoint_url or "").replace("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def terraform(tmp_path_factory: pytest.TempPathFactory, endpoint_url: str) -> Path:
    """A copy of terraform/, initialized."""
    terraform = copy_terraform(tmp_path_factory.mktemp("checkout"))
    run("terraform", "init", "-backend=false", "-input=false", cwd=terraform, environment=environment(endpoint_url))
    return terraform


@pytest.fixture(scope="module")
def planned(terraform: Path, endpoint_url: str) -> Any:
    """The plan of Terraform itself."""
    return plan(terraform, endpoint_url)


def without_providers(planned: Any) -> Any:
    """Return `planned` without the time, the settings of the provider, and a list that has no order."""
    kept = {name: value for name, value in planned.items() if name not in ("timestamp", "relevant_attributes")}
    kept["configuration"] = {name: value for name, value in kept["configuration"].items() if name != "provider_config"}
    return kept


def test_tflocal_plans_what_terraform_plans(planned: Any, terraform: Path, endpoint_url: str) -> None:
    local = plan(terraform, endpoint_url, *TFLOCAL)
    assert local["configuration"]["provider_config"] != planned["configuration"]["provider_config"]
    assert json.dumps(without_providers(local), indent=1) == json.dumps(without_providers(planned), indent=1)


def test_the_embedded_stack_follows_the_plan(planned: Any, embedded: Facts) -> None:
    assert len(dict(attributes(planned))) > 100
    assert unfollowed(planned, embedded) == []


def test_a_change_that_the_embedded_stack_does_not_follow_is_named(
    terraform: Path, endpoint_url: str, embedded: Facts, tmp_path: Path
) -> None:
    changed = shutil.copytree(terraform.parent, tmp_path / "checkout", symlinks=True) / terraform.name
    for name, before, after in CHANGES.values():
        text = (changed / name).read_text()
        assert before in text, before
        (changed / name).write_text(text.replace(before, after))
    problems = unfollowed(plan(changed, endpoint_url), embedded)
    assert {problem.partition(": ")[0] for problem in problems} == set(CHANGES)
