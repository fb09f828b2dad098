"""The schema of the outcomes that the function returns, and Lambda sends."""

import json
from typing import Any

import jsonschema

from pipeline.lib.paths import ROOT

SCHEMA = json.loads((ROOT / "docs" / "outcome.schema.json").read_text())


def check(answer: Any) -> None:
    """Raise jsonschema.ValidationError if `answer` doesn't match the schema, or has a field that isn't in it."""
    validator = jsonschema.Draft202012Validator
    validator.check_schema(SCHEMA)
    validator(_closed(SCHEMA)).validate(answer)


def _closed(schema: Any) -> Any:
    """Return `schema` without room for further fields."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(value) for name, value in schema.items()}
    return closed | ({"additionalProperties": False} if schema.get("type") == "object" else {})
