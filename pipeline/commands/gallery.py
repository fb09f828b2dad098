"""`pipeline gallery`: make a contact sheet of what is in the buckets."""

from itertools import islice
from pathlib import Path
from typing import Annotated

from pipeline.commands.common.options import Deadline, Json, Limit, Prefix, StackName, out_option
from pipeline.commands.common.sheets import make_sheet, print_sheet
from pipeline.deployed.outcomes import explain_all, outcomes
from pipeline.lib.paths import BUILD
from pipeline.lib.waiting import within
from pipeline.stacks.table import DEFAULT, get_stack

EXAMPLES = ("pipeline gallery", "pipeline gallery 2026/ --out sheet.html", "pipeline gallery --limit 500")
OUTPUT = BUILD / "gallery"


def gallery(
    prefix: Prefix = "",
    output: Annotated[Path, out_option("build/gallery/")] = OUTPUT,
    limit: Limit = None,
    json: Json = False,
    deadline: Deadline = 3600,
    stack: StackName = DEFAULT,
) -> None:
    """Make a contact sheet of the uploads and their variants.

    PREFIX limits it to keys that start with it. --out names a directory for index.html, or an .html file. The page has
    small previews in it, and the full pictures are in a folder next to it, so it needs no network.
    """
    deployment = get_stack(stack).describe()
    found = within(deadline, explain_all(deployment, islice(outcomes(deployment, prefix), limit)))
    backfill = f"make backfill STACK={stack}"
    remedies = {"failed": f"make redrive STACK={stack}", **dict.fromkeys(("outdated", "partial", "pending"), backfill)}
    sheet, _ = make_sheet(deployment, found, output, remedies, f"s3://{deployment.upload_bucket}/{prefix}")
    print_sheet(sheet, json=json)
