"""JSON logs: one object a line on standard output, from where Lambda takes them to CloudWatch."""

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any


def debug(message: str, **fields: Any) -> None:
    _log("DEBUG", message, fields)


def info(message: str, **fields: Any) -> None:
    _log("INFO", message, fields)


def error(message: str, **fields: Any) -> None:
    _log("ERROR", message, fields)


def _log(level: str, message: str, fields: dict[str, Any]) -> None:
    levels = logging.getLevelNamesMapping()
    if levels[level] < levels[os.environ.get("LOG_LEVEL", "INFO")]:
        return
    line = {"timestamp": datetime.now(UTC).isoformat(), "level": level, "message": message, **fields}
    # One write a line, so that lines of parallel threads do not mix.
    sys.stdout.write(json.dumps(line, default=str) + "\n")
    sys.stdout.flush()
