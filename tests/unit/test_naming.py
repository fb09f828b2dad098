"""Keys and metadata of the objects in the processed bucket."""

from dataclasses import dataclass
from email.header import decode_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

import naming
from events import Upload
from imaging.encode import Variant

UPLOAD = Upload("upload", "folder/photo.jpg", "0123456789abcdef", "v1", 3)
PNG = Variant("png", "PNG")

keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400).filter(
    lambda key: len(key.encode()) <= naming.MAX_KEY_BYTES
)


def test_a_key_contains_the_variant_and_the_id() -> None:
    assert naming.variant_key(UPLOAD, PNG) == f"folder/photo_png_{UPLOAD.id}.png"
    assert naming.rejection_key(UPLOAD) == f"folder/photo_rejected_{UPLOAD.id}.json"


def test_the_id_is_12_hex_digits_over_key_and_etag() -> None:
    assert UPLOAD.id == "78966f65f947"
    assert Upload("other", UPLOAD.key, UPLOAD.etag, "v2", 9).id == UPLOAD.id
    assert Upload("upload", "folder/photo.png", UPLOAD.etag, "v1", 3).id != UPLOAD.id
    assert Upload("upload", UPLOAD.key, "another", "v1", 3).id != UPLOAD.id


@given(keys)
def test_no_key_is_too_long_for_s3(key: str) -> None:
    upload = Upload("upload", key, "etag", None, 1)
    made = naming.variant_key(upload, Variant("thumbnail", "JPEG"))
    assert len(made.encode()) <= naming.MAX_KEY_BYTES
    assert made.endswith(f"_thumbnail_{upload.id}.jpg")


@given(keys)
def test_any_key_can_be_stored_in_a_header(key: str) -> None:
    header = naming.header_text(key)
    assert header.isascii()
    assert header.isprintable()
    assert header == header.strip()
    assert len(header) < 1500  # of the 2,048 bytes that S3 allows for all metadata
    assert naming.plain_text(header) == key


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("=?UTF-8?Q?caf=C3=A9.png?=", "café.png"),
        ("=?UTF-8?Q?caf=C3=A9?=\n =?UTF-8?Q?_one.png?=", "café one.png"),
        ("café.png", "café.png"),
        ("folder/=?utf-8?b?bm90?=.png", "folder/=?utf-8?b?bm90?=.png"),
    ],
)
def test_a_header_that_s3_encoded_or_decoded_is_read_too(header: str, text: str) -> None:
    assert naming.plain_text(header) == text


def test_a_plain_key_stays_readable_in_the_header() -> None:
    assert naming.header_text("folder/photo one.jpg") == "folder/photo one.jpg"
    assert decode_header(naming.header_text("é")) == [("é".encode(), "utf-8")]


def test_each_setting_changes_the_digest() -> None:
    variants = [PNG, Variant("other", "PNG"), Variant("png", "JPEG"), Variant("png", "PNG", 85)]
    variants += [Variant("png", "PNG", fit=(200, 200)), Variant("png", "PNG", fit=(320, 200))]
    assert len({naming.settings_digest(variant) for variant in variants}) == len(variants)
    assert naming.settings_digest(Variant("png", "PNG")) == naming.settings_digest(PNG)


def test_a_new_setting_with_a_default_changes_no_digest() -> None:
    @dataclass(frozen=True)
    class Newer(Variant):
        sharpened: bool = False

    assert naming.settings_digest(Newer("png", "PNG", 85)) == naming.settings_digest(Variant("png", "PNG", 85))
    assert naming.settings_digest(Newer("png", "PNG", sharpened=True)) != naming.settings_digest(PNG)
