"""`pipeline demo`: the whole pipeline once, on this machine, with nothing left running."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from pipeline.contact_sheet import Entry, collect, write
from pipeline.deployment import Deployment
from pipeline.function import COMPRESSION_LEVELS
from pipeline.paths import BUILD, ROOT
from pipeline.ports import free_port
from pipeline.processing import Result, files_below, process
from pipeline.samples import write_samples
from pipeline.stacks.embedded import Embedded
from pipeline.terminal import out, progress, say, size

OUTPUT = BUILD / "demo"
SECONDS = 300  # for one upload: retries included, on a slow machine

Directory = Annotated[Path | None, typer.Argument(help="A directory with images.", show_default="made-up images")]


def demo(directory: Directory = None) -> None:
    """Run images through the pipeline in a stack of its own, and make a contact sheet.

    Exits with 1 when an upload ended neither with its variants nor with a reason for having none.
    """
    with TemporaryDirectory(prefix="image-pipeline-") as scratch:
        files = files_below(directory or write_samples(Path(scratch) / "samples"))
        stack = Embedded(Path(scratch) / "stack", free_port())
        try:
            entries = _process(stack.start(say), files, _emptied(OUTPUT))
        finally:
            stack.stop(say)
    _show(entries)
    sheet = write(OUTPUT, entries)
    out.print(f"\ncontact sheet: {_relative(sheet)}", markup=False)
    if any(entry.state in ("failed", "pending") for entry in entries):
        raise typer.Exit(1)


def _process(deployment: Deployment, files: dict[str, Path], output: Path) -> list[Entry]:
    with progress("images", len(files)) as tracked:
        results: list[Result] = list(tracked(process(deployment, files, SECONDS)))
    say("fetching the variants")
    return [
        collect(deployment, result, output) for result in sorted(results, key=lambda result: result.outcome.upload.key)
    ]


def _emptied(directory: Path) -> Path:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


def _show(entries: list[Entry]) -> None:
    names = [variant.name for variant in COMPRESSION_LEVELS]
    table = Table("upload", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("source", *names, "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    for entry in entries:
        if entry.state == "complete":
            sizes = [size(picture.bytes) for picture in (entry.source, *entry.variants)]
            table.add_row(escape(entry.key), *sizes, f"{entry.seconds:.1f}")
    out.print(table)
    for entry in entries:
        if entry.state != "complete":
            out.print(f"{entry.key}: {entry.state}: {entry.reason}", markup=False)


def _relative(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
