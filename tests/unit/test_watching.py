"""`pipeline watch` notices files that are put into a directory."""

import threading
import time
from pathlib import Path
from queue import Queue

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from pipeline.commands.watch import Heartbeat, is_there, written_files
from pipeline.deployed.deployment import Deployment
from pipeline.lib.errors import NotRunningError


@pytest.fixture
def found(tmp_path: Path) -> Queue[Path]:
    """Return the reported files in `tmp_path`, which already contains a file."""
    (tmp_path / "before.jpg").write_bytes(b"abc")
    reported: Queue[Path] = Queue()
    threading.Thread(target=report, args=(tmp_path, reported), daemon=True).start()
    time.sleep(0.5)
    return reported


def report(directory: Path, reported: Queue[Path]) -> None:
    for path in written_files(directory):
        reported.put(path)


def test_a_file_is_reported_when_it_is_complete(found: Queue[Path], tmp_path: Path) -> None:
    path = tmp_path / "slow.jpg"
    with path.open("wb") as file:
        for _ in range(10):
            file.write(b"x" * 100)
            file.flush()
            time.sleep(0.2)
    assert found.get(timeout=10) == path
    assert path.stat().st_size == 1000
    assert found.empty()


def test_a_renamed_file_is_reported(found: Queue[Path], tmp_path: Path) -> None:
    (tmp_path / ".part").write_bytes(b"abc")
    (tmp_path / ".part").rename(tmp_path / "whole.jpg")
    assert found.get(timeout=10) == tmp_path / "whole.jpg"


def test_files_in_a_moved_folder_are_reported(
    found: Queue[Path], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    album = tmp_path_factory.mktemp("elsewhere") / "album"
    (album / "2026").mkdir(parents=True)
    (album / "2026" / "a.jpg").write_bytes(b"abc")
    (album / ".hidden").write_bytes(b"abc")
    album.rename(tmp_path / "album")
    assert found.get(timeout=10) == tmp_path / "album" / "2026" / "a.jpg"


def test_empty_hidden_and_deleted_files_are_not_reported(found: Queue[Path], tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / ".hidden.jpg").write_bytes(b"abc")
    (tmp_path / "brief.jpg").write_bytes(b"abc")
    (tmp_path / "brief.jpg").unlink()
    (tmp_path / "last.jpg").write_bytes(b"abc")
    assert found.get(timeout=10) == tmp_path / "last.jpg"
    assert found.empty()


class Bucket:
    """An S3 API with one answer to HeadBucket."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def head_bucket(self, Bucket: str) -> None:  # noqa: ARG002, N803
        if self.error:
            raise self.error


MISSING = ClientError({"Error": {"Code": "404"}}, "HeadBucket")
DENIED = ClientError({"Error": {"Code": "403"}}, "HeadBucket")
SILENT = EndpointConnectionError(endpoint_url="http://127.0.0.1:4566")


@pytest.mark.parametrize(
    ("error", "local", "on_aws"),
    [(None, True, True), (MISSING, False, False), (DENIED, True, True), (SILENT, False, True)],
)
def test_a_stack_is_there_as_long_as_its_bucket_is(error: Exception | None, local: bool, on_aws: bool) -> None:
    for endpoint, expected in (("http://127.0.0.1:4566", local), (None, on_aws)):
        deployment = Deployment("upload", "processed", "processor", "http://queue", "us-east-1", endpoint)
        deployment.__dict__["s3"] = Bucket(error)
        assert is_there(deployment) is expected


def test_a_running_watch_says_that_the_stack_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.commands.watch.HEARTBEAT_SECONDS", 0.1)
    deployment = Deployment("upload", "processed", "processor", "http://queue", "us-east-1", "http://127.0.0.1:4566")
    deployment.__dict__["s3"] = Bucket(SILENT)
    with pytest.raises(NotRunningError, match="the embedded stack is gone") as raised:
        next(written_files(tmp_path, Heartbeat(deployment, "embedded").check))
    assert "make up STACK=embedded" in raised.value.remedy
