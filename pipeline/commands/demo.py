"""`pipeline demo`: run the whole pipeline once on this machine, and leave nothing running."""

import time
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from pipeline.commands.common.options import Deadline, Json, Limit, out_option
from pipeline.commands.common.samples import write_samples
from pipeline.commands.common.sheets import make_sheet, print_sheet
from pipeline.commands.upload import Uploaded, files_below, print_uploaded, upload_files
from pipeline.contact_sheet.entries import Entry
from pipeline.contact_sheet.wording import UNKNOWN
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.function import VARIANTS
from pipeline.deployed.outcomes import ENDED
from pipeline.lib.paths import BUILD
from pipeline.lib.ports import free_port
from pipeline.lib.tables import print_figures
from pipeline.lib.terminal import print_line, progress, say, size
from pipeline.stacks.embedded import Embedded

EXAMPLES = ("pipeline demo", "pipeline demo ~/Pictures/holiday")
OUTPUT = BUILD / "demo"
REMEDIES = dict.fromkeys(("failed", "outdated", "partial", "pending"), "make demo")  # its stack no longer exists
MAX_LOG_SECONDS = 5  # to wait for the last lines of the log

Directory = Annotated[Path | None, typer.Argument(metavar="DIR", hidden=True)]


def demo(
    directory: Directory = None,
    output: Annotated[Path, out_option("build/demo/")] = OUTPUT,
    limit: Limit = None,
    json: Json = False,
    deadline: Deadline = 300,
) -> None:
    """Run images through the pipeline, and make a contact sheet.

    Uses the images in DIR, by default sample images, and an embedded stack that it stops at the end. Exits with 1 if
    an upload is neither complete nor rejected. The deadline is for each upload.
    """
    with TemporaryDirectory(prefix="image-pipeline-") as scratch:
        files = list(files_below(directory or _samples(Path(scratch) / "samples")))
        stack = Embedded(Path(scratch) / "stack", free_port())
        try:
            deployment = stack.start(say)
            began = time.time()
            results = _upload(deployment, _choose(deployment, files, limit), deadline, json=json)
            outcomes = [result.outcome for result in results]
            sheet, entries = make_sheet(deployment, outcomes, output, REMEDIES, "the demo", began, MAX_LOG_SECONDS)
        finally:
            stack.stop(say)
    if not json:
        _print(entries)
    print_sheet(sheet, json=json)
    if any(entry.outcome.state not in ENDED for entry in entries):
        raise typer.Exit(1)


def _samples(directory: Path) -> Path:
    say("drawing sample images")
    return write_samples(directory)


def _choose(deployment: Deployment, files: Iterable[tuple[str, Path]], limit: int | None) -> dict[str, Path]:
    """Return the first `limit` files that the function processes, by key."""
    keys = ((deployment.upload_prefix + name, path) for name, path in files)
    return dict(islice(((key, path) for key, path in keys if deployment.takes(key)), limit))


def _upload(deployment: Deployment, files: Mapping[str, Path], seconds: float, *, json: bool) -> list[Uploaded]:
    results = []
    with progress("images", len(files)) as count:
        for result in count(upload_files(deployment, files.items(), seconds)):
            results.append(result)
            if json:
                print_uploaded(deployment, result, json=True)
    return results


def _print(entries: Iterable[Entry]) -> None:
    """Print a table of the complete uploads, then a line for each of the others."""
    entries = list(entries)
    complete = [entry for entry in entries if entry.outcome.state == "complete"]
    columns = ["source", *(variant.name for variant in VARIANTS), "seconds"]
    print_figures("upload", columns, [(entry.outcome.upload.key, _figures(entry)) for entry in complete], "seconds")
    for entry in entries:
        if entry not in complete:
            print_line(f"{entry.outcome.upload.key}: {entry.outcome.state}: {entry.outcome.reason}")
    print_line()


def _figures(entry: Entry) -> list[str]:
    sizes = [size(entry.variants[variant.name].bytes) for variant in VARIANTS]
    seconds = f"{entry.timing.total / 1000:.1f}" if entry.timing else UNKNOWN
    return [size(entry.outcome.upload.size), *sizes, seconds]
