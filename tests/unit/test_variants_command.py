"""`pipeline variants` on files of the corpus."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from PIL import Image
from typer.testing import CliRunner, Result

from pipeline.commands import variants as command
from pipeline.deployed.function import VARIANTS
from pipeline.lib.errors import PipelineError
from pipeline.lib.text import visible
from tests.corpus import CASES, REJECTIONS

HOSTILE = "\x1b[31m\nb\u202e\x9b.jpg"
NAMES = [variant.name for variant in VARIANTS]

app = typer.Typer()
app.command()(command.variants)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with an image, a truncated image, a hidden file, and a folder with an image."""
    contents = {case.name: case.content for case in CASES} | {case.name: case.content for case in REJECTIONS}
    folder = tmp_path / "files"
    (folder / "below").mkdir(parents=True)
    (folder / "a photo.jpg").write_bytes(contents["jpeg"])
    (folder / "half.png").write_bytes(contents["png-half"])
    (folder / ".hidden.png").write_bytes(contents["png-rgb"])
    (folder / "below" / "moving.gif").write_bytes(contents["gif-animated"])
    return folder


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def lines(result: Result) -> dict[str, dict[str, Any]]:
    parsed = [json.loads(line) for line in result.stdout.splitlines()]
    return {Path(line["file"]).name: line for line in parsed}


def test_each_file_in_a_folder_has_a_line(files: Path) -> None:
    result = run(files, "--json")

    assert result.exit_code == 0
    found = lines(result)
    assert found.keys() == {"a photo.jpg", "half.png", "moving.gif"}
    photo, half = found["a photo.jpg"], found["half.png"]
    assert (photo["outcome"], photo["code"], photo["reason"]) == ("variants", None, None)
    assert [variant["name"] for variant in photo["variants"]] == NAMES
    assert {(variant["width"], variant["height"], variant["path"]) for variant in photo["variants"]} == {(48, 32, None)}
    assert all(variant["bytes"] > 0 and variant["milliseconds"] >= 0 for variant in photo["variants"])
    assert (half["outcome"], half["code"], half["variants"]) == ("rejected", "truncated", [])
    assert half["reason"].startswith("truncated: at least")


def test_hostile_names_are_escaped(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)  # for a short path, which the table doesn't shorten
    (files / "a photo.jpg").rename(files / HOSTILE)
    (files / "half.png").rename(files / f"half {HOSTILE}")
    text = run(".")
    assert all(line.isprintable() for line in text.output.splitlines())
    assert text.stdout.count(visible(HOSTILE)) == 2
    assert f"half {visible(HOSTILE)}: rejected" in text.stdout
    as_json = run(".", "--json")
    assert all(line.isprintable() for line in as_json.stdout.splitlines())
    assert lines(as_json).keys() == {HOSTILE, f"half {HOSTILE}", "moving.gif"}


def test_variants_are_written_under_their_keys(files: Path, tmp_path: Path) -> None:
    found = lines(run(files, "--json", "--out", tmp_path / "out"))

    for variant in found["moving.gif"]["variants"]:
        path = Path(variant["path"])
        assert path.parent == tmp_path / "out" / "below"
        assert path.name.startswith(f"moving_{variant['name']}_")
        assert path.stat().st_size == variant["bytes"]
        with Image.open(path) as picture:
            assert (picture.format, picture.size) == (variant["format"], (variant["width"], variant["height"]))


def test_without_json_there_is_a_table(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    result = run(Path())

    assert result.exit_code == 0
    assert "a photo.jpg" in result.stdout
    assert "rejected: truncated" in result.stdout


def test_an_unreadable_file_has_a_line(files: Path) -> None:
    result = run(files / "a photo.jpg", files / "none.png", "--json")

    assert result.exit_code == 1
    assert lines(result)["a photo.jpg"]["outcome"] == "variants"
    missing = lines(result)["none.png"]
    assert (missing["outcome"], missing["reason"]) == ("unreadable", "No such file or directory")


def test_a_crash_has_a_line(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "MAX_SECONDS", 0.0)
    result = run(files / "half.png", "--json")

    assert result.exit_code == 1
    assert lines(result)["half.png"]["outcome"] == "crashed"
    assert lines(result)["half.png"]["reason"] == "no result in time"


def test_each_variant_can_have_another_quality(files: Path) -> None:
    def size(*options: str) -> int:
        made = lines(run(files / "a photo.jpg", "--json", *options))["a photo.jpg"]["variants"]
        return int(made[NAMES.index("compressed")]["bytes"])

    assert size("--quality", "compressed=20", "--quality", "webp=50") < size()


@pytest.mark.parametrize("text", ["compresed=80", "png=80", "compressed", "compressed=0", "compressed=101", "low=x"])
def test_an_invalid_quality_is_an_error(text: str) -> None:
    with pytest.raises(PipelineError, match=f"--quality {text}") as raised:
        command.with_qualities(VARIANTS, [text])
    assert "compressed" in raised.value.remedy or "low=80" in raised.value.remedy


def test_file_names_that_are_not_utf_8_are_escaped(tmp_path: Path) -> None:
    path = Path(f"{tmp_path}/\udcff.png")
    path.write_bytes(next(case.content for case in CASES if case.name == "png-rgb"))

    result = run(tmp_path, "--json", "--out", tmp_path / "out")

    assert result.exit_code == 0
    assert [line["outcome"] for line in lines(result).values()] == ["variants"]
