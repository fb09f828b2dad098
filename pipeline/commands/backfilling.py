"""Uploads without an outcome, to the function as S3 would have sent them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from tempfile import TemporaryFile
from typing import Any, Self
from urllib.parse import quote_plus

from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload
from pipeline.deployed.invocations import send_event
from pipeline.deployed.outcomes import Outcome
from pipeline.deployed.uploads import at_once, settled
from pipeline.lib.waiting import paced

LOST = ("partial", "pending")


def backfilled(
    deployment: Deployment, uploads: Iterable[Upload], per_second: float, seconds: float
) -> Iterator[Outcome]:
    """Has UPLOADS processed, at most PER_SECOND of them a second, and yields each outcome as it comes.

    They are sent as events, so that Lambda tries again what fails, and reports to the failure queue.
    """

    def fill(upload: Upload) -> Outcome:
        send_event(deployment, {"Records": [event_record(upload)]})
        return settled(deployment, upload, seconds)

    return at_once(deployment, fill, paced(uploads, per_second))


def event_record(upload: Upload) -> dict[str, Any]:
    """What S3 writes into its event when UPLOAD is created."""
    return {
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "bucket": {"name": upload.bucket},
            "object": {
                "key": quote_plus(upload.key),
                "size": upload.size,
                "eTag": upload.etag,
                "versionId": upload.version,
            },
        },
    }


class Spool:
    """Uploads in a temporary file: they may be more than memory holds."""

    def __init__(self) -> None:
        self._file = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by __exit__
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, upload: Upload) -> None:
        self._file.write(json.dumps(asdict(upload)) + "\n")
        self.count += 1

    def __iter__(self) -> Iterator[Upload]:
        self._file.seek(0)
        for line in self._file:
            yield Upload(**json.loads(line))
