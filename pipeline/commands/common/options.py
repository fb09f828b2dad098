"""Arguments and options that several commands share, each with one name and one description.

Arguments are not listed in the help, where they would show Python types: the first paragraph describes them.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.stacks.table import STACKS


def _check_stack(name: str) -> str:
    if name not in STACKS:
        raise typer.BadParameter(f"{name!r} is not a stack: choose one of {', '.join(STACKS)}")
    return name


def out_option(default: str) -> Any:
    """Return the option `--out` of a command that writes to `default` without it."""
    return typer.Option("--out", metavar="PATH", help="Where to write the result.", show_default=default)


Paths = Annotated[list[Path], typer.Argument(metavar="FILE|DIR", hidden=True)]
Prefix = Annotated[str, typer.Argument(metavar="PREFIX", hidden=True)]
KeyPrefix = Annotated[
    str, typer.Option("--prefix", metavar="TEXT", help="What each key starts with, such as 2026/.", show_default="none")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what the command would do, and change nothing.")]
Orphans = Annotated[bool, typer.Option("--orphans", help="Only variants whose upload is gone or replaced.")]
Limit = Annotated[
    int | None, typer.Option("--limit", min=1, metavar="N", help="Stop after this many.", show_default="no limit")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
Deadline = Annotated[float, typer.Option("--deadline", min=1, metavar="SECONDS", help="How long to wait at most.")]
StackName = Annotated[
    str,
    typer.Option(
        "--stack",
        envvar="STACK",
        metavar="|".join(STACKS),
        help="Where the pipeline runs.",
        callback=_check_stack,
        autocompletion=lambda: list(STACKS),
    ),
]
