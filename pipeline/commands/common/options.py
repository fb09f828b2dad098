"""Arguments and options that several commands share, each with one name and one description.

Arguments are not listed in the help, where they would show Python types: the first paragraph describes them.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.lib.text import is_utf8
from pipeline.stacks.table import STACKS


def _check_stack(name: str) -> str:
    if name not in STACKS:
        raise typer.BadParameter(f"{name!r} is not a stack: choose one of {', '.join(STACKS)}")
    return name


def bounded(minimum: float, maximum: float = math.inf) -> Callable[[float | None], float | None]:
    """Return a callback that refuses other numbers. Unlike `min` and `max`, it adds no "x>=1" to the help."""

    def check(number: float | None) -> float | None:
        if number is not None and number < minimum:
            raise typer.BadParameter(f"{number:g} is too small: give at least {minimum:g}")
        if number is not None and number > maximum:
            raise typer.BadParameter(f"{number:g} is too large: give at most {maximum:g}")
        return number

    return check


def _check_prefix(text: str) -> str:
    if not is_utf8(text):
        raise typer.BadParameter(f"{text} is not UTF-8, as keys are")
    return text


def out_option(default: str) -> Any:
    """Return the option `--out` of a command that writes to `default` without it."""
    return typer.Option("--out", metavar="PATH", help="Where to write the result.", show_default=default)


Paths = Annotated[list[Path], typer.Argument(metavar="FILE|DIR", hidden=True)]
Prefix = Annotated[str, typer.Argument(metavar="PREFIX", hidden=True, callback=_check_prefix)]
KeyPrefix = Annotated[
    str,
    typer.Option(
        "--prefix",
        metavar="TEXT",
        help="Start of each key, such as 2026/.",
        show_default="none",
        callback=_check_prefix,
    ),
]
All = Annotated[bool, typer.Option("--all", help="All uploads, whatever their state.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen, and change nothing.")]
Orphans = Annotated[bool, typer.Option("--orphans", help="Only variants whose upload is gone or replaced.")]
Limit = Annotated[
    int | None,
    typer.Option("--limit", callback=bounded(1), metavar="N", help="Stop after this many.", show_default="no limit"),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
Deadline = Annotated[float, typer.Option("--deadline", callback=bounded(1), metavar="SECONDS", help="Longest wait.")]
StackName = Annotated[
    str,
    typer.Option(
        "--stack",
        envvar="STACK",
        show_envvar=False,
        metavar="NAME",
        help=f"{', '.join(list(STACKS)[:-1])}, or {list(STACKS)[-1]}.",
        callback=_check_stack,
        autocompletion=lambda: list(STACKS),
    ),
]
