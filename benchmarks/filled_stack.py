"""MiniStack with many objects: `POST /fill` writes them in its own process, which is faster than one request for each.

Run it as `python -m benchmarks.filled_stack`. benchmarks/listing.py does.
"""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from ministack import app as ministack  # type: ignore[import-untyped]
from ministack.services import s3  # type: ignore[import-untyped]

from pipeline.deployed.function import VARIANTS, Upload, settings_digest, variant_key
from pipeline.stacks.guard import guarded

Application = Callable[[Mapping[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Any]

UPLOADS_IN_FOLDER = 1_000


def fill(upload_bucket: str, processed_bucket: str, count: int) -> None:
    """Write `count` tiny uploads with all their variants."""
    for key in keys(count):
        content = key.encode()
        _, headers, _ = s3._put_object(upload_bucket, key, content, {})
        upload = Upload(upload_bucket, key, headers["ETag"].strip('"'), headers["x-amz-version-id"], len(content))
        for variant in VARIANTS:
            settings = {"x-amz-meta-settings": settings_digest(variant)}
            s3._put_object(processed_bucket, variant_key(upload, variant), b"variant", settings)


def keys(count: int) -> Iterator[str]:
    """Yield `count` keys as a camera and an archive name photos."""
    for number in range(count):
        yield f"2026/{number // UPLOADS_IN_FOLDER:04}/IMG_{number}.jpg"


def filling(application: Application) -> Application:
    """Return an ASGI application that also answers `POST /fill`."""

    async def answer(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if scope.get("path") != "/fill":
            await application(scope, receive, send)
            return
        fill(**json.loads((await receive())["body"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return answer


def main() -> None:
    """Run MiniStack's own server."""
    ministack.app = guarded(filling(ministack.app))
    ministack.main()


if __name__ == "__main__":
    main()
