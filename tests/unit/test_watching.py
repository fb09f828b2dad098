"""`pipeline watch` notices files that are put into a directory."""

import threading
import time
from pathlib import Path
from queue import Queue

import pytest

from pipeline.commands.watch import written_files


@pytest.fixture
def found(tmp_path: Path) -> Queue[Path]:
    """The files that are reported in `tmp_path`, which contains a file already."""
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
