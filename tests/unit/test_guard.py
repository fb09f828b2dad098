"""Only programs and pages on this machine reach the embedded stack."""

import http.client
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from pipeline.deployed.deployment import Deployment
from pipeline.lib.ports import free_port
from pipeline.stacks.embedded import Embedded
from pipeline.stacks.guard import is_local, problem_with

LOCAL = "http://localhost:8000"
FOREIGN = "http://evil.example"


@pytest.mark.parametrize(
    "url",
    [
        "//127.0.0.1:4566",
        "//localhost",
        "//LOCALHOST.:4566",
        "//[::1]:4566",
        "//photos.s3.localhost:4566",
        "//photos.s3.localhost.localstack.cloud:4566",
        "http://127.0.0.2",
    ],
)
def test_names_of_this_machine_are_local(url: str) -> None:
    assert is_local(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "//",
        "null",
        "file:///page.html",
        "//evil.example",
        "//localhost.evil.example",
        "//evil-localhost",
        "//localhost@evil.example",
        "//127.0.0.1.evil.example",
        "//192.168.1.7:4566",
        "//0.0.0.0:4566",
        "//[::1",
    ],
)
def test_other_names_are_not_local(url: str) -> None:
    assert not is_local(url)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {},
        {"Host": "127.0.0.1", "Origin": FOREIGN},
        {"Host": "127.0.0.1", "Origin": "null"},
        {"Host": "127.0.0.1", "Referer": f"{FOREIGN}/page"},
        {"Host": "127.0.0.1", "Sec-Fetch-Site": "cross-site"},
        {"Host": "127.0.0.1", "Origin": FOREIGN, "Referer": LOCAL},
    ],
)
def test_requests_from_foreign_pages_are_refused(headers: dict[str, str]) -> None:
    assert problem_with((name.encode(), value.encode()) for name, value in headers.items())


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "127.0.0.1:4566"},
        {"Host": "127.0.0.1", "Origin": LOCAL, "Sec-Fetch-Site": "cross-site"},
        {"Host": "127.0.0.1", "Referer": f"{LOCAL}/page", "Sec-Fetch-Site": "cross-site"},
        {"Host": "127.0.0.1", "Sec-Fetch-Site": "none"},
    ],
)
def test_requests_from_programs_and_local_pages_are_allowed(headers: dict[str, str]) -> None:
    assert problem_with((name.encode(), value.encode()) for name, value in headers.items()) == ""


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    stack = Embedded(tmp_path_factory.mktemp("guarded") / "stack", free_port())
    try:
        yield stack.start(print)
    finally:
        stack.stop(print)


@dataclass(frozen=True)
class Answer:
    """The answer to a request: its status, the origins that may read it, and its body."""

    status: int
    readers: str | None
    body: bytes


def send(deployment: Deployment, method: str, path: str, **headers: str) -> Answer:
    """Send an unsigned request without a body."""
    address = (deployment.endpoint_url or "").removeprefix("http://")
    with closing(http.client.HTTPConnection(address, timeout=30)) as connection:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return Answer(answer.status, answer.getheader("Access-Control-Allow-Origin"), answer.read())


def buckets(deployment: Deployment) -> set[str]:
    return {bucket["Name"] for bucket in deployment.s3.list_buckets()["Buckets"]}


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": FOREIGN}, {"Sec_Fetch_Site": "cross-site"}])
def test_a_foreign_page_cannot_change_or_read_anything(deployment: Deployment, headers: dict[str, str]) -> None:
    for method, path in (("PUT", "/stolen"), ("GET", "/"), ("OPTIONS", "/2015-03-31/functions")):
        answer = send(deployment, method, path, **headers)
        assert (answer.status, answer.readers) == (403, None)
        assert answer.body.startswith(b"Refused: ")
    assert "stolen" not in buckets(deployment)


def test_a_local_page_uploads(deployment: Deployment) -> None:
    answer = send(deployment, "PUT", f"/{deployment.upload_bucket}/page.txt", Origin=LOCAL)
    assert (answer.status, answer.readers) == (200, "*")


def test_presigned_urls_work(deployment: Deployment) -> None:
    deployment.s3.put_object(Bucket=deployment.upload_bucket, Key="signed.txt", Body=b"signed")
    parameters = {"Bucket": deployment.upload_bucket, "Key": "signed.txt"}
    url = deployment.s3.generate_presigned_url("get_object", Params=parameters)
    answer = send(deployment, "GET", url.removeprefix(deployment.endpoint_url or ""))
    assert (answer.status, answer.body) == (200, b"signed")
