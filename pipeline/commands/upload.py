"""`pipeline upload`: files to the pipeline, and what became of them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.common.options import Deadline, Json, KeyPrefix, StackName
from pipeline.commands.common.reports import described, line
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.outcomes import ENDED
from pipeline.deployed.uploads import Result, files_below, process
from pipeline.lib.errors import PipelineError
from pipeline.lib.terminal import out, print_json, progress
from pipeline.stacks.table import DEFAULT, stack_named

Paths = Annotated[list[Path], typer.Argument(metavar="FILE|DIR...", help="Images, and directories with images.")]


def upload(
    paths: Paths,
    prefix: KeyPrefix = "",
    json: Json = False,
    deadline: Deadline = 600,
    stack: StackName = DEFAULT,
) -> None:
    """Upload images, wait for what becomes of them, and say where that is.

    A file's key is its name, or its path in the directory that is given. Exits with 1 when one ends otherwise than
    complete or rejected.
    """
    files = _files(paths, prefix)
    deployment = stack_named(stack).describe()
    ended = True
    with progress("uploads", len(files)) as tracked:
        for result in tracked(process(deployment, files, deadline)):
            tell(deployment, result, json=json)
            ended = ended and result.outcome.state in ENDED
    if not ended:
        raise typer.Exit(1)


def tell(deployment: Deployment, result: Result, *, json: bool) -> None:
    """Prints where RESULT is."""
    if json:
        named = {"file": str(result.path), "seconds": round(result.seconds, 3)}
        print_json(named | described(deployment, result.outcome))
        return
    out.print(f"{line(result.outcome)}", markup=False)
    for key in result.outcome.keys.values():
        out.print(f"          s3://{deployment.processed_bucket}/{key}", markup=False)


def _files(paths: Iterable[Path], prefix: str) -> dict[str, Path]:
    """The files at PATHS by the key that each gets.

    Raises:
        PipelineError: there is no such file, or two would get the same key.
    """
    files: dict[str, Path] = {}
    for path in paths:
        if not path.exists():
            raise PipelineError(f"{path} does not exist", "name files, or directories with files")
        for key, file in (files_below(path) if path.is_dir() else {path.name: path}).items():
            if prefix + key in files:
                raise PipelineError(
                    f"{files[prefix + key]} and {file} would both be {prefix}{key}",
                    "upload them one after the other, with another --prefix",
                )
            files[prefix + key] = file
    return files
