"""Printing: results on standard output, progress and errors on standard error.

All text goes through `visible`, so that none from elsewhere can control the terminal.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from pipeline.lib.errors import PipelineError
from pipeline.lib.text import json_line, visible

WIDTH = 110  # columns if the output isn't a terminal
WORD = re.compile(r"\s*\S+\s*")

out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else WIDTH)
err = Console(highlight=False, soft_wrap=True, width=None if sys.stderr.isatty() else WIDTH, stderr=True)

Item = TypeVar("Item")

_bars: list[Console] = []  # the console that shows a bar, if one does


def styled(text: str, style: str = "") -> Text:
    """Return `text`, which may come from elsewhere, as safe text for rich."""
    return Text(visible(text), style)


def print_line(*parts: str | Text, hang: int | None = None) -> None:
    """Print one line of a result.

    A terminal wraps a long line. Further lines start in column `hang`, by default two columns to the right of the
    first one.
    """
    _print(out, Text.assemble(*(styled(part) if isinstance(part, str) else part for part in parts)), hang)


def print_command(command: str) -> None:
    """Print a command to copy. It stays one line, however long."""
    _console(out).print(styled(command))


def print_json(value: Any) -> None:
    """Print `value` as one line for a program, unbuffered: it may be read while the command runs."""
    print(json_line(value), flush=True)


def print_table(table: Table) -> None:
    """Print `table`, unless it has no rows. Its cells come from `styled`."""
    if table.row_count:
        _console(out).print(table)


def plain_table(*columns: str, header: bool = True) -> Table:
    """Return an empty table with left-aligned `columns`."""
    return Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False, show_header=header)


def say(line: str) -> None:
    """Report what the command is doing."""
    _print(err, Text("· ", "dim") + styled(line))


def ask(question: str) -> str:
    """Ask `question`, and return the line that the person types, or "" at the end of the input."""
    err.print(styled(question), end="")
    return sys.stdin.readline().strip()


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Provide a `say` for slow steps: on a terminal, a clock shows how long the last one has been running."""
    if not err.is_terminal:
        yield say
        return
    clock = Progress(SpinnerColumn(), TimeElapsedColumn(), console=err, transient=True)
    task = clock.add_task("", total=None)

    def say_and_time(line: str) -> None:
        say(line)
        clock.reset(task)
        clock.start()  # not earlier: before its first line, a step may prompt for something

    try:
        yield say_and_time
    finally:
        clock.stop()


@contextmanager
def progress(title: str, total: int | None) -> Iterator[Callable[[Iterable[Item]], Iterator[Item]]]:
    """Provide a function that counts items. Until the block ends, a terminal shows the count, as a bar of `total`."""
    counter = (BarColumn(), MofNCompleteColumn()) if total else (TextColumn("{task.completed:,}"),)
    bar = Progress(
        TextColumn("{task.description}"),
        *counter,
        TimeElapsedColumn(),
        console=err,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),  # results that go to a file must not appear above the bar
    )
    task = bar.add_task(title, total=total)

    def count(items: Iterable[Item]) -> Iterator[Item]:
        for item in items:
            bar.advance(task)
            yield item

    with bar, _shown():
        yield count


@contextmanager
def _shown() -> Iterator[None]:
    """Print above the bar on the terminal until the block ends."""
    if not err.is_terminal:
        yield
        return
    _bars.append(err)
    try:
        yield
    finally:
        _bars.pop()


def _console(target: Console) -> Console:
    """Return the console that prints for `target`: on the terminal, one that shows a bar moves it out of the way."""
    return _bars[-1] if _bars and target.is_terminal else target


def _print(target: Console, line: Text, hang: int | None = None) -> None:
    if target.is_terminal and line.cell_len > target.width:
        line = _wrapped(line, target.width, hang)
    _console(target).print(line)


def _wrapped(line: Text, width: int, hang: int | None) -> Text:
    """Return `line` broken between words. A word that is too long for a line isn't cut, so that it can be copied."""
    indent = len(line.plain) - len(line.plain.lstrip()) + 2 if hang is None else hang
    breaks, used = [], 0
    for word in WORD.finditer(line.plain):
        if word.start() and used + cell_len(word[0].rstrip()) > width:
            breaks.append(word.start())
            used = indent
        used += cell_len(word[0])
    lines = line.divide(breaks)
    for each in lines:
        each.rstrip()
    return Text(f"\n{' ' * indent}").join(lines)


def show_error(error: PipelineError) -> None:
    """Print the problem, the remedy, and the details of `error`."""
    _print(err, Text("error: ", "bold red") + styled(error.problem))
    if error.remedy:
        _print(err, styled(f"  {error.remedy}"))
    print_details(error.details)


def print_details(text: str) -> None:
    """Print the lines of a log, a traceback, or another program's output on standard error."""
    for line in text.splitlines():
        err.print(styled(line.replace("\t", "    ")))


def size(count: int) -> str:
    """Return `count` bytes for a person: "812 B", "154 kB", "1.31 MB"."""
    for unit, factor in (("MB", 1_000_000), ("kB", 1_000)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count} B"


def duration(seconds: float) -> str:
    """Return `seconds` for a person: "12 s", "3 min", "2 h 5 min"."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
