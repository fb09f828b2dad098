"""The web example in a browser: it uploads to the stack, and shows what becomes of the upload."""

import json
import secrets
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import unquote

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, Route, expect

from imaging.rejection import list_formats
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS
from pipeline.lib.errors import PipelineError
from pipeline.lib.local_http import open_local
from pipeline.lib.ports import HOST, free_port
from pipeline.lib.waiting import poll
from pipeline.stacks import Stack
from pipeline.stacks.embedded import Embedded
from scripts import web
from tests.browser.conftest import DESKTOP, HOSTILE, PHONE
from tests.browser.test_appearance import Scheme, check_with_axe
from tests.integration.images import encoded, quarters

READY_SECONDS = 30
PHOTO = encoded(quarters(640, 480), "JPEG")
SMALL = encoded(quarters(16, 12), "PNG")
NAMES = [
    HOSTILE,
    "</bdi></p><script>document.title = 'stolen'</script>.png",
    "\"quotes' & ${filename} $& %2F +.png",
    "two\nlines.png",
    "\u202egnp.gpj",
    "שלום.png",
    "a_rejected_0123456789ab.json",
    "w" * 200 + ".png",
]
UPLOAD_SPEED = 40e6  # bytes a second, at which 30 MB take long enough for several events of progress
FITS = "document.documentElement.scrollWidth <= innerWidth"
RECORD = """() => {
  const progress = document.querySelector("progress");
  window.recorded = [];
  new MutationObserver(() => window.recorded.push(progress.value)).observe(progress, {attributes: true});
}"""

ANY_ORIGIN = {"headers": {"Access-Control-Allow-Origin": "*"}}
SLOW_DOWN = {"status": 503, "body": "<Error><Code>SlowDown</Code></Error>"} | ANY_ORIGIN

OpenExample = Callable[..., Page]  # takes the window's size, and Playwright's settings of a context


@dataclass(frozen=True)
class Example:
    """The running application."""

    url: str
    deployment: Deployment


@pytest.fixture(scope="module")
def example(stack: Stack, deployment: Deployment) -> Iterator[Example]:
    """Run the application as `make web` does, with outcome events where the stack sends them."""
    port = free_port()
    with allowed(deployment, f"http://{HOST}:{port}"), outcome_queue(stack, deployment) as queue:
        environment = web.environment(deployment) | web.settings(deployment, queue)
        process = subprocess.Popen(web.command(port), cwd=web.DIRECTORY, env=environment)
        try:
            assert poll(lambda: answers(f"http://{HOST}:{port}/") or None, READY_SECONDS)
            yield Example(f"http://{HOST}:{port}/", deployment)
        finally:
            process.terminate()
            process.wait(READY_SECONDS)


def answers(url: str) -> bool:
    try:
        with open_local(url, seconds=5) as answer:
            return bool(answer.status == 200)
    except URLError:
        return False


@contextmanager
def allowed(deployment: Deployment, origin: str) -> Iterator[None]:
    """Let pages of `origin` use the buckets, as cors_allowed_origins does."""
    rule: Any = {"AllowedOrigins": [origin], "AllowedMethods": ["POST"], "AllowedHeaders": ["*"]}
    deployment.s3.put_bucket_cors(Bucket=deployment.upload_bucket, CORSConfiguration={"CORSRules": [rule]})
    try:
        web.check_origin(deployment, origin)
        yield
    finally:
        deployment.s3.delete_bucket_cors(Bucket=deployment.upload_bucket)


@contextmanager
def outcome_queue(stack: Stack, deployment: Deployment) -> Iterator[str]:
    """Yield the name of a queue that receives the outcomes; empty on MiniStack, which sends none."""
    if isinstance(stack, Embedded):
        yield ""
        return
    name = f"outcomes-{secrets.token_hex(4)}"
    url = deployment.sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = deployment.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    function = deployment.function_name
    before: Any = deployment.functions.get_function_event_invoke_config(FunctionName=function)["DestinationConfig"]
    both: Any = before | {"OnSuccess": {"Destination": arn}}
    deployment.functions.update_function_event_invoke_config(FunctionName=function, DestinationConfig=both)
    try:
        yield name
    finally:
        deployment.functions.update_function_event_invoke_config(FunctionName=function, DestinationConfig=before)
        deployment.sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def open_example(example: Example, browser: Browser) -> Iterator[OpenExample]:
    """Open the application. An exception in its script, or a dialog, fails the test."""
    contexts, complaints = [], []

    def open_example(size: tuple[int, int] = DESKTOP, **settings: Any) -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(example.url)
        return page

    yield open_example
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_example: OpenExample) -> Page:
    """Return the application on a desktop."""
    return open_example()


