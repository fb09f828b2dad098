"""`pipeline cost`: estimate what images cost on AWS."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from statistics import fmean
from typing import Annotated

import typer

from pipeline.commands.common.costs import (
    ARCHITECTURES,
    UPLOAD_BYTES_PER_PIXEL,
    Cost,
    Standing,
    Workload,
    cheapest_memory,
    estimate_bytes,
    estimate_seconds,
    monthly_costs,
    total,
)
from pipeline.commands.common.options import Json, StackName, bounded
from pipeline.commands.logs import Since
from pipeline.deployed.function import UNITS, VARIANTS
from pipeline.deployed.logs import find_records
from pipeline.lib.errors import PipelineError
from pipeline.lib.prices import prices
from pipeline.lib.terminal import plain_table, print_json, print_line, print_table, styled
from pipeline.stacks.monitoring import count_alarm_metrics
from pipeline.stacks.table import DEFAULT, get_stack
from pipeline.stacks.variables import Variables

EXAMPLES = (
    "pipeline cost --images 100000 --months 12",
    "pipeline cost --images 100000 --within 3",
    "pipeline cost --images 100000 --measured --stack aws",
)


def _check_architecture(name: str) -> str:
    if name not in ARCHITECTURES:
        raise typer.BadParameter(f"{name!r} is not an architecture: choose one of {', '.join(ARCHITECTURES)}")
    return name


Images = Annotated[int, typer.Option("--images", callback=bounded(0), metavar="N", help="Uploads a month.")]
Megapixels = Annotated[
    float, typer.Option("--megapixels", callback=bounded(0.01), metavar="N", help="Size of an average photo.")
]
UploadBytes = Annotated[
    int | None,
    typer.Option(
        "--bytes", callback=bounded(1), metavar="N", help="Bytes of an average upload.", show_default="a JPEG's"
    ),
]
Memory = Annotated[
    int | None,
    typer.Option(
        "--memory",
        callback=bounded(128, 10240),
        metavar="MB",
        help="Memory of the function.",
        show_default="memory_size",
    ),
]
Architecture = Annotated[
    str | None,
    typer.Option(
        "--architecture",
        metavar="NAME",
        help=f"{' or '.join(ARCHITECTURES)}.",
        show_default="architecture",
        callback=lambda name: name and _check_architecture(name),
    ),
]
Region = Annotated[
    str | None, typer.Option("--region", metavar="NAME", help="Whose prices to use.", show_default="aws_region")
]
Months = Annotated[
    int, typer.Option("--months", callback=bounded(1, 120), metavar="N", help="How long images are kept.")
]
FreeTier = Annotated[bool, typer.Option("--free-tier", help="Subtract the monthly free tier.")]
Within = Annotated[
    float | None,
    typer.Option(
        "--within",
        callback=bounded(0.01),
        metavar="SECONDS",
        help="How long one upload may take.",
        show_default="no limit",
    ),
]
Measured = Annotated[bool, typer.Option("--measured", help="Read durations and sizes from the function's log.")]


def cost(
    images: Images = 1000,
    megapixels: Megapixels = 12,
    upload_bytes: UploadBytes = None,
    memory: Memory = None,
    architecture: Architecture = None,
    region: Region = None,
    months: Months = 1,
    free_tier: FreeTier = False,
    within: Within = None,
    measured: Measured = False,
    since: Since = "1d",  # type: ignore[assignment]  # the parser gets it
    json: Json = False,
    stack: StackName = DEFAULT,
) -> None:
    """Estimate what images cost on AWS.

    Shows the bill of a month by service and by variant, and the cheapest memory sizes. Sizes and durations come from
    docs/performance.md, or with --measured from the log of the deployment. Prices are public, without taxes.
    """
    variables = Variables()
    region = region or variables.text("aws_region")
    workload = Workload(
        images=images,
        upload_bytes=upload_bytes or UPLOAD_BYTES_PER_PIXEL * megapixels * 1e6,
        variant_bytes=estimate_bytes(megapixels=megapixels) if not measured else {},
        seconds=estimate_seconds(megapixels, memory or variables.number("memory_size")),
        memory=memory or variables.number("memory_size"),
        architecture=architecture or variables.text("architecture"),
    )
    if measured:
        workload = _measure(workload, stack, since)
    standing = Standing(metrics=len(UNITS), alarms=count_alarm_metrics(), dashboards=1)
    bills = [monthly_costs(workload, standing, region, n + 1, free_tier=free_tier) for n in range(months)]
    sizes = cheapest_memory(megapixels, region, within)
    (_print_json if json else _print)(workload, region, bills, sizes)


def _measure(workload: Workload, stack: str, since: int) -> Workload:
    """Return `workload` with the averages of the uploads that the function has logged in the last `since` seconds.

    Raises:
        PipelineError: it has logged none.
    """
    found = find_records(get_stack(stack).describe(), "upload processed", time.time() - since)
    lines = [record.fields for record in found if record.fields.get("bytes_out")]
    if not lines:
        raise PipelineError(
            "the log has no processed upload to measure", "upload images, or look further back: --since 7d"
        )
    return replace(
        workload,
        upload_bytes=fmean(line["bytes_in"] for line in lines),
        variant_bytes={
            variant.name: fmean(line["bytes_out"].get(variant.name, 0) for line in lines) for variant in VARIANTS
        },
        seconds=fmean(line["milliseconds"] for line in lines) / 1000,
    )


Sizes = Sequence[tuple[int, str, float, float]]


def _print(workload: Workload, region: str, bills: Sequence[Sequence[Cost]], sizes: Sizes) -> None:
    print_line(
        f"{workload.images:,} uploads a month in {region}, {workload.memory} MB, {workload.architecture},"
        f" {workload.seconds:.2f} s each; public prices of {prices()['date']}"
    )
    _print_bill(bills[-1], len(bills))
    if len(bills) > 1:
        print_line(f"all {len(bills)} months together: ${sum(map(total, bills)):,.2f}")
    _print_variants(workload.variant_bytes, bills[-1])
    _print_sizes(sizes)


def _print_bill(bill: Sequence[Cost], month: int) -> None:
    table = plain_table(f"month {month}")
    for name in ("quantity", "free", "dollars"):
        table.add_column(name, justify="right")
    for line in bill:
        free = f"{min(line.free, line.quantity):,.6g}" if line.free else ""
        table.add_row(styled(line.part), f"{line.quantity:,.6g} {line.unit}", free, f"{line.dollars:,.2f}")
    table.add_section()
    table.add_row("total", "", "", f"{total(bill):,.2f}")
    print_table(table)


def _print_variants(variant_bytes: Mapping[str, float], bill: Sequence[Cost]) -> None:
    stored = sum(line.dollars for line in bill if line.part.startswith("S3 storage"))
    table = plain_table("variant")
    for name in ("bytes", "storage, dollars", "of all storage"):
        table.add_column(name, justify="right")
    for name, count in variant_bytes.items():
        dollars = next(line.dollars for line in bill if line.part == f"S3 storage: {name}")
        table.add_row(styled(name), f"{count:,.0f}", f"{dollars:,.2f}", f"{dollars / stored:.0%}" if stored else "")
    print_table(table)


def _print_sizes(sizes: Sizes) -> None:
    if not sizes:
        print_line("no memory size is fast enough for `--within`")
        return
    table = plain_table("memory", "processor")
    for name in ("seconds", "dollars for 1,000 uploads"):
        table.add_column(name, justify="right")
    for memory, architecture, seconds, dollars in sizes:
        table.add_row(f"{memory:,} MB", architecture, f"{seconds:.2f}", f"{dollars * 1000:.4f}")
    print_table(table)


def _print_json(workload: Workload, region: str, bills: Sequence[Sequence[Cost]], sizes: Sizes) -> None:
    names = ("memory", "architecture", "seconds", "dollars")
    print_json(
        asdict(workload)
        | {
            "region": region,
            "prices": prices()["date"],
            "month": len(bills),
            "lines": [asdict(line) | {"dollars": line.dollars} for line in bills[-1]],
            "dollars": total(bills[-1]),
            "dollars_of_all_months": sum(map(total, bills)),
            "memory_sizes": [dict(zip(names, row, strict=True)) for row in sizes],
        }
    )
