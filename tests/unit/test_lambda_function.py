"""The handler: an event in, objects out."""

import errno
import json
import signal
import threading
import time
from collections.abc import Callable, Iterable
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, IncompleteReadError, ReadTimeoutError

import lambda_function
import naming
import outcome
import storage
from events import EventError, Upload
from imaging.encode import Variant
from imaging.model import Size
from imaging.rejection import Rejected
from lambda_function import THUMBNAIL_SIZE, VARIANTS, UploadsFailedError, lambda_handler
from tests.corpus import CASES
from tests.integration.images import encoded, quarters
from tests.unit.invocations import Context, event

PNG = encoded(quarters(300, 200), "PNG")


class Buckets:
    """The buckets, instead of S3."""

    def __init__(self, **sources: bytes | Exception) -> None:
        self.sources = sources
        self.variants: dict[str, bytes] = {}
        self.rejections: dict[str, str] = {}
        self.notes: set[str] = set()

    def read(self, upload: Upload) -> bytes:
        source = self.sources[upload.key]
        if isinstance(source, Exception):
            raise source
        return source

    def write_variant(self, upload: Upload, variant: Variant, content: bytes, _: Size, note: str) -> str:
        key = naming.variant_key(upload, variant)
        self.variants[key] = content
        self.notes.add(note)
        return key

    def write_rejection(self, upload: Upload, rejection: Rejected) -> str:
        key = naming.rejection_key(upload)
        self.rejections[key] = rejection.code
        return key

    def find_variants(self, upload: Upload, variants: Iterable[Variant]) -> dict[Variant, tuple[str, int]]:
        keys = {variant: naming.variant_key(upload, variant) for variant in variants}
        return {variant: (key, len(self.variants[key])) for variant, key in keys.items() if key in self.variants}


@pytest.fixture(autouse=True)
def processed_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSED_BUCKET", "processed")


@pytest.fixture
def buckets(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Buckets]:
    def buckets(**sources: bytes | Exception) -> Buckets:
        made = Buckets(**sources)
        for name in ("read", "write_variant", "write_rejection", "find_variants"):
            monkeypatch.setattr(storage, name, getattr(made, name))
        return made

    return buckets


def test_an_upload_gets_every_variant_in_the_table(buckets: Callable[..., Buckets]) -> None:
    made = buckets(photo=PNG)
    (ended,) = lambda_handler(event("photo"), None)["outcomes"]
    assert ended["outcome"] == "variants"
    assert sorted(made.variants) == sorted(outcome.keys(ended))
    assert len(made.variants) == len(VARIANTS)
    assert not made.rejections


def test_the_same_upload_gives_the_same_bytes(buckets: Callable[..., Buckets]) -> None:
    first, second = buckets(photo=PNG), None
    lambda_handler(event("photo"), None)
    second = buckets(photo=PNG)
    lambda_handler(event("photo"), None)
    assert first.variants == second.variants


def test_a_file_that_is_not_an_image_gets_one_rejection(buckets: Callable[..., Buckets]) -> None:
    made = buckets(letter=b"Dear Sir or Madam")
    (ended,) = lambda_handler(event("letter"), None)["outcomes"]
    assert ended["code"] == "not-an-image"
    assert list(made.rejections.values()) == ["not-an-image"]
    assert not made.variants


GONE = Rejected(storage.GONE, "gone before it was processed")


def test_a_deleted_upload_is_rejected(buckets: Callable[..., Buckets]) -> None:
    made = buckets(photo=GONE)
    (ended,) = lambda_handler(event("photo"), None)["outcomes"]
    assert (ended["outcome"], ended["code"]) == ("rejected", "gone")
    assert list(made.rejections) == outcome.keys(ended)


def test_an_upload_deleted_after_its_variants_were_written_stays_complete(buckets: Callable[..., Buckets]) -> None:
    made = buckets(photo=PNG)
    (first,) = lambda_handler(event("photo"), None)["outcomes"]
    made.sources["photo"] = GONE
    (second,) = lambda_handler(event("photo"), None)["outcomes"]
    for variant in first["variants"]:
        del variant["width"], variant["height"]  # the function may list variants, and not read them
    assert second == first
    assert not made.rejections


