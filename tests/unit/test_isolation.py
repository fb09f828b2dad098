"""Uploads are independent: the first one leaves nothing for the second one, even if it fails."""

import gc
import json
import re
import signal
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import product

import pytest
from botocore.exceptions import ReadTimeoutError
from PIL import Image

from imaging import limits, parallel
from imaging.encode import alike
from lambda_function import VARIANTS, UploadsFailedError, lambda_handler
from steps import Step, Steps
from tests.integration.proxy import Exchange
from tests.unit.invocations import Context, event
from tests.unit.s3 import PNG, S3

OF_VARIANTS = [step.of(variant.name) for step in (Step.ENCODE, Step.WRITE) for variant in VARIANTS]
STEPS_OF_A_PICTURE = [Step.READ, Step.DECODE, *OF_VARIANTS]
SIZE = Image.open(BytesIO(PNG)).size
UNIQUE = [Step.ENCODE.of(variant.name) for variant in alike(VARIANTS, SIZE)]  # equal variants are encoded once
ALL_STEPS = [
    *(step for step in STEPS_OF_A_PICTURE if step in UNIQUE or not step.startswith(Step.ENCODE)),
    Step.FIND_VARIANTS,
    Step.WRITE_REJECTION,
]


class Pictures:
    """All pictures that Pillow makes, by weak references."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._made: list[weakref.ref[Image.Image]] = []
        original = Image.Image.__init__

        def record(picture: Image.Image) -> None:
            original(picture)
            self._made.append(weakref.ref(picture))

        monkeypatch.setattr(Image.Image, "__init__", record)

    def alive(self) -> list[Image.Image]:
        return [picture for each in self._made if (picture := each()) is not None]


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pictures]:
    """Provide the pictures of the test. The garbage collector is off, so reference counting must free them."""
    gc.disable()
    yield Pictures(monkeypatch)
    gc.enable()


def raise_error(error: Exception) -> Callable[[], None]:
    """Return a function that raises `error`."""

    def fail() -> None:
        raise error

    return fail


def run_out_of_time() -> None:
    """Do what the watchdog does at the deadline: interrupt the main thread, while an encoder still runs."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)
    if threading.current_thread() is not threading.main_thread():
        threading.Event().wait(0.1)


FAILURES: dict[str, Callable[[], Callable[[], None]]] = {
    "storage": lambda: raise_error(ReadTimeoutError(endpoint_url="s3", error=OSError("timed out"))),
    "encoder": lambda: raise_error(ValueError("encoder error -2")),
    "memory": lambda: raise_error(MemoryError()),
    "deadline": lambda: run_out_of_time,
}


@contextmanager
def failing(name: str, fail: Callable[[], None]) -> Iterator[None]:
    """Make the step `name` fail after its work, in the first upload that reaches it."""
    original, failures = Steps.step, [fail]

    @contextmanager
    def step(steps: Steps, running: str) -> Iterator[None]:
        with original(steps, running):
            yield
            if running == name and failures:
                failures.pop()()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Steps, "step", step)
        yield


@pytest.fixture
def left(s3: S3, pictures: Pictures) -> list[object]:
    """The threads and pictures that are alive when the upload "two" is read."""
    found: list[object] = []

    def look_around(exchange: Exchange) -> None:
        if exchange.path == "/upload/two":
            timers = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
            found.extend([*parallel.running(), *timers[1:], *pictures.alive()])  # "two" has a timer itself

    s3.before_reading = look_around
    return found


@pytest.mark.parametrize("step", ALL_STEPS)
@pytest.mark.parametrize(
    ("situation", "failure"),
    [
        *product(["two events", "one event"], FAILURES),
        *product(["without room for two encoders"], ["memory", "deadline"]),
    ],
)
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # interrupted before anyone could close it
def test_a_failure_at_any_step_leaves_nothing_for_the_next_upload(
    failure: str,
    step: str,
    situation: str,
    s3: S3,
    left: list[object],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if situation == "without room for two encoders":
        monkeypatch.setattr(limits, "room_for_two", lambda *_: False)
    first = "one" if step in STEPS_OF_A_PICTURE else "gone"
    with failing(step, FAILURES[failure]()), pytest.raises(UploadsFailedError) as raised:
        lambda_handler(event(first, *["two"][: situation == "one event"], size=len(PNG)), Context(60))
    (error,) = raised.value.exceptions
    if failure == "deadline":
        assert re.search(f"time is running out in step .*{step}", str(error))
    if situation != "one event":
        lambda_handler(event("two", size=len(PNG)), Context(60))
    check_complete("two", s3, capsys.readouterr().out)
    assert not left


def check_complete(key: str, s3: S3, log: str) -> None:
    """Check that the last upload in the log has all of its variants, and only its own steps."""
    line = json.loads(log.splitlines()[-1])
    assert (line["key"], line["outcome"]) == (key, "variants")
    assert line["steps"].keys() - {Step.WAIT} == set(STEPS_OF_A_PICTURE)
    assert len([path for path in s3.written if path.startswith(f"/processed/{key}_")]) == len(VARIANTS)


def test_a_deadline_while_waiting_for_encoders_leaves_nothing_for_the_next_upload(
    s3: S3, left: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    for key, step in (("one", Step.ENCODE.of(VARIANTS[0].name)), ("gone", Step.WAIT)):
        with failing(step, run_out_of_time), pytest.raises(UploadsFailedError, match=step):
            lambda_handler(event(key, size=len(PNG)), Context(60))
    lambda_handler(event("two", size=len(PNG)), Context(60))
    check_complete("two", s3, capsys.readouterr().out)
    assert not left
