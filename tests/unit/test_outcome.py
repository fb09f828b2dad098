"""The outcomes that applications receive: they match the schema, and the page that explains it."""

import json
import re
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any
from unittest.mock import Mock

import jsonschema
import pytest
from PIL import Image

import lambda_function
import storage
from events import Upload
from imaging.encode import OUTPUT_FORMATS, Variant
from imaging.rejection import Rejected
from lambda_function import VARIANTS, lambda_handler
from pipeline.lib.paths import ROOT
from tests.corpus import CASES
from tests.integration.images import encoded, quarters
from tests.integration.schema import check
from tests.unit.invocations import event

PAGE = ROOT / "docs" / "application.md"
PNG = encoded(quarters(300, 200), "PNG")
REDUCED = next(case for case in CASES if case.note)
GIF = encoded(quarters(300, 200), "GIF", save_all=True, append_images=[quarters(300, 200).rotate(180)], duration=100)
SOURCES: Mapping[str, bytes | Rejected] = {
    "photo.png": PNG,
    "animation.gif": GIF,
    "reduced": REDUCED.content,
    "letter.txt": b"Dear Sir or Madam",
    "gone.png": Rejected(storage.GONE, "gone before it was processed"),
}
Handle = Callable[[str], dict[str, Any]]


@pytest.fixture
def written() -> dict[str, bytes]:
    """The objects in the processed bucket, by key."""
    return {}


@pytest.fixture
def handle(written: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Handle:
    """Invoke the function for an upload, and return its answer as Lambda sends it."""

    def read(upload: Upload) -> bytes:
        source = SOURCES[upload.key]
        if isinstance(source, Rejected):
            raise source
        return source

    monkeypatch.setenv("PROCESSED_BUCKET", "processed")
    monkeypatch.setattr(storage, "read", read)
    monkeypatch.setattr(storage, "_write", lambda key, content, *_, **__: written.update({key: content}))
    monkeypatch.setattr(storage, "_size", lambda key: len(written[key]) if key in written else None)
    return lambda key: json.loads(json.dumps(lambda_handler(event(key), None)))


def test_the_schema_has_every_output_format() -> None:
    names = json.dumps(list(OUTPUT_FORMATS))
    assert f'"format": {{ "enum": {names} }}' in (ROOT / "docs/outcome.schema.json").read_text()


@pytest.mark.parametrize("key", SOURCES)
def test_each_outcome_matches_the_schema(key: str, handle: Handle) -> None:
    answer = handle(key)
    check(answer)
    (outcome,) = answer["outcomes"]
    assert outcome["outcome"] == ("rejected" if key in ("letter.txt", "gone.png") else "variants")
    assert (outcome["bucket"], outcome["key"], outcome["version"]) == ("upload", key, "v1")
    assert answer["processed_bucket"] == "processed"


@pytest.mark.parametrize("key", ["photo.png", "animation.gif"])
def test_variants_have_the_size_and_the_bytes_that_the_outcome_says(
    key: str, handle: Handle, written: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    extended = [*Variant.widths("web", "WEBP", widths=(100, 900)), Variant("square", "PNG", crop=(77, 50))]
    monkeypatch.setattr(lambda_function, "VARIANTS", (*VARIANTS, *extended))
    answer = handle(key)
    check(answer)
    described = answer["outcomes"][0]["variants"]
    assert [each["name"] for each in described] == [*(each.name for each in VARIANTS), "web-100", "web-900", "square"]
    for each in described:
        with Image.open(BytesIO(written[each["key"]])) as picture:
            assert (each["format"], each["width"], each["height"]) == (picture.format, *picture.size)
        assert each["bytes"] == len(written[each["key"]])


def test_a_reduced_animation_says_so(handle: Handle) -> None:
    assert handle("reduced")["outcomes"][0]["animation"] == REDUCED.note


@pytest.mark.usefixtures("handle")
def test_an_event_without_a_version_matches_the_schema() -> None:
    unversioned = event("photo.png")
    del unversioned["Records"][0]["s3"]["object"]["versionId"]
    answer = lambda_handler(unversioned, None)
    check(answer)
    assert answer["outcomes"][0]["version"] is None


def test_a_deleted_upload_whose_variants_exist_matches_the_schema(
    handle: Handle, written: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    handle("photo.png")
    monkeypatch.setattr(storage, "read", Mock(side_effect=SOURCES["gone.png"]))
    again = handle("photo.png")
    check(again)
    described = {each["key"]: each["bytes"] for each in again["outcomes"][0]["variants"]}
    assert described == {key: len(content) for key, content in written.items()}


@pytest.mark.parametrize("ignored", [event("folder/", size=0), {"Event": "s3:TestEvent"}], ids=["empty", "test event"])
@pytest.mark.usefixtures("handle")
def test_an_event_without_an_upload_has_no_outcomes(ignored: dict[str, Any]) -> None:
    answer = lambda_handler(ignored, None)
    check(answer)
    assert answer["outcomes"] == []


@pytest.mark.parametrize("missing", ["schema", "processed_bucket", "outcomes", "id", "variants", "bytes", "width"])
def test_an_answer_without_a_field_does_not_match_the_schema(missing: str, handle: Handle) -> None:
    answer = handle("photo.png")
    for place in (answer, answer["outcomes"][0], answer["outcomes"][0]["variants"][0]):
        place.pop(missing, None)
    with pytest.raises(jsonschema.ValidationError):
        check(answer)


def examples() -> list[dict[str, Any]]:
    """Return the JSON on the page."""
    return [json.loads(text) for text in re.findall(r"^```json\n(.+?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)]


@pytest.mark.parametrize("example", examples(), ids=["variants", "rejected"])
@pytest.mark.usefixtures("handle")
def test_the_page_shows_what_the_function_returns(example: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    (documented,) = example["responsePayload"]["outcomes"]
    table = [
        Variant(each["name"], each["format"], fit=(each["width"], each["height"]))
        for each in documented.get("variants", [])
    ]
    monkeypatch.setattr(lambda_function, "VARIANTS", table)  # whatever the table has now
    monkeypatch.setenv("PROCESSED_BUCKET", example["responsePayload"]["processed_bucket"])
    monkeypatch.setattr(storage, "read", lambda upload: PNG if upload.key.endswith(".png") else b"Dear Sir or Madam")
    answer = lambda_handler(example["requestPayload"], None)
    check(example["responsePayload"])
    assert without_bytes(answer) == without_bytes(example["responsePayload"])


def without_bytes(answer: dict[str, Any]) -> dict[str, Any]:
    """Return `answer` without the bytes of the variants, which depend on the versions of the encoders."""
    text = re.sub(r'"bytes": \d+', '"bytes": 0', json.dumps(answer))
    same: dict[str, Any] = json.loads(text)
    return same
