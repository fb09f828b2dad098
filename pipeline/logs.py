"""The function's log."""

import time

from botocore.exceptions import ClientError

from pipeline.deployment import Deployment

RECENT_SECONDS = 900


def recent_logs(deployment: Deployment, lines: int = 40) -> str:
    """The last LINES lines that the function wrote in the last quarter of an hour."""
    since = int((time.time() - RECENT_SECONDS) * 1000)
    pages = deployment.logs.get_paginator("filter_log_events").paginate(
        logGroupName=deployment.log_group, startTime=since
    )
    try:
        events = [event for page in pages for event in page["events"]]
    except ClientError as error:
        return f"no log in {deployment.log_group}: {error}"
    events.sort(key=lambda event: event["timestamp"])
    return "\n".join(event["message"].rstrip() for event in events[-lines:]) or f"nothing in {deployment.log_group} yet"