def upload(page: Page, file: Path | FilePayload) -> None:
    page.get_by_label("Picture").set_input_files(file)
    page.get_by_role("button", name="Upload").press("Enter")


def payload(name: str, content: bytes, media_type: str = "image/png") -> FilePayload:
    return {"name": name, "mimeType": media_type, "buffer": content}


def sizes(page: Page, seconds: float) -> dict[str, list[int]]:
    """Return the size in pixels of each variant on the page, once all are there."""
    pictures = page.get_by_role("list", name="Variants").get_by_role("img")
    expect(pictures).to_have_count(len(VARIANTS), timeout=1000 * seconds)
    pictures.evaluate_all("all => Promise.all(all.map((one) => one.decode()))")
    shown = pictures.evaluate_all("all => all.map((one) => [one.naturalWidth, one.naturalHeight])")
    return dict(zip(page.locator("figcaption strong").all_inner_texts(), shown, strict=True))


def problem(page: Page, seconds: float = 30) -> str:
    """Return the sentence that the page shows instead of variants."""
    expect(page.get_by_role("alert")).not_to_be_empty(timeout=1000 * seconds)
    assert page.get_by_role("img").count() == 0
    assert page.get_by_role("button", name="Upload").is_enabled()
    return page.get_by_role("alert").inner_text()


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_a_photo_becomes_variants(
    size: tuple[int, int], scheme: Scheme, open_example: OpenExample, seconds: float
) -> None:
    page = open_example(size, color_scheme=scheme)
    upload(page, payload("photo.jpg", PHOTO, "image/jpeg"))
    full = [640, 480]
    assert sizes(page, seconds) == {
        variant.name: [200, 150] if variant.name == "thumbnail" else full for variant in VARIANTS
    }
    assert page.get_by_role("status").inner_text() == f"{len(VARIANTS)} variants of photo.jpg"
    assert page.locator("figcaption").first.inner_text().startswith("compressed: 640 × 480, ")  # noqa: RUF001
    assert page.evaluate(FITS)
    check_with_axe(page)


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_text(name: str, open_example: OpenExample, example: Example, seconds: float) -> None:
    page = open_example(PHONE)
    upload(page, payload(name, SMALL))
    assert len(sizes(page, seconds)) == len(VARIANTS)
    assert page.locator("#status bdi").text_content() == name
    assert page.title() == "Upload a picture"
    assert page.locator("script").count() == 1
    assert page.evaluate(FITS)
    sent = name.replace("\n", "\r\n")  # as forms write the ends of lines
    link = unquote(page.locator("figure a").first.get_attribute("href") or "")
    assert f"/{Path(sent).stem}_compressed_" in link
    assert [key for key in keys(example) if key.endswith(f"/{sent}")]


def keys(example: Example) -> list[str]:
    """Return the keys of all uploads."""
    listed = example.deployment.s3.list_objects_v2(Bucket=example.deployment.upload_bucket)
    return [item["Key"] for item in listed.get("Contents", [])]


def test_a_text_named_as_a_picture_shows_why_it_is_rejected(page: Page, seconds: float) -> None:
    upload(page, payload("letter.jpg", b"Dear reader,\n", "image/jpeg"))
    assert problem(page, seconds) == (
        f"This file can't be used: not an image: {list_formats('and')} are accepted. Choose another one."
    )


