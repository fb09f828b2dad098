"""JSON logs: one object a line on standard output, from where Lambda takes them to CloudWatch.

A line may carry metrics in CloudWatch's embedded format, so that they cost no call. They go with their line: a log
level above INFO leaves out all but the failures.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import logging
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

_request: dict[str, str] = {}


def begin(context: Any) -> None:
    """From now on each line names the request of CONTEXT."""
    _request.clear()
    if context is not None:
        _request["requestId"] = context.aws_request_id


def debug(message: str, **fields: Any) -> None:
    _log("DEBUG", message, fields)


def info(message: str, **fields: Any) -> None:
    _log("INFO", message, fields)


def error(message: str, **fields: Any) -> None:
    _log("ERROR", message, fields)


def metrics(values: Mapping[str, float], code: str | None = None) -> dict[str, Any]:
    """Fields that make VALUES, named as in UNITS, metrics of this function; Rejected is counted by CODE too."""
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
    levels = logging.getLevelNamesMapping()
    if levels[level] < levels[os.environ.get("LOG_LEVEL", "INFO")]:
        return
    line = {"timestamp": datetime.now(UTC).isoformat(), "level": level, "message": message, **_request, **fields}
    # One write a line, so that lines of parallel threads do not mix.
    sys.stdout.write(json.dumps(line, default=str) + "\n")
    sys.stdout.flush()
