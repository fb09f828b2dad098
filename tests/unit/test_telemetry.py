"""Log lines."""

import json

import pytest

import telemetry


def test_a_line_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.info("upload processed", key="line\nbreak é", keys=["a"])
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line).items() >= {"level": "INFO", "message": "upload processed", "key": "line\nbreak é"}.items()


@pytest.mark.parametrize(("level", "expected"), [("DEBUG", 3), ("INFO", 2), ("WARN", 1), ("ERROR", 1), ("FATAL", 0)])
def test_the_level_leaves_out_what_is_below_it(
    level: str, expected: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOG_LEVEL", level)
    telemetry.debug("one")
    telemetry.info("two")
    telemetry.error("three")
    assert len(capsys.readouterr().out.splitlines()) == expected
