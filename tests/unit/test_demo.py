"""The demo: from files to the contact sheet, and what it says on the way."""

import os
import re
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import psutil
import pytest
from PIL import Image
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.contact_sheet import Entry, Picture, write
from pipeline.errors import PipelineError
from pipeline.function import COMPRESSION_LEVELS
from pipeline.paths import ROOT
from pipeline.processing import files_below
from pipeline.samples import write_samples

NASTY = "<img src=x onerror=alert(1)>.jpg"


class Page(HTMLParser):
    """What a browser would load and show."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.sources.append(dict(attrs)["src"] or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pipeline", *arguments]


def test_the_demo_makes_a_table_and_a_contact_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.commands.demo.OUTPUT", tmp_path / "out")
    (tmp_path / "in" / "folder").mkdir(parents=True)
    Image.new("RGB", (400, 300), "teal").save(tmp_path / "in" / "folder" / "teal.png")
    Image.new("RGB", (40, 30), "red").save(tmp_path / "in" / NASTY)
    (tmp_path / "in" / "letter.txt").write_text("Dear Sir or Madam,\n")
    finished = CliRunner().invoke(app, ["demo", str(tmp_path / "in")])
    assert finished.exit_code == 0, finished.output
    assert "folder/teal.png" in finished.stdout
    assert "letter.txt: rejected: not an image" in finished.stdout
    page = Page((tmp_path / "out" / "index.html").read_text())
    assert NASTY in page.text
    assert "not an image" in page.text
    assert len(page.sources) == 2 * (1 + len(COMPRESSION_LEVELS))
    assert all((tmp_path / "out" / unquote(source)).is_file() for source in page.sources)


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


def test_a_missing_directory_is_named() -> None:
    finished = subprocess.run(command("demo", "/nowhere"), capture_output=True, text=True, timeout=60, check=False)
    assert finished.returncode == 1
    assert finished.stderr.splitlines() == ["error: /nowhere is not a directory", "  name one that holds images"]


def test_hidden_files_are_left_out(tmp_path: Path) -> None:
    for name in ("a.jpg", "folder/b.jpg", ".hidden", ".git/c.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert list(files_below(tmp_path)) == ["a.jpg", "folder/b.jpg"]


def test_an_empty_directory_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="holds no files"):
        files_below(tmp_path)


def test_names_are_data_on_the_contact_sheet(tmp_path: Path) -> None:
    picture = Picture("compressed", "processed/%3Cimg%3E.jpg", 10, 4, 3)
    source = Picture("source", "upload/%3Cimg%3E.jpg", 20)
    entries = [
        Entry(NASTY, "complete", "", 1.0, source, (picture,)),
        Entry("b.jpg", "failed", "<b>no</b> 'room' & \"time\"", 1.0, source, ()),
    ]
    html = write(tmp_path, entries).read_text()
    assert "<img src=x" not in html
    page = Page(html)
    assert NASTY in page.text
    assert "<b>no</b> 'room' & \"time\"" in page.text
    assert page.sources == [source.href, picture.href]
    assert "(50%)" in page.text
    assert not re.search(r"(src|href)=\"?(https?:)?//", html)


def test_the_samples_are_what_their_names_say(tmp_path: Path) -> None:
    samples = {path.name: path for path in write_samples(tmp_path).rglob("*") if path.is_file()}
    with Image.open(samples["on its side.jpg"]) as picture:
        assert picture.getexif()[0x0112] == 6
    with Image.open(samples["animation.gif"]) as picture:
        assert picture.n_frames == 12  # type: ignore[attr-defined]
    with Image.open(samples["cut short.jpg"]) as picture, pytest.raises(OSError, match="truncated"):
        picture.load()
