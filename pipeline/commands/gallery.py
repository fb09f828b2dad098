"""`pipeline gallery`: the contact sheet of what is in the buckets."""

from collections.abc import Iterator
from itertools import islice

from pipeline.commands.common.options import Deadline, Json, Limit, Prefix, StackName
from pipeline.commands.common.sheets import Out, make_sheet, show_sheet
from pipeline.deployed.deployment import Deployment
from pipeline.deployed.outcomes import Outcome, explained, outcomes
from pipeline.lib.paths import BUILD
from pipeline.lib.waiting import within
from pipeline.stacks.table import stack_named

OUTPUT = BUILD / "gallery"


def gallery(
    prefix: Prefix = "",
    output: Out = OUTPUT,
    limit: Limit = None,
    json: Json = False,
    deadline: Deadline = 3600,
    stack: StackName = "localstack",
) -> None:
    """Make a contact sheet: each upload beside its variants, and why others have none.

    One HTML page, which needs no network: build/gallery/index.html, or what --out says, a directory or a file that ends
    with .html. The pictures of many uploads go into a folder beside it.
    """
    deployment = stack_named(stack).describe()
    found = within(deadline, islice(_explained(deployment, prefix), limit))
    mend = {"failed": f"make redrive STACK={stack}"} | dict.fromkeys(
        ("partial", "pending"), f"make backfill STACK={stack}"
    )
    sheet, _ = make_sheet(deployment, found, output, mend, f"s3://{deployment.upload_bucket}/{prefix}")
    show_sheet(sheet, json=json)


def _explained(deployment: Deployment, prefix: str) -> Iterator[Outcome]:
    return (explained(deployment, outcome) for outcome in outcomes(deployment, prefix))
