"""Options that several subcommands have, under one name and wording; they stand in this order in each of them."""

from typing import Annotated

import typer

from pipeline.stacks.table import STACKS


def _known(name: str) -> str:
    if name not in STACKS:
        raise typer.BadParameter(f"{name} is none of {', '.join(STACKS)}")
    return name


Prefix = Annotated[
    str, typer.Argument(metavar="[PREFIX]", help="Only uploads whose key begins so.", show_default=False)
]
KeyPrefix = Annotated[
    str, typer.Option("--prefix", help="What each key begins with, such as a folder.", show_default="none")
]
OUT = typer.Option("--out", metavar="PATH", help="Where what is made is written.", show_default=False)
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="At most so many.", show_default="all")]
Port = Annotated[
    int,
    typer.Option(
        "--port", min=1, max=65535, metavar="N", help="Port of a local stack to start; one that runs keeps its own."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]
Deadline = Annotated[float, typer.Option("--deadline", min=1, metavar="SECONDS", help="How long to wait at most.")]
StackName = Annotated[
    str,
    typer.Option(
        "--stack",
        envvar="STACK",
        metavar="|".join(STACKS),
        help="Where the pipeline runs.",
        callback=_known,
        autocompletion=lambda: list(STACKS),
    ),
]
