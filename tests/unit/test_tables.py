"""Tables of figures at several widths."""

import re

import pytest
from rich.cells import cell_len

from pipeline.lib.tables import MIN_NAME, print_figures, shorten
from pipeline.lib.terminal import out

COLUMNS = ["source", "compressed", "low", "webp", "png", "thumbnail", "seconds"]
FIGURES = ["12.5 MB", "1.31 MB", "812 kB", "1.05 MB", "14.7 MB", "4.28 kB", "12.3"]
LONG = "holiday/2026/a very long name of a picture that nobody would type.jpg"


def lines(
    width: int, rows: list[tuple[str, list[str]]], columns: list[str], capsys: pytest.CaptureFixture[str]
) -> list[str]:
    before, out.width = out.width, width
    try:
        print_figures("upload", columns, rows, "seconds")
    finally:
        out.width = before
    return capsys.readouterr().out.rstrip().splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 110, 200])
@pytest.mark.parametrize("extra", [0, 1, 3])
def test_a_table_fits_and_keeps_its_names(width: int, extra: int, capsys: pytest.CaptureFixture[str]) -> None:
    columns = COLUMNS + [f"preview{n}" for n in range(extra)]
    figures = FIGURES + ["123 kB"] * extra

    printed = lines(width, [(LONG, figures), ("写真.png", figures)], columns, capsys)

    assert max(cell_len(line.rstrip()) for line in printed) <= width
    text = "\n".join(printed)
    assert "写真.png" in text
    assert text.count("14.7 MB") == 2
    shown = LONG if LONG in text else next(word for word in re.findall(r"\S.*?\.jpg", text) if "…" in word)
    assert cell_len(shown) >= MIN_NAME
    assert shown.startswith("hol")


def test_a_narrow_table_drops_the_seconds_and_then_stacks_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [(LONG, FIGURES)]
    assert "seconds" in lines(110, rows, COLUMNS, capsys)[1]
    narrower = lines(80, rows, COLUMNS, capsys)
    assert "seconds" not in narrower[1]
    assert "thumbnail" in narrower[1]
    stacked = lines(70, rows, COLUMNS, capsys)
    assert "compressed 1.31 MB · low 812 kB" in " ".join(stacked)
    assert "seconds 12.3" in " ".join(stacked)


def test_short_names_keep_their_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert "thumbnail" in lines(80, [("a.png", FIGURES)], COLUMNS, capsys)[1]


def test_a_name_is_shortened_in_its_middle() -> None:
    assert shorten("photo.jpg", 9) == "photo.jpg"
    assert shorten("a long photo.jpg", 9) == "a lo….jpg"
    assert shorten("写真写真写真.png", 10) == "写真….png"
    assert cell_len(shorten("写" * 50, 21)) <= 21


def test_a_name_cannot_control_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert "a\\u202egpj.exe" in "\n".join(lines(110, [("a\u202egpj.exe", FIGURES)], COLUMNS, capsys))


def test_a_table_without_rows_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(80, [], COLUMNS, capsys) == []
