"""Events and contexts as Lambda passes them to the function."""

import time
from typing import Any


class Context:
    """Return the context of an invocation that may take `seconds`."""

    aws_request_id = "4d7ab5e2-0000-4000-8000-3f9c1a6f2b11"

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return int((self.end - time.monotonic()) * 1000)


def event(*keys: str, size: int = 1, etag: str = "abc") -> dict[str, Any]:
    """Return the S3 event of uploads to `keys`, each of `size` bytes with the same `etag`."""
    described = [{"key": key, "eTag": etag, "size": size, "versionId": "v1"} for key in keys]
    return {"Records": [{"s3": {"bucket": {"name": "upload"}, "object": each}} for each in described]}
