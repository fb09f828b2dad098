"""`pipeline demo`, from files to the contact sheet."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from PIL import Image, ImageChops, ImageStat
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.commands.common.samples import PHONE, phone_picture, write_samples
from pipeline.commands.upload import files_below
from pipeline.deployed.function import decode
from pipeline.lib.errors import PipelineError
from pipeline.lib.paths import ROOT
from pipeline.lib.text import visible
from tests.contact_sheets import rows_in

NASTY = "<img src=x onerror=alert(1)>.jpg"
HOSTILE = "\x1b[31m\nb\u202e\x9b.jpg"


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pipeline", *arguments]


def test_the_demo_makes_a_table_and_a_contact_sheet(tmp_path: Path) -> None:
    (tmp_path / "in" / "folder").mkdir(parents=True)
    Image.new("RGB", (400, 300), "teal").save(tmp_path / "in" / "folder" / "teal.png")
    Image.new("RGB", (40, 30), "red").save(tmp_path / "in" / NASTY)
    Image.new("RGB", (40, 30), "blue").save(tmp_path / "in" / HOSTILE)
    for name in ("letter.txt", f"letter {HOSTILE}"):
        (tmp_path / "in" / name).write_text(f"Dear Sir or Madam, {name!r}\n")
    finished = CliRunner().invoke(app, ["demo", str(tmp_path / "in"), "--out", str(tmp_path / "sheet.html")])
    assert finished.exit_code == 0, finished.output
    assert "folder/teal.png" in finished.stdout
    assert "letter.txt: rejected: not an image" in finished.stdout
    assert f"letter {visible(HOSTILE)}: rejected: not an image" in finished.stdout
    assert finished.stdout.count(visible(HOSTILE)) == 2
    assert all(line.isprintable() for line in finished.output.splitlines())
    html = (tmp_path / "sheet.html").read_text()
    assert NASTY not in html
    assert {row["name"]: row["state"] for row in rows_in(html)} == {
        "folder/teal.png": "complete",
        NASTY: "complete",
        visible(HOSTILE): "complete",
        "letter.txt": "rejected",
        visible(f"letter {HOSTILE}"): "rejected",
    }


def test_the_demo_prints_json_for_each_upload_and_the_sheet(tmp_path: Path) -> None:
    for name in (HOSTILE, "b"):
        (tmp_path / name).write_text(f"not an image: {name}\n")
    arguments = ["demo", str(tmp_path), "--out", str(tmp_path / "out"), "--limit", "1", "--json"]
    finished = CliRunner().invoke(app, arguments)
    assert all(line.isprintable() for line in finished.stdout.splitlines())
    upload, sheet = (json.loads(line) for line in finished.stdout.splitlines())
    assert (upload["key"], upload["state"]) == (HOSTILE, "rejected")
    assert sheet["page"] == str(tmp_path / "out" / "index.html")
    assert (sheet["uploads"], sheet["rejected"], sheet["bytes_in"]) == (1, 1, 0)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_no_process_and_no_file(signum: int, tmp_path: Path) -> None:
    demo = subprocess.Popen(
        command("demo"),
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not (started := psutil.Process(demo.pid).children(recursive=True)):
        time.sleep(0.05)
    demo.send_signal(signum)
    assert demo.wait(60) != 0
    assert not [process for process in started if process.is_running()]
    assert list(tmp_path.iterdir()) == []


def test_a_missing_directory_is_an_error() -> None:
    finished = subprocess.run(command("demo", "/nowhere"), capture_output=True, text=True, timeout=60, check=False)
    assert finished.returncode == 1
    assert finished.stderr.splitlines() == [
        "error: /nowhere is not a directory",
        "  name a directory that contains images",
    ]


def test_hidden_files_are_ignored(tmp_path: Path) -> None:
    for name in ("a.jpg", "folder/b.jpg", ".hidden", ".git/c.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [key for key, _ in files_below(tmp_path)] == ["a.jpg", "folder/b.jpg"]


def test_an_empty_directory_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="contains no files"):
        list(files_below(tmp_path))


def test_sample_images_match_their_names(tmp_path: Path) -> None:
    samples = {path.name: path for path in write_samples(tmp_path).rglob("*") if path.is_file()}
    with Image.open(samples["on its side.jpg"]) as picture:
        assert picture.getexif()[0x0112] == 6
    with Image.open(samples["animation.gif"]) as picture:
        assert picture.n_frames == 24  # type: ignore[attr-defined]
    with Image.open(samples["evening.avif"]) as picture:
        assert (picture.format, picture.size) == ("AVIF", (1200, 800))
    with Image.open(samples["truncated.jpg"]) as picture, pytest.raises(OSError, match="truncated"):
        picture.load()


def test_the_heic_sample_is_upright_and_shows_what_the_project_draws() -> None:
    still = decode(PHONE.read_bytes()).still

    drawn = phone_picture()
    assert still.size == drawn.size
    assert max(ImageStat.Stat(ImageChops.difference(still, drawn)).mean) < 4  # the ripples are random


def test_a_sheet_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.new("RGB", (40, 30), "blue").save(tmp_path / "in" / HOSTILE)
    for name in ("letter.txt", f"letter {HOSTILE}"):
        (tmp_path / "in" / name).write_text(f"Dear Sir or Madam, {name!r}\n")
    target = tmp_path / "in" / "letter.txt" / "sheet.html"
    finished = CliRunner().invoke(app, ["demo", str(tmp_path / "in"), "--out", str(target)])
    assert isinstance(finished.exception, PipelineError)
    assert finished.exception.problem.startswith(f"{target} cannot be written")
