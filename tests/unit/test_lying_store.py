"""If S3 sends another body than the upload's, the function fails, and Lambda retries. It rejects nothing."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import FlexibleChecksumError, ResponseStreamingError

from events import Upload
from lambda_function import UploadsFailedError, lambda_handler
from storage import BodyError, read
from tests.integration.proxy import BODIES, Exchange, Fault, Server, changed, proxy, slow, through
from tests.unit.invocations import event
from tests.unit.s3 import ETAG, PNG, S3, client_of

ERRORS: dict[str, type[Exception]] = {
    "cut": ResponseStreamingError,
    "reset": ResponseStreamingError,
    "wrong with a checksum": FlexibleChecksumError,
    "wrong without a checksum": BodyError,
    "longer": BodyError,
    "shorter": BodyError,
    "empty": BodyError,
}


@pytest.fixture(scope="module", params=["when_supported", "when_required"])
def between(request: pytest.FixtureRequest, server: Server) -> Iterator[Server]:
    """Provide a proxy between the function and S3, for both settings of botocore."""
    with (
        proxy("127.0.0.1", server.url) as between,
        client_of(between.url, RESPONSE_CHECKSUM_VALIDATION=request.param),
    ):
        yield between


def upload(**changes: Any) -> Upload:
    return replace(Upload("upload", "one", ETAG, "v1", len(PNG)), **changes)


def test_every_type_of_body_is_tested() -> None:
    assert BODIES.keys() == ERRORS.keys() | {"slow"}


@pytest.mark.parametrize("body", ERRORS)
def test_another_body_is_an_error_and_not_a_rejection(body: str, between: Server, s3: S3) -> None:
    between.behaviour = BODIES[body]
    with pytest.raises(UploadsFailedError) as raised:
        lambda_handler(event("one", etag=ETAG, size=len(PNG)), None)
    assert [type(error) for error in raised.value.exceptions] == [ERRORS[body]]
    assert not s3.written


@pytest.mark.usefixtures("s3")
def test_a_slow_body_is_read_to_its_end(between: Server) -> None:
    between.behaviour = slow
    assert read(upload()) == PNG


@pytest.mark.usefixtures("s3")
def test_a_body_is_not_read_beyond_its_announced_length(between: Server) -> None:
    sent: list[int] = []

    def endless(exchange: Exchange) -> None:
        exchange.answer(200, {}, b"", length=10**12)
        with suppress(OSError):
            while len(sent) < 1000:
                exchange.send(bytes(1_000_000))
                sent.append(1_000_000)

    between.behaviour = endless
    with pytest.raises(BodyError, match="1,000,000,000,000 bytes or more, but the event says that the upload has"):
        read(upload())
    assert sum(sent) < 100_000_000, "the connection should have been closed"


@pytest.mark.parametrize("encryption", ["aws:kms", "aws:kms:dsse", ""])
@pytest.mark.usefixtures("s3")
def test_an_etag_is_not_a_digest_if_kms_encrypts(encryption: str, between: Server) -> None:
    between.behaviour = with_headers({"x-amz-server-side-encryption": encryption})
    assert read(upload(etag="0" * 32)) == PNG


@pytest.mark.usefixtures("s3")
def test_the_etag_of_a_multipart_upload_is_not_a_digest(between: Server) -> None:
    between.behaviour = through
    assert read(upload(etag=f"{'0' * 32}-2")) == PNG


@pytest.mark.usefixtures("s3")
def test_a_checksum_comes_before_the_etag(between: Server) -> None:
    between.behaviour = changed(lambda body: body, checksum=True)
    assert read(upload(etag="0" * 32)) == PNG


def with_headers(headers: Mapping[str, str]) -> Fault:
    """Return a function that adds `headers` to an answer."""

    def fault(exchange: Exchange) -> None:
        status, others, body = exchange.forward()
        exchange.answer(status, {**others, **headers}, body)

    return fault
