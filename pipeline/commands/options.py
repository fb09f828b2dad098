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
