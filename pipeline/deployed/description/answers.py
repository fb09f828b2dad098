"""What AWS's API answers, in one form for all services and emulators."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from botocore.exceptions import ClientError

Json = Any  # what json.loads returns


def optional(read: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the answer of `read`, or an empty one if AWS answers that the setting doesn't exist."""
    try:
        return read()
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
            return {}
        raise


def canonical(value: Any) -> Json:
    """Return `value` without empty members, and with each list sorted, since its order means nothing to AWS."""
    if isinstance(value, Mapping):
        members = {name: canonical(member) for name, member in value.items()}
        return {name: member for name, member in sorted(members.items()) if member not in (None, "", [], {})}
    if isinstance(value, list | tuple):
        return sorted((canonical(member) for member in value), key=lambda member: json.dumps(member, sort_keys=True))
    return value


def by_name(items: list[Any], name: str, *dropped: str) -> dict[str, Json]:
    """Return `items` by their member `name`, each without it and without the members `dropped`."""
    return {
        item[name]: canonical({key: value for key, value in item.items() if key not in (name, *dropped)})
        for item in items
    }


def statements(policy: str | Mapping[str, Any] | None) -> dict[str, Json]:
    """Return the statements of an IAM policy, which may be JSON, by their Sid. One without a Sid gets its position.

    A text and a list with only that text mean the same, so both become a list.
    """
    document = json.loads(policy) if isinstance(policy, str) else policy or {}
    return {
        statement.get("Sid") or str(position): canonical(
            {name: _as_lists(value) for name, value in statement.items() if name not in ("Sid", "Effect")}
            | {"Effect": statement["Effect"]}
        )
        for position, statement in enumerate(document.get("Statement", []), 1)
    }


def _as_lists(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _as_lists(member) for name, member in value.items()}
    return value if isinstance(value, list) else [value]
