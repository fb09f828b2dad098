"""Other engines: LocalStack of another version, and any engine that answers AWS's API. Here, that is MiniStack."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.deployed.deployment import client
from pipeline.deployed.outcomes import wait_for_outcome
from pipeline.lib.paths import ROOT
from pipeline.lib.ports import free_port
from pipeline.lib.shell import run
from pipeline.stacks import engine, tflocal
from pipeline.stacks.ministack import MiniStack
from pipeline.stacks.table import get_stack
from tests.integration.images import encoded, quarters
from tests.integration.objects import upload_to
from tests.terraform.copies import copy_terraform

SECONDS = 120


@pytest.fixture
def engine_url(tmp_path: Path) -> Iterator[str]:
    """The URL of a MiniStack process. It runs functions on this machine's Python, which has its own Pillow."""
    process = MiniStack(tmp_path / "ministack")
    process.start(free_port())
    try:
        yield process.endpoint_url
    finally:
        process.stop()


@pytest.fixture
def unusable_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer without Pillow: the real one is for Lambda's Python."""
    monkeypatch.setattr(tflocal, "TERRAFORM", copy_terraform(tmp_path / "source"))
    monkeypatch.setattr(engine, "build", lambda _: None)


@pytest.mark.usefixtures("unusable_layer")
def test_a_variable_chooses_the_engine(engine_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(engine.VARIABLE, engine_url)
    stack = get_stack("localstack").for_tests(tmp_path / "engine", 0)
    assert isinstance(stack, engine.Engine)
    deployment = stack.start(print)
    assert stack.describe() == deployment
    upload = upload_to(deployment, "a.png", encoded(quarters(16, 12), "PNG"))
    assert wait_for_outcome(deployment, upload, SECONDS).state == "complete"
    stack.stop(print)
    assert client("s3", deployment.region, engine_url).list_buckets()["Buckets"] == []
    assert not (tmp_path / "engine").exists()


def test_variables_choose_another_localstack_and_give_it_a_token() -> None:
    variables = {
        "COMPOSE_PROJECT_NAME": "another",
        "LOCALSTACK_IMAGE": "localstack/localstack-pro:4",
        "LOCALSTACK_AUTH_TOKEN": "ls-token",
    }
    printed = run("docker", "compose", "config", "--format", "json", cwd=ROOT, environment=variables).stdout
    localstack = json.loads(printed)["services"]["localstack"]
    assert localstack["image"] == variables["LOCALSTACK_IMAGE"]
    assert localstack["environment"]["LOCALSTACK_AUTH_TOKEN"] == variables["LOCALSTACK_AUTH_TOKEN"]
