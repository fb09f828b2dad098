"""Process one upload as Lambda does, and print the outcome, the seconds on the clock and of a processor, and the peak.

Arguments: the event as JSON, and the seconds after which the invocation ends.
"""

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


def process(event: dict[str, Any], timeout: float) -> dict[str, Any]:
    """Return the seconds on the clock and of a processor, and the outcome.

    This is "variants", what an animation was reduced to, the code of a rejection, or the error.
    """
    from lambda_function import lambda_handler

    clock, processor = time.monotonic(), time.process_time()
    try:
        ended = lambda_handler(event, Context(timeout))["outcomes"][0]
        outcome = ended.get("code") or ended.get("animation") or ended["outcome"]
    except Exception as error:
        outcome = f"error: {error}"
    return {"outcome": outcome, "clock": time.monotonic() - clock, "processor": time.process_time() - processor}


def peak() -> float:
    """Return the largest resident memory that this process ever had, in MiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    result = process(json.loads(sys.argv[1]), float(sys.argv[2]))
    print("\n" + json.dumps(result | {"peak": peak()}))
