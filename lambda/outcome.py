"""The outcomes that the function returns. Lambda sends them to the on-success destination, if there is one.

Applications depend on their shape: docs/outcome.schema.json describes it, and SCHEMA is its version.
"""

from collections.abc import Mapping
from typing import Any

from events import Removal, Upload
from imaging.encode import Variant
from imaging.model import Size
from imaging.rejection import Rejected

SCHEMA = "1.0"  # new fields raise the second number, other changes the first

Outcome = dict[str, Any]


def answer(processed_bucket: str, outcomes: list[Outcome]) -> dict[str, Any]:
    """Return what the function returns for an event with these `outcomes`."""
    return {"schema": SCHEMA, "processed_bucket": processed_bucket, "outcomes": outcomes}


def of_variants(variants: list[dict[str, Any]], note: str = "") -> Outcome:
    """Return the outcome of an upload that became `variants`. `note` says what an animation was reduced to."""
    return {"outcome": "variants", "variants": variants} | ({"animation": note} if note else {})


def of_rejection(rejection: Rejected, record: str) -> Outcome:
    """Return the outcome of an upload that was rejected, with the key of its rejection record."""
    return {"outcome": "rejected", "code": rejection.code, "reason": rejection.reason, "record": record}


def of_deletion(deleted: list[str]) -> Outcome:
    """Return the outcome of an upload that is deleted, with the keys of what was made from it and is deleted, too."""
    return {"outcome": "deleted", "deleted": deleted}


def describe(variant: Variant, key: str, length: int, size: Size | None) -> dict[str, Any]:
    """Return what an application needs to know about a variant of `length` bytes. The `size` may be unknown."""
    pixels = {"width": size[0], "height": size[1]} if size else {}
    return {"name": variant.name, "key": key, "format": variant.format, **pixels, "bytes": length}


def identify(change: Upload | Removal, outcome: Outcome) -> Outcome:
    """Return `outcome` with the fields that say which upload or removal it belongs to."""
    source = {"bucket": change.bucket, "key": change.key, "version": change.version}
    source |= {"etag": change.etag, "id": change.id} if isinstance(change, Upload) else {}
    return source | outcome


def keys(outcome: Mapping[str, Any]) -> list[str]:
    """Return the keys of the objects that an outcome consists of."""
    record = [outcome["record"]] if "record" in outcome else []
    return [variant["key"] for variant in outcome.get("variants", ())] + record