def test_an_upload_deleted_before_all_variants_were_written_is_rejected(buckets: Callable[..., Buckets]) -> None:
    made = buckets(photo=PNG)
    lambda_handler(event("photo"), None)
    made.variants.popitem()
    made.sources["photo"] = GONE
    assert lambda_handler(event("photo"), None)["outcomes"][0]["outcome"] == "rejected"


def test_a_failing_upload_does_not_stop_the_others(buckets: Callable[..., Buckets]) -> None:
    made = buckets(one=PNG, two=client_error("SlowDown"), three=MemoryError("no room"), four=PNG)
    with pytest.raises(UploadsFailedError) as raised:
        lambda_handler(event("one", "two", "three", "four"), None)
    assert {key.split("_")[0] for key in made.variants} == {"one", "four"}
    assert [type(error) for error in raised.value.exceptions] == [ClientError, MemoryError]
    assert str(raised.value).startswith("ClientError: An error occurred (SlowDown)")
    assert str(raised.value).endswith("; MemoryError: no room")


def test_an_error_without_a_message_is_reported_by_its_type(buckets: Callable[..., Buckets]) -> None:
    buckets(photo=MemoryError())
    with pytest.raises(UploadsFailedError, match=r"^MemoryError$"):
        lambda_handler(event("photo"), None)


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "on purpose"}}, "GetObject")


TEMPORARY = [
    client_error("SlowDown"),
    client_error("InternalError"),
    client_error("RequestTimeout"),
    client_error("AccessDenied"),
    ReadTimeoutError(endpoint_url="s3"),
    EndpointConnectionError(endpoint_url="s3"),
    IncompleteReadError(actual_bytes=2, expected_bytes=3),
    MemoryError(),
    OSError(errno.ENOSPC, "No space left on device"),
]


@pytest.mark.parametrize("at", ["storage.read", "lambda_function.decode", "lambda_function.encode", "storage._write"])
@pytest.mark.parametrize("error", TEMPORARY, ids=repr)
def test_a_temporary_error_is_raised_and_not_rejected(
    error: Exception, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rejected: list[Upload] = []
    monkeypatch.setattr("storage.read", lambda _: PNG)
    monkeypatch.setattr("storage._write", lambda *_: None)
    monkeypatch.setattr("storage.write_rejection", lambda upload, _: rejected.append(upload))
    monkeypatch.setattr(at, Mock(side_effect=error))
    with pytest.raises(UploadsFailedError) as raised:
        lambda_handler(event("photo"), None)
    assert raised.value.exceptions == (error,)
    assert not rejected


def test_a_line_is_logged_for_each_upload(buckets: Callable[..., Buckets], capsys: pytest.CaptureFixture[str]) -> None:
    buckets(photo=PNG, letter=b"text")
    lambda_handler(event("photo", "letter"), None)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["key"], line["outcome"]) for line in lines] == [("photo", "variants"), ("letter", "rejected")]
    assert all(line["level"] == "INFO" and line["milliseconds"] >= 0 for line in lines)
    photo, letter = lines
    assert photo["bytes_out"].keys() == {variant.name for variant in VARIANTS}
    assert {"read", "decode", "encode png", "write png"} <= photo["steps"].keys()
    assert (photo["Processed"], photo["Rejected"], photo["Failed"]) == (1, 0, 0)
    assert (letter["Processed"], letter["Rejected"], letter["Code"]) == (0, 1, "not-an-image")


def test_an_animation_over_the_limits_says_so_in_outcome_log_and_variants(
    buckets: Callable[..., Buckets], capsys: pytest.CaptureFixture[str]
) -> None:
    (case,) = (case for case in CASES if case.name == "gif-animated-many-pixels")
    made = buckets(photo=PNG, animation=case.content)
    photo, animation = lambda_handler(event("photo", "animation"), None)["outcomes"]
    assert "animation" not in photo
    assert animation["animation"] == case.note != ""
    assert made.notes == {"", case.note}
    logged = [json.loads(line).get("animation") for line in capsys.readouterr().out.splitlines()]
    assert logged == [None, case.note]


def test_a_failure_is_logged_and_counted(buckets: Callable[..., Buckets], capsys: pytest.CaptureFixture[str]) -> None:
    buckets(photo=OSError("disk full"))
    with pytest.raises(UploadsFailedError):
        lambda_handler(event("photo"), Context(60))
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (line["level"], line["key"], line["Failed"]) == ("ERROR", "photo", 1)
    assert line["requestId"] == Context.aws_request_id
    assert "disk full" in line["error"]
    assert "in read\n" in line["traceback"], "the place where it was raised"


