"""A web page of another origin, in a real browser, can't reach the embedded stack; a page of this machine can."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page

from pipeline.deployed.deployment import Deployment
from tests.browser.chromium import launched
from tests.integration.stacks import running

# Resolves to this machine, as a name that is rebound by its owner does.
RULES = "--host-resolver-rules=MAP evil.example 127.0.0.1"
ATTACK = """async ([url, name]) => {
  const attempt = async (target, options) => {
    try { const answer = await fetch(target, options); return answer.type + " " + await answer.text(); }
    catch (error) { return "blocked"; }
  };
  return [
    await attempt(`${url}/`),
    await attempt(`${url}/${name}`, {method: "PUT"}),
    await attempt(`${url}/?Action=CreateQueue&QueueName=${name}`, {mode: "no-cors", referrerPolicy: "no-referrer"}),
    await attempt(`${url}/`, {method: "POST", mode: "no-cors", body: `Action=CreateQueue&QueueName=${name}`,
      headers: {"Content-Type": "application/x-www-form-urlencoded"}}),
  ];
}"""
UPLOAD = "async ([url]) => (await fetch(url, {method: 'PUT', body: 'from a page'})).status"


class Site(BaseHTTPRequestHandler):
    """Answer every request with an empty page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with running("embedded", tmp_path_factory.mktemp("guarded")) as (_, deployment):
        yield deployment


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Provide the port of a web server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def names(deployment: Deployment) -> set[str]:
    buckets = {bucket["Name"] for bucket in deployment.s3.list_buckets()["Buckets"]}
    return buckets | {url.rpartition("/")[2] for url in deployment.sqs.list_queues().get("QueueUrls", [])}


@contextmanager
def page_of(browser: Browser, host: str, port: int) -> Iterator[Page]:
    """Open an empty page of `host` in a browser that looks every name of the test up on this machine."""
    with launched(browser.browser_type, RULES) as other:
        page = other.new_page()
        page.goto(f"http://{host}:{port}/")
        yield page


def test_a_foreign_page_reads_and_changes_nothing(deployment: Deployment, port: int, browser: Browser) -> None:
    before = names(deployment)
    with page_of(browser, "evil.example", port) as page:
        answers = page.evaluate(ATTACK, [deployment.endpoint_url, "stolen"])
    assert all(answer in ("blocked", "opaque ") for answer in answers), answers
    assert names(deployment) == before


def test_a_rebound_name_reads_and_changes_nothing(deployment: Deployment, port: int, browser: Browser) -> None:
    before = names(deployment)
    rebound = (deployment.endpoint_url or "").replace("127.0.0.1", "evil.example")
    with page_of(browser, "evil.example", port) as page:
        page.goto(f"{rebound}/")
        assert page.inner_text("body").startswith("Refused: the host")
        answers = page.evaluate(ATTACK, [rebound, "stolen"])
    assert not [answer for answer in answers if "image-processor" in answer]
    assert names(deployment) == before


def test_a_page_of_this_machine_uploads(deployment: Deployment, port: int, browser: Browser) -> None:
    parameters = {"Bucket": deployment.upload_bucket, "Key": "page.txt"}
    url = deployment.s3.generate_presigned_url("put_object", Params=parameters)
    with page_of(browser, "localhost", port) as page:
        assert page.evaluate(UPLOAD, [url]) == 200
    stored = deployment.s3.get_object(Bucket=deployment.upload_bucket, Key="page.txt")
    assert stored["Body"].read() == b"from a page"
