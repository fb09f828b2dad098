"""Read the function's log, on AWS and on emulators, as records."""

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import UNITS
from pipeline.lib.waiting import within

RECENT_SECONDS = 900
READING_SECONDS = 600
OVERLAP_SECONDS = 30  # lines arrive late and out of order
POLL_SECONDS = 1.0

REQUEST = re.compile(r"RequestId: ([0-9a-f-]{36})")
NOISE = re.compile(
    r"(START|END) RequestId|INIT_START|platform\.(start|initStart|initRuntimeDone|runtimeDone)$"
    r"|.*Found credentials in environment variables"  # botocore logs this in every environment
)
SHOWN = {"timestamp", "level", "log_level", "message", "errorMessage", "requestId"}
METRICS = {"_aws", "FunctionName", "Code", *UNITS}

Event = Mapping[str, Any]  # as CloudWatch Logs gives it
Line = tuple[str, int, str]


@dataclass(frozen=True)
class Record:
    """One line of the log. `request` and `level` are "" if the line doesn't have them."""

    time: datetime
    request: str
    level: str
    message: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def recent_logs(deployment: Deployment, lines: int = 40) -> str:
    """Return the last `lines` lines that the function wrote in the last 15 minutes."""
    try:
        events = sorted(_list_events(deployment, time.time() - RECENT_SECONDS), key=lambda event: event["timestamp"])
    except (BotoCoreError, ClientError) as error:  # also of a stack that has stopped
        return f"no log in {deployment.log_group}: {error}"
    return "\n".join(event["message"].rstrip() for event in events[-lines:]) or f"nothing in {deployment.log_group} yet"


def read_records(deployment: Deployment, since: float, seconds: float = READING_SECONDS) -> list[Record]:
    """Return the records since `since` (seconds of the epoch), grouped by request, in the order of their starts.

    Raises:
        DeadlineError: reading takes longer than `seconds`.
    """
    found = list(_decode(within(seconds, _list_events(deployment, since)), {}))
    begun: dict[str, datetime] = {}
    for record in found:
        begun[record.request] = min(record.time, begun.get(record.request, record.time))
    return sorted(found, key=lambda record: (begun[record.request], record.request))


def follow_records(deployment: Deployment, since: float, seconds: float = READING_SECONDS) -> Iterator[Record]:
    """Yield the records since `since` (seconds of the epoch), and then new ones, forever.

    Raises:
        DeadlineError: reading the new records takes longer than `seconds`.
    """
    seen: dict[Line, float] = {}
    requests: dict[str, str] = {}
    while True:
        new = [event for event in within(seconds, _list_events(deployment, since)) if _line(event) not in seen]
        seen |= {_line(event): event["timestamp"] / 1000 for event in new}
        yield from _decode(new, requests)
        since = max(since, max(seen.values(), default=0) - OVERLAP_SECONDS)
        seen = {line: at for line, at in seen.items() if at >= since}
        time.sleep(POLL_SECONDS)


def find_records(deployment: Deployment, message: str, since: float) -> Iterator[Record]:
    """Yield the records since `since` (seconds of the epoch) that have the message `message`."""
    found = _decode(_list_events(deployment, since, f'"{message}"'), {})
    return (record for record in found if record.message == message)


def _list_events(deployment: Deployment, since: float, pattern: str = "") -> Iterator[Event]:
    pages = deployment.logs.get_paginator("filter_log_events").paginate(
        logGroupName=deployment.log_group, startTime=int(since * 1000), filterPattern=pattern
    )
    for page in pages:
        yield from page["events"]


def _line(event: Event) -> Line:
    """Return a key that identifies `event`: emulators have no ids, or ids that change."""
    return event["logStreamName"], event["timestamp"], event["message"]


def _decode(events: Iterable[Event], requests: dict[str, str]) -> Iterator[Record]:
    """Yield `events` as records, without the lines that only mark the start or end of a request.

    A line without a request belongs to the request of the line before it in its stream, which `requests` remembers: a
    stream is one environment, which handles one request at a time.
    """
    for event in events:
        record = _record(event)
        stream = event["logStreamName"]
        requests[stream] = record.request or requests.get(stream, "")
        if not NOISE.match(record.message):
            yield replace(record, request=requests[stream])


def _record(event: Event) -> Record:
    written = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    message = event["message"].rstrip()
    try:
        line = json.loads(message)
        decode = _platform if "record" in line else _application
        return decode(line, written)
    except (
        AttributeError,
        TypeError,
        ValueError,
    ):  # plain text, such as a traceback, or from a runtime that doesn't log JSON
        request = REQUEST.search(message)
        return Record(written, request[1] if request else "", "", message.replace("\t", "  "))


def _application(line: dict[str, Any], written: datetime) -> Record:
    """Return the record in a line of the function itself, or of its runtime about an error."""
    return Record(
        time=_time(line.get("timestamp"), written),
        request=line.get("requestId", ""),
        level=line.get("level") or line.get("log_level", ""),
        message=line.get("message") or line.get("errorMessage", ""),
        fields={name: value for name, value in line.items() if name not in SHOWN and name not in METRICS},
    )


def _platform(line: dict[str, Any], written: datetime) -> Record:
    """Return the record in a line of Lambda about the function.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
    """
    about = line["record"]
    fields = {name: value for name, value in about.items() if name in ("status", "errorType", "metrics")}
    return Record(_time(line.get("time"), written), about.get("requestId", ""), "", line["type"], fields)


def _time(text: str | None, otherwise: datetime) -> datetime:
    return datetime.fromisoformat(text) if text else otherwise
