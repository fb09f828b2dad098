"""Write JSON log lines to standard output, from where Lambda sends them to CloudWatch.

A line can carry metrics in CloudWatch's embedded metric format, which costs no request. They are written
at every log level, if necessary without the rest of their line.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

NAMESPACE = "ImageProcessor"
UNITS = {
    "Processed": "Count",
    "Rejected": "Count",
    "Failed": "Count",
    "Duration": "Milliseconds",
    "BytesSaved": "Bytes",
}

METRICS = {"_aws", "FunctionName", "Code", *UNITS}  # the fields that metrics() returns
LEVELS = ("DEBUG", "INFO", "WARN", "ERROR", "FATAL")

_request: dict[str, str] = {}


def begin(context: Any) -> None:
    """Add the request ID of `context` to all log lines that follow."""
    _request.clear()
    if context is not None:
        _request["requestId"] = context.aws_request_id


def check_level() -> None:
    """Raise ValueError if LOG_LEVEL isn't a log level."""
    if (level := os.environ.get("LOG_LEVEL", "INFO")) not in LEVELS:
        raise ValueError(f"the environment variable LOG_LEVEL is {level!r}: it must be one of {', '.join(LEVELS)}")


def debug(message: str, **fields: Any) -> None:
    _log("DEBUG", message, fields)


def info(message: str, **fields: Any) -> None:
    _log("INFO", message, fields)


def error(message: str, **fields: Any) -> None:
    _log("ERROR", message, fields)


def metrics(values: Mapping[str, float], code: str | None = None) -> dict[str, Any]:
    """Return log fields that CloudWatch turns into metrics of this function.

    The names of `values` are those in UNITS. With a rejection `code`, Rejected is also counted by code.
    """
    directives = [_directive(["FunctionName"], list(values))]
    fields: dict[str, Any] = {"FunctionName": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "none"), **values}
    if code:
        directives.append(_directive(["FunctionName", "Code"], ["Rejected"]))
        fields["Code"] = code
    return {"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": directives}, **fields}


def _directive(dimensions: list[str], names: list[str]) -> dict[str, Any]:
    listed = [{"Name": name, "Unit": UNITS[name]} for name in names]
    return {"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": listed}


def _log(level: str, message: str, fields: dict[str, Any]) -> None:
    threshold = os.environ.get("LOG_LEVEL", "INFO")
    if LEVELS.index(level) < LEVELS.index(threshold):
        if "_aws" not in fields:
            return
        # Metrics don't depend on the log level. With the threshold as its level, their line passes Lambda's filter too.
        level, message, fields = threshold, "metrics", {name: fields[name] for name in fields if name in METRICS}
    line = {"timestamp": datetime.now(UTC).isoformat(), "level": level, "message": message, **_request, **fields}
    # Each line is a single write, so lines from parallel threads don't mix.
    sys.stdout.write(json.dumps(line, default=str) + "\n")
    sys.stdout.flush()