def test_thirty_megabytes_upload_with_progress(page: Page, seconds: float, tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.linear_gradient("L").resize((3200, 3200)).convert("RGB").save(path, compress_level=0)
    assert path.stat().st_size > 30e6
    network = page.context.new_cdp_session(page)
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": UPLOAD_SPEED}
    network.send("Network.emulateNetworkConditions", limits)
    page.evaluate(RECORD)
    upload(page, path)
    assert sizes(page, seconds)["png"] == [3200, 3200]
    recorded = [value for value in page.evaluate("window.recorded") if 0 < value < 1]
    assert len(set(recorded)) > 2
    assert recorded == sorted(recorded)


@pytest.fixture
def too_large(tmp_path: Path) -> Path:
    path = tmp_path / "huge.jpg"
    path.write_bytes(bytes(40_000_001))
    return path


def test_a_file_above_the_limit_is_refused_before_it_is_sent(page: Page, example: Example, too_large: Path) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    upload(page, too_large)
    assert problem(page) == "This file is larger than 40 MB. Choose a smaller one, or save it with a lower quality."
    assert sent == [f"{example.url}uploads"]


def test_s3_refuses_a_file_above_the_limit(page: Page, example: Example, too_large: Path) -> None:
    page.route("**/uploads", without_limit)
    before = keys(example)
    upload(page, too_large)
    assert problem(page) == "This file is larger than 50 MB. Choose a smaller one, or save it with a lower quality."
    assert keys(example) == before


def without_limit(route: Route) -> None:
    """Answer as a page would be told that doesn't check the file itself."""
    form = route.fetch().json()
    route.fulfill(status=201, body=json.dumps(form | {"max_bytes": 50_000_000}))


def test_s3_refuses_what_is_not_called_a_picture(page: Page) -> None:
    page.evaluate("typeOf = () => 'text/html'; check = () => {}")
    upload(page, payload("page.html", b"<script>alert(1)</script>", "text/html"))
    assert problem(page).startswith("The storage doesn't accept this file. Choose a picture")


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (payload("empty.png", b""), "This file is empty. Choose another one."),
        (payload("notes.txt", b"Notes", "text/plain"), "This file isn't a picture. Choose another one."),
    ],
    ids=["empty", "text"],
)
def test_other_files_are_refused_with_a_sentence(file: FilePayload, sentence: str, page: Page) -> None:
    upload(page, file)
    assert problem(page).startswith(sentence)


def test_a_lost_connection_is_a_sentence(page: Page, example: Example, seconds: float) -> None:
    page.context.set_offline(True)
    upload(page, payload("photo.png", SMALL))
    assert problem(page) == "The application doesn't answer. Check your connection, then upload again."
    page.context.set_offline(False)
    page.route(f"**/{example.deployment.upload_bucket}*", lambda route: route.abort())
    upload(page, payload("photo.png", SMALL))
    assert problem(page) == "The upload was interrupted. Check your connection, then upload again."
    page.unroute_all()
    upload(page, payload("photo.png", SMALL))
    assert len(sizes(page, seconds)) == len(VARIANTS)


def test_a_connection_lost_during_the_wait_does_not_end_it(page: Page, seconds: float) -> None:
    lost: list[str] = []

    def lose_twice(route: Route) -> None:
        if len(lost) == 2:
            route.fallback()
        else:
            lost.append(route.request.url)
            route.abort()

    page.route("**/uploads/*", lose_twice)
    upload(page, payload("photo.png", SMALL))
    assert len(sizes(page, seconds)) == len(VARIANTS)
    assert len(lost) == 2


def test_the_wait_has_an_end(page: Page) -> None:
    page.route("**/uploads/*", lambda route: route.fulfill(json={"outcome": "pending"}))
    page.evaluate("() => { window.setTimeout = (resume) => queueMicrotask(resume); }")
    upload(page, payload("photo.png", SMALL))
    assert problem(page).startswith("The picture is uploaded, but there are no variants after five minutes. Tell ")


@pytest.mark.parametrize(
    ("address", "answer", "sentence"),
    [
        ("**/uploads", {"status": 500}, "The application has a problem (500). Upload again in a minute."),
        ("{bucket}", SLOW_DOWN, "The storage has a problem (SlowDown). Upload again in a minute."),
        ("{bucket}", {"status": 502} | ANY_ORIGIN, "The storage has a problem (502). Upload again in a minute."),
        ("**/uploads/*", {"json": {"outcome": "deleted"}}, "This picture was deleted. Upload it again if you need it."),
    ],
    ids=["application", "storage", "proxy", "deleted"],
)
def test_problems_elsewhere_are_sentences(
    address: str, answer: dict[str, Any], sentence: str, page: Page, example: Example
) -> None:
    page.route(address.format(bucket=f"**/{example.deployment.upload_bucket}*"), lambda route: route.fulfill(**answer))
    upload(page, payload("photo.png", SMALL))
    assert problem(page) == sentence


def test_make_web_says_which_origin_to_allow(stack: Stack, deployment: Deployment) -> None:
    if isinstance(stack, Embedded):
        pytest.skip("MiniStack lets pages of every origin on this machine upload")
    with pytest.raises(PipelineError, match=r"refuses uploads from pages of http://127\.0\.0\.1:9") as caught:
        web.check_origin(deployment, "http://127.0.0.1:9")
    assert """TF_VAR_cors_allowed_origins='["http://127.0.0.1:9"]' make up""" in caught.value.remedy


def test_make_web_misses_a_queue(deployment: Deployment) -> None:
    with pytest.raises(PipelineError, match="there is no queue nowhere"):
        web.settings(deployment, "nowhere")
