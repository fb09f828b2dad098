"""Log lines."""

import json

import pytest

import telemetry


def test_a_line_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.info("upload processed", key="line\nbreak é", keys=["a"])
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line).items() >= {"level": "INFO", "message": "upload processed", "key": "line\nbreak é"}.items()


@pytest.mark.parametrize(("level", "expected"), [("DEBUG", 3), ("INFO", 2), ("WARN", 1), ("ERROR", 1), ("FATAL", 0)])
def test_lines_below_the_log_level_are_left_out(
    level: str, expected: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOG_LEVEL", level)
    telemetry.debug("one")
    telemetry.info("two")
    telemetry.error("three")
    assert len(capsys.readouterr().out.splitlines()) == expected


def test_metrics_have_the_embedded_metric_format(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "processor")
    telemetry.info("upload processed", **telemetry.metrics({"Rejected": 1, "Duration": 12}, "corrupt"))
    line = json.loads(capsys.readouterr().out)
    by_function, by_code = line["_aws"]["CloudWatchMetrics"]
    assert by_function == {
        "Namespace": "ImageProcessor",
        "Dimensions": [["FunctionName"]],
        "Metrics": [{"Name": "Rejected", "Unit": "Count"}, {"Name": "Duration", "Unit": "Milliseconds"}],
    }
    assert by_code["Dimensions"] == [["FunctionName", "Code"]]
    for directive in (by_function, by_code):
        members = [*directive["Dimensions"][0], *(metric["Name"] for metric in directive["Metrics"])]
        assert members
        assert set(members) <= line.keys()  # else CloudWatch drops the line's metrics
    assert (line["FunctionName"], line["Code"], line["Rejected"]) == ("processor", "corrupt", 1)


def test_metrics_do_not_depend_on_the_log_level(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    telemetry.info("upload processed", key="a", **telemetry.metrics({"Rejected": 1}, "corrupt"))
    line = json.loads(capsys.readouterr().out)
    assert (line["level"], line["Rejected"], line["Code"]) == ("ERROR", 1, "corrupt")
    assert "_aws" in line
    assert "key" not in line


def test_a_wrong_log_level_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    with pytest.raises(ValueError, match="LOG_LEVEL is 'LOUD'"):
        telemetry.check_level()
