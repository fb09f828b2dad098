"""Log lines of AWS and of the emulators."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from pipeline.commands.logs import _print
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.logs import Record, follow_records, read_records
from pipeline.lib.errors import DeadlineError

ONE, TWO = "11111111-aaaa-4bbb-8ccc-000000000001", "22222222-aaaa-4bbb-8ccc-000000000002"


class Logs:
    """A CloudWatch Logs API with one page of events."""

    def __init__(self, *lines: tuple[str, Any]) -> None:
        self.events = [
            {"logStreamName": stream, "timestamp": 1_700_000_000_000 + number, "message": text(line)}
            for number, (stream, line) in enumerate(lines)
        ]

    def get_paginator(self, _: str) -> "Logs":
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"events": self.events}]


def text(line: Any) -> str:
    return line if isinstance(line, str) else json.dumps(line)


def with_log(*lines: tuple[str, Any]) -> Deployment:
    """Return a deployment with `lines` in its log."""
    deployment = Deployment("upload", "processed", "processor", "http://queue", "us-east-1")
    deployment.__dict__["logs"] = Logs(*lines)
    return deployment


def read(*lines: tuple[str, Any]) -> list[tuple[str, str, str]]:
    return [(record.request, record.level, record.message) for record in read_records(with_log(*lines), 0)]


def test_the_json_of_aws() -> None:
    report = {
        "time": "2023-11-14T22:13:20.003Z",
        "type": "platform.report",
        "record": {"requestId": ONE, "metrics": {}},
    }
    assert read(
        ("a", {"time": "2023-11-14T22:13:20.000Z", "type": "platform.start", "record": {"requestId": ONE}}),
        ("a", {"timestamp": "2023-11-14T22:13:20.001Z", "level": "INFO", "message": "done", "requestId": ONE}),
        ("a", report),
    ) == [(ONE, "INFO", "done"), (ONE, "", "platform.report")]


def test_the_text_of_emulators() -> None:
    assert read(
        ("a", f"START RequestId: {ONE} Version: $LATEST\n"),
        ("a", "Traceback (most recent call last):"),
        ("a", f"END RequestId: {ONE}"),
        ("a", f"REPORT RequestId: {ONE}\tDuration: 5 ms"),
    ) == [(ONE, "", "Traceback (most recent call last):"), (ONE, "", f"REPORT RequestId: {ONE}  Duration: 5 ms")]


def test_the_lines_of_a_request_are_together() -> None:
    lines = [("a", ONE), ("b", TWO), ("a", ONE), ("b", TWO)]
    told = [(stream, {"level": "INFO", "message": stream, "requestId": request}) for stream, request in lines]
    assert [request for request, *_ in read(*told)] == [ONE, ONE, TWO, TWO]


def test_any_other_line_is_shown_as_it_is() -> None:
    for line in ("42", "[1]", "null", '"text"', "{broken", "plain"):
        assert read(("a", line)) == [("", "", line)]


@pytest.mark.parametrize("reading", [read_records, follow_records])
def test_reading_has_a_deadline(reading: Callable[..., Iterable[Record]]) -> None:
    with pytest.raises(DeadlineError, match="not finished"):
        list(reading(with_log(("a", "one"), ("a", "two")), 0, seconds=-1))


def test_a_long_record_has_a_line_for_each_step(capsys: pytest.CaptureFixture[str]) -> None:
    steps = {"read": 12, "encode webp": 450, "write webp": 30}
    line = {"level": "INFO", "message": "upload processed", "requestId": ONE, "key": "a" * 90 + ".jpg", "steps": steps}
    _print(read_records(with_log(("a", line)), 0))
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].endswith(f"request {ONE}")
    assert printed[1].endswith("INFO  upload processed")
    assert [part.strip() for part in printed[2:]] == [
        f"key {'a' * 90}.jpg",
        "steps",
        "read 12",
        "encode webp 450",
        "write webp 30",
    ]


def test_a_short_record_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    _print(
        read_records(with_log(("a", {"level": "INFO", "message": "done", "requestId": ONE, "steps": {"read": 12}})), 0)
    )
    assert capsys.readouterr().out.splitlines()[1].endswith("INFO  done  steps read 12")


@pytest.mark.parametrize(
    "line",
    [
        {"level": "INFO", "message": "Found credentials in environment variables.", "logger": "botocore.credentials"},
        "[INFO]\t2026-11-25T13:00:00.000Z\t\tFound credentials in environment variables.",
    ],
)
def test_botocores_lines_about_credentials_are_left_out(line: Any) -> None:
    assert read(("a", line), ("a", {"level": "INFO", "message": "done", "requestId": ONE})) == [(ONE, "INFO", "done")]
