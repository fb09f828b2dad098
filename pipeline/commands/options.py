"""Options that several subcommands have, under one name and wording."""

from typing import Annotated, Literal

import typer

StackName = Annotated[
    Literal["embedded", "localstack", "aws"],
    typer.Option("--stack", envvar="STACK", help="Where the pipeline runs."),
]
Port = Annotated[
    int,
    typer.Option("--port", min=1, max=65535, help="Port of a local stack to start; one that runs keeps its own."),
]
Prefix = Annotated[str, typer.Argument(metavar="[PREFIX]", help="Only uploads whose key begins so.")]
KeyPrefix = Annotated[
    str, typer.Option("--prefix", help="What each key begins with, such as a folder.", show_default="none")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="At most so many.", show_default="all")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]
Deadline = Annotated[
    float, typer.Option("--deadline", min=1, metavar="SECONDS", help="How long to wait for an outcome.")
]
