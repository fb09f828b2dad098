"""`pipeline demo`: the whole pipeline once, on this machine, with nothing left running."""

import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from pipeline.commands.common.options import Deadline, Json, Limit
from pipeline.commands.common.samples import write_samples
from pipeline.commands.common.sheets import Out, make_sheet, show_sheet
from pipeline.commands.upload import tell
from pipeline.contact_sheet.entries import Entry
from pipeline.contact_sheet.wording import UNKNOWN
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS
from pipeline.deployed.outcomes import ENDED
from pipeline.deployed.uploads import Result, files_below, process
from pipeline.lib.paths import BUILD
from pipeline.lib.ports import free_port
from pipeline.lib.terminal import out, progress, say, size
from pipeline.stacks.embedded import Embedded

OUTPUT = BUILD / "demo"
MEND = dict.fromkeys(("failed", "partial", "pending"), "make demo")  # its stack is gone by then
PATIENCE = 5  # seconds, for the last line of the log

Directory = Annotated[Path | None, typer.Argument(help="A directory with images.", show_default="made-up images")]


def demo(
    directory: Directory = None,
    output: Out = OUTPUT,
    limit: Limit = None,
    json: Json = False,
    deadline: Deadline = 300,
) -> None:
    """Run images through the pipeline in a stack of its own, and make a contact sheet.

    Exits with 1 when an upload ended neither with its variants nor with a reason for having none.
    """
    with TemporaryDirectory(prefix="image-pipeline-") as scratch:
        files = files_below(directory or _samples(Path(scratch) / "samples"))
        stack = Embedded(Path(scratch) / "stack", free_port())
        try:
            deployment = stack.start(say)
            began = time.time()
            results = _process(deployment, dict(islice(files.items(), limit)), deadline, json=json)
            outcomes = [result.outcome for result in results]
            sheet, entries = make_sheet(deployment, outcomes, output, MEND, "the demo's own stack", began, PATIENCE)
        finally:
            stack.stop(say)
    if not json:
        _show(entries)
    show_sheet(sheet, json=json)
    if any(entry.outcome.state not in ENDED for entry in entries):
        raise typer.Exit(1)


def _samples(directory: Path) -> Path:
    say("drawing sample images")
    return write_samples(directory)


def _process(deployment: Deployment, files: dict[str, Path], seconds: float, *, json: bool) -> list[Result]:
    results = []
    with progress("images", len(files)) as tracked:
        for result in tracked(process(deployment, files, seconds)):
            results.append(result)
            if json:
                tell(deployment, result, json=True)
    return results


def _show(entries: Iterable[Entry]) -> None:
    table = Table("upload", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("source", *(variant.name for variant in VARIANTS), "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    others = []
    for entry in entries:
        if entry.outcome.state == "complete":
            table.add_row(*_cells(entry))
        else:
            others.append(entry.outcome)
    if table.row_count:
        out.print(table)
    for outcome in others:
        out.print(f"{outcome.upload.key}: {outcome.state}: {outcome.reason}", markup=False)
    out.print()


def _cells(entry: Entry) -> list[str]:
    sizes = [size(entry.variants[variant.name].bytes) for variant in VARIANTS]
    seconds = f"{entry.timing.total / 1000:.1f}" if entry.timing else UNKNOWN
    return [escape(entry.outcome.upload.key), size(entry.outcome.upload.size), *sizes, seconds]
