"""The part of S3's HTTP interface that the function uses."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5

import pytest
from botocore.config import Config

import storage
from tests.integration.images import encoded, quarters
from tests.integration.proxy import Exchange, Fault

PNG = encoded(quarters(300, 200), "PNG")  # larger than the thumbnail, so that no two variants are equal
ETAG = md5(PNG, usedforsecurity=False).hexdigest()
ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=5)


class S3:
    """An S3 in which every object exists and is PNG, except "gone"."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.before_reading: Fault = lambda _: None

    def __call__(self, exchange: Exchange) -> None:
        if exchange.method == "PUT":
            self.written.append(exchange.path)
            exchange.answer(200, {"ETag": '"0"'}, b"")
        elif exchange.path == "/upload/gone":
            exchange.answer(404, {}, b"<Error><Code>NoSuchVersion</Code></Error>")
        elif exchange.path in ("/upload", "/processed"):
            exchange.answer(200, {}, b"<List></List>")
        else:
            self.before_reading(exchange)
            exchange.answer(200, {"ETag": f'"{ETAG}"', "x-amz-server-side-encryption": "AES256"}, PNG)


@contextmanager
def client_of(url: str, **settings: str) -> Iterator[None]:
    """Let the function's own client reach S3 at `url`, without retries; `settings` are environment variables."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("AWS_"):
                patch.delenv(name)
        names = {"ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test", "DEFAULT_REGION": "us-east-1"}
        for name, value in {**names, "ENDPOINT_URL": url, **settings}.items():
            patch.setenv(f"AWS_{name}", value)
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setattr(storage, "S3_CONFIG", ONCE)
        storage.client.cache_clear()
        yield
        storage.client().close()
    storage.client.cache_clear()
