"""Process one upload as Lambda does, and print how it ended: the outcome, the seconds, and the peak memory."""

import json
import sys
import time
from pathlib import Path
from typing import Any


class Context:
    """The part of Lambda's context that the function uses."""

    aws_request_id = "test-limits"

    def __init__(self, timeout: float) -> None:
        self._end = time.monotonic() + timeout

    def get_remaining_time_in_millis(self) -> int:
        return round(1000 * (self._end - time.monotonic()))


def outcome(event: dict[str, Any], timeout: float) -> dict[str, Any]:
    """Return "variants", the code of a rejection, or the error; and the wall-clock seconds."""
    from lambda_function import lambda_handler

    started = time.monotonic()
    try:
        ended = lambda_handler(event, Context(timeout))["outcomes"][0]
        result = ended.get("code", ended["outcome"])
    except Exception as error:
        result = f"error: {error}"
    return {"outcome": result, "seconds": time.monotonic() - started}


def peak() -> float:
    """Return the largest resident memory that this process ever had, in MiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    result = outcome(json.loads(sys.argv[1]), float(sys.argv[2]))
    print("\n" + json.dumps(result | {"peak": peak()}))
