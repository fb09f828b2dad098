"""Measures, prints the table, writes build/bench.json. Names of measures as arguments: only those."""

import json
import os
import platform
import sys
from pathlib import Path

from rich.table import Table

from benchmarks import peers
from benchmarks.measures import MEASURES, Figure
from pipeline.lib.paths import BUILD
from pipeline.lib.terminal import out


def main(wanted: list[str]) -> None:
    missing = peers.install()
    for name, why in missing.items():
        out.print(f"{name} is left out: {why}", markup=False)
    if "ours" in missing:
        sys.exit("without Docker and the layer there is nothing to measure")
    names = [name for name in peers.COMMANDS if name not in missing]
    with peers.started(names, 1) as running:
        versions = {name: peer.versions for name, peer in running.items()}
    described = {"machine": machine(), "versions": versions, "missing": missing}
    figures: list[Figure] = []
    for measure in MEASURES:
        if not wanted or measure.__name__ in wanted:
            out.print(f"measuring {measure.__name__}", style="dim")
            figures += measure(names)
            write(described, figures)
    show(described, figures)


def machine() -> dict[str, str | int | None]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open() as lines:
            return next(line.partition(": ")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def write(described: dict[str, object], figures: list[Figure]) -> None:
    result = {**described, "figures": [figure.as_json() for figure in figures]}
    (BUILD / "bench.json").write_text(json.dumps(result, indent=2) + "\n")


def show(described: dict[str, object], figures: list[Figure]) -> None:
    table = Table("measure", "against", "ratio", "goal", "", "measured", pad_edge=False)
    for figure in figures:
        reached = "yes" if figure.value <= figure.goal else "[red]no[/red]"
        ratio = f"{figure.value:.3f}"
        table.add_row(figure.measure, figure.against, ratio, f"{figure.goal:.3g}", reached, figure.detail)
    out.print(table)
    for name, value in described.items():
        out.print(f"{name}: {value}", markup=False)


if __name__ == "__main__":
    main(sys.argv[1:])
