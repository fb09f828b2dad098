"""What `pipeline upload` sends: which files, under which keys, and which of them are already there."""

import hashlib
import tracemalloc
import zlib
from base64 import b64encode
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from pipeline.commands.upload import Files, Uploaded, folder_of, upload_files
from pipeline.deployed import uploads
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import Upload
from pipeline.deployed.outcomes import Outcome
from pipeline.deployed.uploads import earlier_outcome
from pipeline.lib.errors import PipelineError

CONTENT = b"a photo"
MD5 = f'"{hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()}"'
OTHER = f'"{"0" * 32}"'
CRC = b64encode(zlib.crc32(CONTENT).to_bytes(4, "big")).decode()
WHOLE, PARTS = {"ChecksumType": "FULL_OBJECT"}, {"ChecksumType": "COMPOSITE"}


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def deployment() -> Deployment:
    made = Deployment("uploads", "processed", "image-processor", "queue", "eu-central-1")
    client = boto3.client("s3", region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")
    vars(made).update(s3=client)  # instead of the cached property
    return made


@pytest.mark.parametrize(
    ("head", "is_there"),
    [
        ({"ETag": MD5}, True),
        ({"ETag": OTHER}, False),
        ({"ETag": MD5, "ContentLength": 8}, False),
        ({"ETag": '"abc-2"', "ChecksumCRC32": CRC} | PARTS, False),
        ({"ETag": '"abc-2"', "ChecksumCRC32": CRC} | WHOLE, True),
        ({"ETag": OTHER, "ChecksumCRC32": CRC} | WHOLE, True),  # encrypted with a KMS key
        ({"ETag": OTHER, "ChecksumCRC32": "AAAAAA=="} | WHOLE, False),
    ],
)
def test_an_object_with_the_same_bytes_is_the_file(
    head: dict[str, Any], is_there: bool, photo: Path, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "stored_outcome", lambda _, upload: Outcome(upload, "complete", {}))
    with Stubber(deployment.s3) as s3:
        wanted = {"Bucket": "uploads", "Key": "a/photo.jpg", "ChecksumMode": "ENABLED"}
        s3.add_response("head_object", {"ContentLength": len(CONTENT), "VersionId": "v1"} | head, wanted)
        found = earlier_outcome(deployment, photo, "a/photo.jpg")
    expected = Upload("uploads", "a/photo.jpg", head["ETag"].strip('"'), "v1", len(CONTENT))
    assert (found.upload if found else None) == (expected if is_there else None)


@pytest.mark.parametrize("code", ["404", "403"])
def test_a_file_without_an_object_is_new(code: str, photo: Path, deployment: Deployment) -> None:
    with Stubber(deployment.s3) as s3:
        s3.add_client_error("head_object", code)
        assert earlier_outcome(deployment, photo, "photo.jpg") is None


@pytest.mark.parametrize("state", ["partial", "pending"])
def test_an_upload_without_an_outcome_is_sent_again(
    state: Any, photo: Path, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "stored_outcome", lambda _, upload: Outcome(upload, state, {}))
    with Stubber(deployment.s3) as s3:
        s3.add_response("head_object", {"ContentLength": len(CONTENT), "ETag": MD5})
        assert earlier_outcome(deployment, photo, "photo.jpg") is None


def test_keys_are_names_and_paths_below_directories(tmp_path: Path) -> None:
    for name in ("b.jpg", "album/2026/z.jpg", "album/2026.jpg", "album/.hidden", "album/a.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(CONTENT)
    (tmp_path / "album" / "link").symlink_to(tmp_path)
    files = Files((tmp_path / "b.jpg", tmp_path / "album"), "new/")
    assert [key for key, _ in files] == ["new/b.jpg", "new/2026/z.jpg", "new/2026.jpg", "new/a.jpg"]
    assert list(files) == list(files)


@pytest.mark.parametrize(
    "names", [("one", "two"), ("one/a.jpg", "two"), ("one", "two/a.jpg"), ("one/a.jpg", "two/a.jpg")]
)
def test_files_with_the_same_key_are_an_error(names: tuple[str, ...], tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.jpg").write_bytes(CONTENT)
    with pytest.raises(PipelineError, match=r"have the same key, new/a\.jpg"):
        list(Files(tuple(tmp_path / name for name in names), "new/"))


@pytest.mark.parametrize(("prefix", "folder"), [("2026/a", "2026/"), ("2026/05/", "2026/05/"), ("a.jpg", ""), ("", "")])
def test_the_folder_of_a_prefix_ends_with_its_last_slash(prefix: str, folder: str) -> None:
    assert folder_of(prefix) == folder


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, deployment: Deployment) -> None:
    with pytest.raises(PipelineError, match=r"gone\.jpg can't be read: No such file") as raised:
        list(upload_files(deployment, [("gone.jpg", tmp_path / "gone.jpg")], 1))
    assert "goes on where it stopped" in raised.value.remedy


def test_memory_does_not_grow_with_the_number_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3000):
        path = tmp_path / f"{number // 100}" / f"{number}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.touch()
    monkeypatch.setattr("pipeline.commands.upload.upload_file", _pretend)
    made = Deployment("uploads", "processed", "image-processor", "queue", "eu-central-1")
    tracemalloc.start()
    try:
        assert sum(1 for _ in upload_files(made, Files((tmp_path,)), 1)) == 3000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 400_000, "the paths alone would take more"


def _pretend(_: Deployment, key: str, path: Path, __: float) -> Uploaded:
    return Uploaded(path, Outcome(Upload("uploads", key, "", "v1", 1), "complete", {}), 0)