def test_a_timer_that_cannot_be_started_leaves_no_signal_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    try:
        monkeypatch.setattr(threading.Timer, "start", Mock(side_effect=RuntimeError("can't start new thread")))
        with pytest.raises(UploadsFailedError, match="can't start new thread"):
            lambda_handler(event("photo"), Context(60))
        assert signal.getsignal(signal.SIGALRM) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGALRM, before)


def test_the_error_names_the_step_in_which_time_ran_out(
    buckets: Callable[..., Buckets], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    buckets(photo=PNG, other=PNG)
    monkeypatch.setattr(storage, "write_rejection", None)  # and it is no rejection
    monkeypatch.setattr(storage, "write_variant", lambda *_: time.sleep(30))
    started = time.monotonic()
    with pytest.raises(UploadsFailedError, match=r"step .*write \w+"):
        lambda_handler(event("photo", "other"), Context(0.5))
    assert time.monotonic() - started < 5
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0]["message"] == "time is running out"
    assert "write " in lines[0]["step"]


def test_a_timer_stopped_in_time_interrupts_nothing(buckets: Callable[..., Buckets]) -> None:
    buckets(photo=PNG)
    lambda_handler(event("photo"), Context(0.4))
    time.sleep(0.6)


def test_a_variant_added_to_the_table_is_written(
    buckets: Callable[..., Buckets], monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = Variant("tiny", "WEBP", quality=40, fit=(64, 64))
    monkeypatch.setattr(lambda_function, "VARIANTS", (*VARIANTS, tiny))
    made = buckets(photo=PNG)
    lambda_handler(event("photo"), None)
    assert naming.variant_key(Upload("upload", "photo", "abc", "v1", 1), tiny) in made.variants


def test_a_wrong_event_is_an_error() -> None:
    with pytest.raises(ValueError, match="expected an S3 event"):
        lambda_handler({"detail-type": "Object Created"}, None)


def test_the_table_has_the_variants_that_the_readme_promises() -> None:
    names = [variant.name for variant in VARIANTS]
    assert {"compressed", "low", "webp", "png", "thumbnail"} <= set(names)
    assert len(set(names)) == len(names), "two variants of one name would overwrite each other"
    assert all(variant.fit == THUMBNAIL_SIZE for variant in VARIANTS if variant.name == "thumbnail")


def test_a_bad_record_does_not_stop_the_uploads_in_an_event(buckets: Callable[..., Buckets]) -> None:
    made = buckets(photo=PNG)
    mixed = {"Records": [{}, *event("photo")["Records"]]}
    with pytest.raises(EventError, match="expected an S3 record"):
        lambda_handler(mixed, None)
    assert len(made.variants) == len(VARIANTS)


def test_a_mixed_event_is_processed_as_far_as_possible(buckets: Callable[..., Buckets]) -> None:
    made = buckets(photo=PNG, busy=client_error("SlowDown"), letter=b"Dear Sir or Madam")
    removal = {"eventName": "ObjectRemoved:Delete", "s3": {"object": {"key": "photo"}}}
    written = {"s3": {"bucket": {"name": "processed"}, "object": event("photo_png")["Records"][0]["s3"]["object"]}}
    records = event("busy", "photo", "letter")["Records"]
    with pytest.raises(UploadsFailedError) as raised:
        lambda_handler({"Records": [{}, removal, written, *records]}, None)
    assert [type(error) for error in raised.value.exceptions] == [ClientError, EventError]
    assert len(made.variants) == len(VARIANTS)
    assert list(made.rejections.values()) == ["not-an-image"]


@pytest.mark.parametrize(
    ("name", "value"), [("PROCESSED_BUCKET", ""), ("PROCESSED_BUCKET", None), ("LOG_LEVEL", "LOUD"), ("LOG_LEVEL", "")]
)
def test_a_wrong_setting_is_named_before_anything_is_read(
    name: str, value: str | None, buckets: Callable[..., Buckets], monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)
    made = buckets()  # reading would raise KeyError
    with pytest.raises((ValueError, storage.SettingsError), match=f"the environment variable {name} is"):
        lambda_handler(event("photo"), None)
    assert not made.variants
