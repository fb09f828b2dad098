"""Name the objects in the processed bucket after their upload, and describe them in their metadata."""

import hashlib
import json
import posixpath
import re
from base64 import b64encode
from dataclasses import fields
from email.header import decode_header, make_header

from events import Upload
from imaging.encode import OUTPUT_FORMATS, REJECTED, Variant

MAX_KEY_BYTES = 1024  # of UTF-8, in S3
MAX_SHARED = 900  # bytes of an upload's key that are never cut from the keys of its objects
ENCODED_WORD = r"=\?[^?\s]+\?[bqBQ]\?[^?\s]*\?="  # of RFC 2047


def variant_key(upload: Upload, variant: Variant) -> str:
    """Return the key of `variant` of `upload` in the processed bucket."""
    return made_key(upload.key, f"_{variant.name}_{upload.id}{OUTPUT_FORMATS[variant.format].extension}")


def rejection_key(upload: Upload) -> str:
    """Return the key of the rejection record of `upload` in the processed bucket."""
    return made_key(upload.key, f"_{REJECTED}_{upload.id}.json")


def made_key(key: str, ending: str) -> str:
    """Return the key of an object that is made from the upload `key`: its stem, cut if it is too long, and `ending`."""
    stem = posixpath.splitext(key)[0].encode()[: MAX_KEY_BYTES - len(ending)]
    return stem.decode(errors="ignore") + ending


def shared_prefix(key: str) -> str:
    """Return how the keys of all objects begin that are made from uploads with the stem of `key`, or a longer one."""
    return uncut(posixpath.splitext(key)[0])


def uncut(key: str) -> str:
    """Return the part of an upload's `key` that is never cut from the keys of its objects."""
    return key.encode()[:MAX_SHARED].decode(errors="ignore")


def metadata(upload: Upload, name: str) -> dict[str, str]:
    """Return the metadata of the object `name` that is made from `upload`."""
    source = {"key": header_text(upload.key), "etag": upload.etag, "version": upload.version or ""}
    return {f"source-{field}": value for field, value in source.items()} | {"variant": name}


def settings_digest(variant: Variant) -> str:
    """Return 8 hex digits that change if the settings of `variant` do.

    Settings that have their default don't count, so a new one with a default changes no digest.
    """
    values = [(field.name, getattr(variant, field.name), field.default) for field in fields(variant)]
    chosen = {name: value for name, value, default in values if value != default}
    return hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:8]


def header_text(text: str) -> str:
    """Return `text` for a metadata header: plain ASCII unchanged, other text as an encoded word.

    Source: RFC 2047, which S3 uses too when it returns metadata that isn't ASCII.
    """
    if re.fullmatch(r"[!-~]+( [!-~]+)*", text) and "=?" not in text:
        return text
    return f"=?utf-8?b?{b64encode(text.encode()).decode()}?="


def plain_text(header: str) -> str:
    """Return the text that `header_text` encoded, even if S3 has decoded it or encoded it in another form."""
    if re.fullmatch(rf"{ENCODED_WORD}(\s+{ENCODED_WORD})*", header):
        return str(make_header(decode_header(header)))
    return header
