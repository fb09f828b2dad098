"""The web example: how it handles the messages in its queue."""

import importlib
import json
import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import pytest

from pipeline.cli import FAILED
from pipeline.deployed.deployment import Deployment
from pipeline.lib.paths import ROOT
from pipeline.lib.ports import HOST, free_port
from scripts import web

BUCKET = "image-processor-dev-upload-20261123230536"
EVENTS: list[dict[str, Any]] = [
    json.loads(block)
    for block in re.findall(r"```json\n(.*?)```", (ROOT / "docs/application.md").read_text(), re.DOTALL)
]


def test_an_error_of_a_service_is_a_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = Deployment("gone", "gone", "gone", "http://gone", "us-east-1", f"http://{HOST}:{free_port()}")
    monkeypatch.setattr(web, "get_stack", lambda _: Mock(describe=lambda: gone))
    monkeypatch.setattr(web, "check_origin", Mock())
    monkeypatch.setattr("sys.argv", ["web.py", "--queue", "outcomes", "--port", str(free_port())])
    with pytest.raises(SystemExit) as ended:
        web.main()
    assert ended.value.code == FAILED
    assert "error: Could not connect to the endpoint URL" in capsys.readouterr().err


@pytest.fixture
def application(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The application for uploads below users/, with a queue."""
    settings = {"UPLOAD_BUCKET": BUCKET, "UPLOAD_PREFIX": "users/", "PROCESSED_BUCKET": "processed"}
    for name, value in (settings | {"AWS_DEFAULT_REGION": "us-east-1"}).items():
        monkeypatch.setenv(name, value)
    yield importlib.import_module("examples.web.app")
    del sys.modules["examples.web.app"]


def test_a_documented_event_is_remembered_by_its_upload(application: ModuleType) -> None:
    application.remember(json.dumps(EVENTS[0]))
    application.remember(json.dumps(EVENTS[0]))
    assert application.outcomes == {"4711": EVENTS[0]["responsePayload"]["outcomes"][0]}


def test_a_deleted_upload_stays_deleted_if_messages_overtake_each_other(application: ModuleType) -> None:
    removal: dict[str, Any] = {
        "bucket": BUCKET,
        "key": "users/4711/my photo.png",
        "version": None,
        "outcome": "deleted",
        "deleted": [],
    }
    application.remember(json.dumps({"responsePayload": {"outcomes": [removal]}}))
    application.remember(json.dumps(EVENTS[0]))
    assert application.outcomes == {"4711": removal}


def test_uploads_elsewhere_are_not_shown(application: ModuleType) -> None:
    application.remember(json.dumps(EVENTS[1]))  # its key isn't below users/
    application.remember(json.dumps(EVENTS[0]).replace(BUCKET, "another"))
    assert application.outcomes == {}


@pytest.mark.parametrize("body", ["", "[]", "{}", '"text"', '{"responsePayload": null}'])
def test_other_messages_are_logged(body: str, application: ModuleType, caplog: pytest.LogCaptureFixture) -> None:
    application.remember(body)
    assert application.outcomes == {}
    assert f"not an outcome event: {body!r}" in caplog.text
