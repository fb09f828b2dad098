"""Two versioned buckets in memory, in place of S3."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any

from botocore.exceptions import ClientError

START = datetime(2026, 11, 23, 23, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Stored:
    """A version of an object, or a delete marker, which has no content."""

    bucket: str
    key: str
    version: str
    content: bytes | None
    time: datetime
    metadata: Mapping[str, str] = field(default_factory=dict)


class Versions:
    """What the function's client does with versions. Each change takes a second on the clock of S3."""

    def __init__(self) -> None:
        self.stored: list[Stored] = []
        self.now = START

    def put(self, bucket: str, key: str, content: bytes | None, **metadata: str) -> str:
        """Add a version, or a delete marker if there is no `content`, and return its id."""
        self.now += timedelta(seconds=1)
        names = {name.replace("_", "-"): value for name, value in metadata.items()}
        self.stored.append(Stored(bucket, key, f"v{len(self.stored) + 1}", content, self.now, names))
        return self.stored[-1].version

    def remove(self, version: str) -> None:
        """Delete a version for good."""
        self.stored = [each for each in self.stored if each.version != version]

    def keys(self, bucket: str) -> set[str]:
        """Return the keys in `bucket` that have a version or a marker."""
        return {each.key for each in self.stored if each.bucket == bucket}

    def put_object(self, **request: Any) -> None:
        self.put(request["Bucket"], request["Key"], request["Body"])
        self.stored[-1] = Stored(**{**self.stored[-1].__dict__, "metadata": request["Metadata"]})

    def head_object(self, **request: Any) -> dict[str, Any]:
        for each in self.stored:
            if (each.bucket, each.version) == (request["Bucket"], request["VersionId"]):
                return {"Metadata": each.metadata}
        raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "HeadObject")

    def delete_object(self, **request: Any) -> None:
        self.remove(request["VersionId"])

    def list_objects_v2(self, **request: Any) -> dict[str, Any]:
        listed = [page["Versions"] for page in self.paginate(**request) if "Versions" in page]
        return {"Contents": [each for (each,) in listed if each["IsLatest"]][:1]}

    def get_paginator(self, operation: str) -> "Versions":
        assert operation == "list_object_versions"
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        """Yield a page for each version, as S3 does if MaxKeys is 1: by key, newest first."""
        found = [each for each in self.stored if each.bucket == request["Bucket"]]
        latest = {each.key: each.version for each in found}
        found.reverse()
        for each in sorted(found, key=lambda each: each.key):
            if each.key.startswith(request["Prefix"]):
                described = {"Key": each.key, "VersionId": each.version, "LastModified": each.time}
                described["IsLatest"] = latest[each.key] == each.version
                if each.content is None:
                    yield {"DeleteMarkers": [described]}
                else:
                    etag = f'"{md5(each.content, usedforsecurity=False).hexdigest()}"'
                    yield {"Versions": [described | {"ETag": etag, "Size": len(each.content)}]}
