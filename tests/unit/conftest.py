"""A server in place of S3."""

from collections.abc import Iterator

import pytest

from tests.integration.proxy import Server, proxy
from tests.unit.s3 import S3, client_of


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that the function's own client reaches."""
    with proxy("127.0.0.1", "http://127.0.0.1:9") as server, client_of(server.url):
        yield server


@pytest.fixture
def s3(server: Server, monkeypatch: pytest.MonkeyPatch) -> S3:
    """Return an S3 in which nothing is written yet."""
    monkeypatch.setenv("PROCESSED_BUCKET", "processed")
    server.behaviour = buckets = S3()
    return buckets
