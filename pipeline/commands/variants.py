"""`pipeline variants`: the function's own code on local files, without a stack."""

from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from pipeline.commands.common.options import OUT, Json
from pipeline.commands.trying import Outcome, files_of, outcomes, with_qualities
from pipeline.deployed.function import VARIANTS
from pipeline.lib.terminal import out, print_json, progress, size

Files = Annotated[list[Path], typer.Argument(metavar="FILE|DIR...", help="Images, and directories with images.")]
Directory = Annotated[Path | None, OUT]
Quality = Annotated[
    list[str] | None,
    typer.Option("--quality", metavar="VARIANT=N", help="Another quality for a variant, such as compressed=80."),
]


def variants(files: Files, quality: Quality = None, directory: Directory = None, json: Json = False) -> None:
    """Make the variants of local files, by the function's own code.

    Exits with 1 when a file had no outcome: it could not be read, or its processing crashed. A rejection is an outcome.
    """
    table = with_qualities(VARIANTS, quality or [])
    found = list(files_of(files))
    rows: list[Outcome] = []
    with progress("files", len(found)) as tracked:
        for row in tracked(outcomes(found, directory, table)):
            rows.append(row)
            if json:
                print_json(row)
    if not json:
        show(sorted(rows, key=itemgetter("file")), [variant.name for variant in table])
    if any(row["outcome"] in ("crashed", "unreadable") for row in rows):
        raise typer.Exit(1)


def show(rows: Sequence[Outcome], names: Sequence[str]) -> None:
    """A table of the sizes, then a line for each file without variants."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("file", overflow="fold")
    table.add_column("pixels", no_wrap=True)
    for name in (*names, "ms"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        if made := row["variants"]:
            pixels = f"{made[0]['width']} x {made[0]['height']}"
            table.add_row(
                escape(row["file"]), pixels, *(size(each["bytes"]) for each in made), str(row["milliseconds"])
            )
    if table.row_count:
        out.print(table)
    for row in rows:
        if not row["variants"]:
            out.print(f"{row['file']}: {row['outcome']}: {row['reason']}", markup=False)
