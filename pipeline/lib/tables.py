"""Print tables with a name and figures in each row, fitted to the terminal's width."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from rich.cells import cell_len

from pipeline.lib.terminal import out, plain_table, print_line, print_table, styled
from pipeline.lib.text import visible

MIN_NAME = 14  # columns that a name needs to stay recognizable
GAP = 3  # blanks between two columns

Row = tuple[str, Sequence[str]]  # a name, and a figure for each column


def print_figures(title: str, columns: Sequence[str], rows: Sequence[Row], optional: str) -> None:
    """Print a table of `rows`, whose names have the heading `title`.

    Where names would get less than MIN_NAME columns, the column `optional` is left out, and if that isn't enough, each
    row becomes a name with its figures below. A name that is too long is shortened in the middle.
    """
    rows = [(visible(name), figures) for name, figures in rows]
    for shown in (columns, [column for column in columns if column != optional]):
        kept = [(name, _pick(columns, figures, shown)) for name, figures in rows]
        room = out.width - 2 - sum(GAP + width for width in _widths(shown, kept))
        if room >= max((cell_len(name) for name, _ in rows), default=0) or room >= MIN_NAME:
            _print_table(title, shown, kept, room)
            return
    for name, figures in rows:
        _print_stacked(name, columns, figures)


def shorten(text: str, width: int) -> str:
    """Return `text` in at most `width` columns, with an ellipsis in its middle if it is longer."""
    if cell_len(text) <= width:
        return text
    head = _fitting(text, (width - 1) // 2)
    tail = _fitting(text[::-1], width - 1 - cell_len(head))[::-1]
    return f"{head}…{tail}"


def _print_table(title: str, columns: Sequence[str], rows: Sequence[Row], room: int) -> None:
    table = plain_table(title)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for name, figures in rows:
        table.add_row(styled(shorten(name, room)), *figures)
    print_table(table)


def _print_stacked(name: str, columns: Sequence[str], figures: Sequence[str]) -> None:
    """Print the name, then pairs such as "webp 56 kB" below it, as many in a line as fit."""
    print_line(shorten(name, out.width))
    line = ""
    for pair in (f"{column} {figure}" for column, figure in zip(columns, figures, strict=True)):
        if line and cell_len(line) + len(pair) + 3 > out.width:
            print_line(line)
            line = ""
        line = f"{line} · {pair}" if line else f"  {pair}"
    print_line(line)


def _pick(columns: Sequence[str], figures: Sequence[str], shown: Sequence[str]) -> list[str]:
    return [figure for column, figure in zip(columns, figures, strict=True) if column in shown]


def _widths(columns: Sequence[str], rows: Sequence[Row]) -> Iterator[int]:
    for position, column in enumerate(columns):
        yield max([len(column), *(len(figures[position]) for _, figures in rows)])


def _fitting(text: str, width: int) -> str:
    """Return the longest beginning of `text` that fits into `width` columns."""
    ends = accumulate(cell_len(char) for char in text)
    return text[: sum(end <= width for end in ends)]
