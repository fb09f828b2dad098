"""What commands print: results on standard output, the way there on standard error."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from pipeline.lib.errors import PipelineError

WIDTH = 110  # columns where there is no terminal to ask

out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else WIDTH)
err = Console(highlight=False, soft_wrap=True, width=None if sys.stderr.isatty() else WIDTH, stderr=True)

Item = TypeVar("Item")


def say(line: str) -> None:
    """Tells a person what is being done."""
    err.print(f"[dim]·[/] {line}", markup=True)


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """A `say` for what takes its time: on a terminal a clock shows how long the last line has been at work."""
    if not err.is_terminal:
        yield say
        return
    clock = Progress(SpinnerColumn(), TimeElapsedColumn(), console=err, transient=True)
    task = clock.add_task("", total=None)

    def tell(line: str) -> None:
        say(line)
        clock.reset(task)
        clock.start()  # only now: what says nothing may ask something

    try:
        yield tell
    finally:
        clock.stop()


def print_json(value: Any) -> None:
    """VALUE as one line for a program, at once: it may be read while the command runs."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


@contextmanager
def progress(title: str, total: int | None) -> Iterator[Callable[[Iterable[Item]], Iterator[Item]]]:
    """A bar on a terminal; elsewhere one line at the end. Without a TOTAL it only counts."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        redirect_stdout=sys.stdout.isatty(),  # results that go to a file are not to be shown above the bar
    )
    task = bar.add_task(title, total=total)

    def tracked(items: Iterable[Item]) -> Iterator[Item]:
        for item in items:
            bar.advance(task)
            yield item

    with bar:
        yield tracked


def show_error(error: PipelineError) -> None:
    err.print(f"[bold red]error:[/] {escape(error.problem)}")
    if error.remedy:
        err.print(f"  {escape(error.remedy)}")
    if error.details:
        err.print(error.details, markup=False)


def size(count: int) -> str:
    """COUNT bytes for a person: "812 B", "154 kB", "1.31 MB"."""
    for unit, factor in (("MB", 1_000_000), ("kB", 1_000)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count} B"
